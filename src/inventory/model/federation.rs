//! The Edge, federation, providers, authentication.

use super::{Choice, DatasetRow, FieldRow, Kind, NAMES, dataset, field};

const VERIFICATION: Choice = Choice {
    words: &[("AlwaysVerifiable", None), ("AlwaysUnverifiable", None), ("UseSourceVerification", None)],
    closed: false,
};

/// The scenarios that `Set-CsAuthConfig` knows. What `Get-CsAuthConfig` calls its properties is
/// not confirmed.
const SCENARIOS: Choice = Choice {
    words: &[
        ("AllowAllExternallyAndInternally", None),
        ("BlockWindowsAuthExternally", None),
        ("BlockWindowsAuthExternallyAndInternally", None),
        ("BlockWindowsAuthExternallyAndModernAuthInternally", None),
        ("BlockModernAuthInternally", None),
    ],
    closed: false,
};

const PROVIDER: &[FieldRow] = &[
    field("Identity", Kind::Name, "Its name."),
    field("Name", Kind::Name, "Its name."),
    field("ProxyFqdn", Kind::Name, "Its Access Edge."),
    field("VerificationLevel", Kind::Choice(&VERIFICATION), "How much its users are trusted."),
    field("Enabled", Kind::Bool, "Whether its users can be reached."),
];

pub(super) const TABLE: &[DatasetRow] = &[
    dataset(
        "access_edge_configurations",
        "access edge configuration",
        &["Get-CsAccessEdgeConfiguration"],
        "What the Edges allow.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global`."),
        field("AllowAnonymousUsers", Kind::Bool, "Anonymous participants."),
        field("AllowFederatedUsers", Kind::Bool, "Federation."),
        field("AllowOutsideUsers", Kind::Bool, "Remote users."),
        field("BeClearingHouse", Kind::Bool, "Whether it is a clearing house."),
        field("EnablePartnerDiscovery", Kind::Bool, "Partners are found by DNS."),
        field(
            "DiscoveredPartnerVerificationLevel",
            Kind::Choice(&VERIFICATION),
            "How much found partners are trusted.",
        ),
        field("EnableArchivingDisclaimer", Kind::Bool, "Partners are told of archiving."),
        field("EnableUserReplicator", Kind::Bool, "Users are replicated to the Edge."),
        field("KeepCrlsUpToDateForPeers", Kind::Bool, "Revocation lists are kept up to date."),
        field("MarkSourceVerifiableOnOutgoingMessages", Kind::Bool, "Outgoing messages are marked verifiable."),
        field("OutgoingTlsCountForFederatedPartners", Kind::Int, "Connections to a partner."),
        field("DnsSrvCacheRecordCount", Kind::Int, "SRV records kept."),
        field("DiscoveredPartnerStandardRate", Kind::Int, "Messages a second from a found partner."),
        field("EnableDiscoveredPartnerContactsLimit", Kind::Bool, "Whether contacts of found partners are limited."),
        field("MaxContactsPerDiscoveredPartner", Kind::Int, "Most contacts of a found partner."),
        field("DiscoveredPartnerReportPeriodMinutes", Kind::Int, "Minutes between reports."),
        field("MaxAcceptedCertificatesStored", Kind::Int, "Accepted certificates kept."),
        field("MaxRejectedCertificatesStored", Kind::Int, "Rejected certificates kept."),
        field("CertificatesDeletedPercentage", Kind::Int, "Share of certificates that goes first."),
        field("RoutingMethod", Kind::Text, "`UseDnsSrvRouting`, or a default route."),
        field("DefaultRouteFqdn", Kind::Name, "The default route.").unconfirmed(),
    ]]),
    dataset(
        "auth_configurations",
        "auth configuration",
        &["Get-CsAuthConfig"],
        "Which ways to sign in are offered inside and outside.",
    )
    .identity(&["Identity", "Pool"])
    .settings()
    .fields(&[&[
        field("Identity", Kind::Name, "The pool or scope.").unconfirmed(),
        field("Pool", Kind::Pool, "The pool, where it is a pool's.").also(&["PoolFqdn"]).unconfirmed(),
        field("Scenario", Kind::Choice(&SCENARIOS), "The scenario, as `Set-CsAuthConfig` names it.")
            .also(&["ScenarioName", "AuthConfigScenario"])
            .unconfirmed(),
        field("AllowWindowsAuthExternally", Kind::Bool, "Windows authentication from outside.").unconfirmed(),
        field("AllowWindowsAuthInternally", Kind::Bool, "Windows authentication from inside.").unconfirmed(),
        field("AllowModernAuthExternally", Kind::Bool, "Modern authentication from outside.").unconfirmed(),
        field("AllowModernAuthInternally", Kind::Bool, "Modern authentication from inside.").unconfirmed(),
    ]]),
    dataset(
        "proxy_configurations",
        "proxy configuration",
        &["Get-CsProxyConfiguration"],
        "How clients authenticate to Front Ends.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's."),
        field("UseKerberosForClientToProxyAuth", Kind::Bool, "Kerberos.").unconfirmed(),
        field("UseNtlmForClientToProxyAuth", Kind::Bool, "NTLM.").unconfirmed(),
        field("UseCertificateForClientToProxyAuth", Kind::Bool, "Certificates.").unconfirmed(),
    ]]),
    dataset(
        "web_service_configurations",
        "web service configuration",
        &["Get-CsWebServiceConfiguration"],
        "How clients authenticate to web services.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's."),
        field("UseWindowsAuth", Kind::Text, "Windows authentication: `Negotiate`, `NTLM` or `None`.").unconfirmed(),
        field("UseCertificateAuth", Kind::Bool, "Certificates.").unconfirmed(),
        field("UsePinAuth", Kind::Bool, "PINs.").unconfirmed(),
    ]]),
    dataset("allowed_domains", "allowed domain", &["Get-CsAllowedDomain"], "Domains that may federate.")
        .identity(&["Domain", "Identity"])
        .fields(&[&[
            field("Identity", Kind::Name, "The domain."),
            field("Domain", Kind::Name, "The domain."),
            field("ProxyFqdn", Kind::Name, "Its Access Edge; none where DNS tells."),
            field("VerificationLevel", Kind::Choice(&VERIFICATION), "How much its users are trusted."),
            field("Comment", Kind::Text, "What somebody wrote about it."),
            field("MarkForMonitoring", Kind::Bool, "Whether it is monitored."),
        ]]),
    dataset("blocked_domains", "blocked domain", &["Get-CsBlockedDomain"], "Domains that may not federate.")
        .identity(&["Domain", "Identity"])
        .fields(&[&[
            field("Identity", Kind::Name, "The domain."),
            field("Domain", Kind::Name, "The domain."),
            field("Comment", Kind::Text, "What somebody wrote about it.").unconfirmed(),
        ]]),
    dataset("hosting_providers", "hosting provider", &["Get-CsHostingProvider"], "Providers that host users of ours.")
        .fields(&[
            PROVIDER,
            &[
                field("EnabledSharedAddressSpace", Kind::Bool, "Whether the SIP address space is shared: a hybrid."),
                field("HostsOCSUsers", Kind::Bool, "Whether it hosts users of this product."),
                field("IsLocal", Kind::Bool, "Whether it is this deployment."),
                field("AutodiscoverUrl", Kind::Text, "Where its users are told to go."),
            ],
        ]),
    dataset("public_providers", "public provider", &["Get-CsPublicProvider"], "Public providers of instant messaging.")
        .fields(&[
            PROVIDER,
            &[field("NameDecorationDomain", Kind::Name, "The domain that decorates its addresses.").unconfirmed()],
        ]),
    dataset(
        "xmpp_partners",
        "XMPP partner",
        &["Get-CsXmppAllowedPartner"],
        "XMPP partners: the only switch that XMPP has.",
    )
    .identity(&["Domain", "Identity"])
    .fields(&[&[
        field("Identity", Kind::Name, "The domain."),
        field("Domain", Kind::Name, "The domain."),
        field("AdditionalDomains", NAMES, "Its further domains."),
        field("PartnerType", Kind::Text, "`Federated`, `PublicVerified` or `PublicUnverified`."),
        field("TlsNegotiation", Kind::Text, "`Required`, `Optional` or `NotSupported`."),
        field("SaslNegotiation", Kind::Text, "`Required`, `Optional` or `NotSupported`."),
        field("SupportDialbackNegotiation", Kind::Bool, "Whether dialback will do."),
        field("EnableKeepAlive", Kind::Bool, "Whether connections are kept."),
        field("ProxyFqdn", Kind::Name, "Its gateway."),
        field("ConnectionLimit", Kind::Int, "Most connections."),
        field("Description", Kind::Text, "What somebody wrote about it."),
    ]]),
    dataset(
        "static_routing_configurations",
        "static routing configuration",
        &["Get-CsStaticRoutingConfiguration"],
        "Static SIP routes.",
    )
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global` or a service's."),
        field("Route", Kind::List(&Kind::Any), "The routes, each with its next hop."),
    ]]),
];
