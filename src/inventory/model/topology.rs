//! Sites, pools, computers, and what ties them together.

use super::{Choice, DatasetRow, Kind, NAMES, SERVICES, Sees, TEXTS, dataset, field};

/// The literal for branch sites is not confirmed.
const SITE_TYPES: Choice = Choice { words: &[("CentralSite", None)], closed: false };

/// Active, failed over, failing over, failing back: the words are not confirmed.
const POOL_STATES: Choice = Choice { words: &[("Normal", None), ("FailedOver", None)], closed: false };

pub(super) const TABLE: &[DatasetRow] = &[
    dataset("sites", "site", &["Get-CsSite"], "Central and branch sites.").fields(&[&[
        field("Identity", Kind::Site, "`Site:Redmond`."),
        field("SiteId", Kind::Text, "Its number."),
        field("DisplayName", Kind::Text, "Its name."),
        field("Description", Kind::Text, "What somebody wrote about it."),
        field("SiteType", Kind::Choice(&SITE_TYPES), "`CentralSite`, or a branch site's word."),
        field("ParentSite", Kind::Site, "A branch site's central site."),
        field("Pools", Kind::List(&Kind::Pool), "The pools in it."),
        field("Services", SERVICES, "The services in it."),
        field("FederationRoute", Kind::Service, "The Edge or Director that federated messages leave by."),
        field("XmppFederationRoute", Kind::Service, "The Edge that XMPP leaves by; a legacy one."),
        field("DefaultPersistentChatPool", Kind::Service, "The default Persistent Chat pool."),
        field("CentralSite", Kind::Site, "A branch site's central site, by another name.").unconfirmed(),
    ]]),
    dataset(
        "pools",
        "pool",
        &["Get-CsPool"],
        "Pools of every kind: Front Ends, Edges, Directors, databases, gateways.",
    )
    .identity(&["Fqdn", "Identity"])
    .pool("Fqdn")
    .fields(&[&[
        field("Identity", Kind::Pool, "Its name."),
        field("Fqdn", Kind::Pool, "Its name."),
        field("Site", Kind::Site, "Its site."),
        field("Computers", NAMES, "Its computers."),
        field("Services", SERVICES, "Its services."),
        field("BackupPoolFqdn", Kind::Pool, "The pool that it is paired with."),
    ]]),
    dataset("computers", "computer", &["Get-CsComputer"], "Computers of the topology.")
        .identity(&["Fqdn", "Identity"])
        .pool("Pool")
        .fields(&[&[
            field("Identity", Kind::Name, "Its name."),
            field("Fqdn", Kind::Name, "Its name."),
            field("Pool", Kind::Pool, "Its pool."),
        ]]),
    dataset(
        "clusters",
        "cluster",
        &["Get-CsTopology"],
        "Pools as the topology document numbers them: what a home server's entry in the directory refers to.",
    )
    .identity(&["ClusterId", "Fqdn"])
    .pool("Fqdn")
    .fields(&[&[
        field("ClusterId", Kind::Name, "Site and number: `1:2`."),
        field("Fqdn", Kind::Pool, "The pool's name."),
        field("Machines", NAMES, "Its computers."),
        field("InstalledServices", TEXTS, "Its services."),
    ]]),
    dataset(
        "network_interfaces",
        "network interface",
        &["Get-CsNetworkInterface"],
        "Addresses that the topology gives to computers.",
    )
    .fields(&[&[
        field("Identity", Kind::Name, "`fe21.contoso.com/Primary/1`."),
        field("ComputerFqdn", Kind::Name, "The computer."),
        field("IPAddress", Kind::Text, "Its address; `0.0.0.0` for all."),
        field("Interface", Kind::Text, "`Primary`, `External`, …"),
        field("InterfaceNumber", Kind::Int, "Its number."),
        field("ConfiguredFqdn", Kind::Name, "The name that it is configured with."),
        field("ConfiguredIPAddress", Kind::Text, "The address that it is configured with."),
    ]]),
    dataset(
        "pool_backup_relationships",
        "pool backup relationship",
        &["Get-CsPoolBackupRelationship -PoolFqdn {pool}"],
        "Which pools are paired, and how far a failover has come.",
    )
    .sees(Sees::Pool)
    .identity(&["PoolFqdn"])
    .pool("PoolFqdn")
    .settings()
    .fields(&[&[
        field("PoolFqdn", Kind::Pool, "The pool.").also(&["Identity", "Pool", "PrimaryPoolFqdn"]).unconfirmed(),
        field("BackupPoolFqdn", Kind::Pool, "The pool that takes over.").also(&["BackupPool"]).unconfirmed(),
        field("PoolState", Kind::Choice(&POOL_STATES), "Whether it is failed over or failing.")
            .also(&["State"])
            .unconfirmed(),
    ]]),
    dataset(
        "pool_fabric_states",
        "pool fabric state",
        &["Get-CsPoolFabricState -PoolFqdn {pool}"],
        "Replicas of a pool's services in Windows Fabric.",
    )
    .sees(Sees::Pool)
    .together(&["PoolFqdn", "ServiceType", "Identity"])
    .pool("PoolFqdn")
    .settings()
    .fields(&[&[
        field("PoolFqdn", Kind::Pool, "The pool.").also(&["Pool"]).unconfirmed(),
        field("Identity", Kind::Name, "The routing group or service.").unconfirmed(),
        field("ServiceType", Kind::Text, "`Routing`, `MCUFactory`, `ConferenceDirectory` or `LYSS`.").unconfirmed(),
        field("Primary", Kind::Name, "The Front End with the primary replica; none is a lost quorum.").unconfirmed(),
        field("Secondaries", NAMES, "The Front Ends with further replicas.").unconfirmed(),
    ]]),
    dataset(
        "backup_service_statuses",
        "backup service status",
        &["Get-CsBackupServiceStatus -PoolFqdn {pool}"],
        "How far a pool's data are copied to its backup pool.",
    )
    .sees(Sees::Pool)
    .identity(&["PoolFqdn"])
    .pool("PoolFqdn")
    .settings()
    .fields(&[&[
        field("PoolFqdn", Kind::Pool, "The pool.").also(&["Pool", "Identity"]).unconfirmed(),
        field(
            "OverallExportStatus",
            Kind::Text,
            "`FinalState` or `SteadyState` when all is copied; `ErrorState` when not.",
        )
        .unconfirmed(),
        field("OverallImportStatus", Kind::Text, "`NormalState`, or `ErrorState`.").unconfirmed(),
        field("BackupModules", Kind::List(&Kind::Any), "Each module with its `ExportStatus` and `ImportStatus`."),
    ]]),
    dataset("sip_domains", "SIP domain", &["Get-CsSipDomain"], "SIP domains.").identity(&["Name", "Identity"]).fields(
        &[&[
            field("Identity", Kind::Name, "Its name."),
            field("Name", Kind::Name, "Its name."),
            field("IsDefault", Kind::Bool, "Whether it is the default one."),
        ]],
    ),
    dataset(
        "simple_url_configurations",
        "simple URL configuration",
        &["Get-CsSimpleUrlConfiguration"],
        "The meet, dialin and admin addresses.",
    )
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global` or a site's."),
        field("SimpleUrl", Kind::List(&Kind::Any), "Each with `Component`, `Domain`, `ActiveUrl`."),
    ]]),
    dataset(
        "management_connections",
        "management connection",
        &["Get-CsManagementConnection"],
        "The configuration store that this shell uses.",
    )
    .identity(&["Connection", "SqlServer"])
    .fields(&[&[
        field("StoreProvider", Kind::Text, "How it is reached."),
        field("Connection", Kind::Text, "The connection."),
        field("ReadOnly", Kind::Bool, "Whether it can only be read."),
        field("SqlServer", Kind::Name, "The SQL server."),
        field("SqlInstance", Kind::Name, "The SQL instance."),
        field("MirrorSqlServer", Kind::Name, "The mirror's SQL server; none without a mirror."),
        field("MirrorSqlInstance", Kind::Name, "The mirror's SQL instance."),
    ]]),
    dataset(
        "configuration_store_locations",
        "configuration store location",
        &["Get-CsConfigurationStoreLocation"],
        "Where the directory says the configuration store is.",
    )
    .identity(&["BackEndServer"])
    .fields(&[&[
        field("BackEndServer", Kind::Name, "SQL server and instance: `sql02.contoso.com\\rtc`.")
            .also(&["Value", "SqlServer"])
            .unconfirmed(),
        field("MirrorBackEndServer", Kind::Name, "The mirror's SQL server and instance.").unconfirmed(),
    ]]),
];
