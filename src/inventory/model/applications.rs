//! Trusted applications.

use super::{DatasetRow, Kind, TEXTS, dataset, field};

pub(super) const TABLE: &[DatasetRow] = &[
    dataset(
        "trusted_application_pools",
        "trusted application pool",
        &["Get-CsTrustedApplicationPool"],
        "Pools of trusted applications.",
    )
    .pool("Registrar")
    .fields(&[&[
        field("Identity", Kind::Service, "`TrustedApplicationPool:apps.contoso.com`."),
        field("PoolFqdn", Kind::Pool, "Its name."),
        field("Registrar", Kind::Service, "The next hop."),
        field("FileStore", Kind::Service, "Its file store."),
        field("ThrottleAsServer", Kind::Bool, "Whether it is throttled as a server is."),
        field("TreatAsAuthenticated", Kind::Bool, "Whether its messages count as authenticated."),
        field("OutboundOnly", Kind::Bool, "Whether it only sends."),
        field("RequiresReplication", Kind::Bool, "Whether it has a replica of the configuration."),
        field("Applications", TEXTS, "Its applications."),
        field("SiteId", Kind::Site, "Its site.").unconfirmed(),
        field("Version", Kind::Int, "Its service version.").unconfirmed(),
    ]]),
    dataset("trusted_applications", "trusted application", &["Get-CsTrustedApplication"], "Trusted applications.")
        .pool("TrustedApplicationPoolFqdn")
        .fields(&[&[
            field("Identity", Kind::Name, "Pool and application."),
            field("ApplicationId", Kind::Name, "`urn:application:helpdesk`.").unconfirmed(),
            field("TrustedApplicationPoolFqdn", Kind::Pool, "Its pool.").unconfirmed(),
            field("Port", Kind::Int, "Its port.").unconfirmed(),
        ]]),
];
