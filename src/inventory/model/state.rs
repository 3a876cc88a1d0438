//! Replication, mirroring, monitoring, and how the directory is prepared.

use super::{Choice, DatasetRow, Kind, NAMES, Sees, dataset, field};

/// The numbers are not confirmed.
const RESULTS: Choice = Choice { words: &[("Success", None), ("Failure", None)], closed: false };

pub(super) const TABLE: &[DatasetRow] = &[
    dataset(
        "replicas",
        "replica",
        &["Get-CsManagementStoreReplicationStatus"],
        "Replicas of the configuration, and whether they are up to date.",
    )
    .identity(&["ReplicaFqdn"])
    .fields(&[&[
        field("ReplicaFqdn", Kind::Name, "The server."),
        field("UpToDate", Kind::Bool, "Whether it has the last change; false right after publishing is normal."),
        field("LastStatusReport", Kind::Time, "When it last reported."),
        field("LastUpdateCreation", Kind::Time, "When the last change was made."),
        field("ProductVersion", Kind::Version, "Its version."),
    ]]),
    dataset(
        "central_management_statuses",
        "central management status",
        &["Get-CsManagementStoreReplicationStatus -CentralManagementStoreStatus"],
        "Which server is the Central Management master.",
    )
    .identity(&["ActiveMasterFqdn"])
    .fields(&[&[
        field("LastUpdatedOn", Kind::Time, "When it last changed."),
        field("ActiveMasterFqdn", Kind::Name, "The master; none is a store that nobody serves."),
        field("ActiveMasterLastHeartbeat", Kind::Time, "When the master was last seen.").unconfirmed(),
        field("ActiveFileTransferAgents", NAMES, "The servers that distribute changes.")
            .also(&["ActiveFileTransferAgentFqdn"]),
    ]]),
    dataset(
        "database_mirror_states",
        "database mirror state",
        &["Get-CsDatabaseMirrorState -PoolFqdn {pool}"],
        "SQL mirroring, database by database.",
    )
    .sees(Sees::Pool)
    .together(&["PoolFqdn", "DatabaseName"])
    .pool("PoolFqdn")
    .fields(&[&[
        field("PoolFqdn", Kind::Pool, "The pool that was asked about.").also(&["Pool"]).unconfirmed(),
        field("DatabaseName", Kind::Name, "The database."),
        field(
            "StateOnPrimary",
            Kind::Text,
            "`DatabaseInaccessibleOrMirroringNotEnabled` on both: no mirror. `Principal`: a healthy primary.",
        ),
        field("StateOnMirror", Kind::Text, "The state on the mirror."),
        field("MirroringStatusOnPrimary", Kind::Text, "How far the mirror is, as the primary sees it."),
        field("MirroringStatusOnSecondary", Kind::Text, "How far the mirror is, as the mirror sees it."),
    ]]),
    dataset(
        "database_versions",
        "database version",
        &["Test-CsDatabase -ConfiguredDatabases -SqlServerFqdn {host}"],
        "Databases, and whether their schema is what the product needs.",
    )
    .together(&["SqlServerFqdn", "SqlInstanceName", "DatabaseName"])
    .fields(&[&[
        field("DatabaseName", Kind::Name, "The database."),
        field("SqlServerFqdn", Kind::Name, "The SQL server.").unconfirmed(),
        field("SqlInstanceName", Kind::Name, "The SQL instance.").unconfirmed(),
        field("InstalledVersion", Kind::Any, "The schema that is there."),
        field("ExpectedVersion", Kind::Any, "The schema that is needed."),
        field("Succeed", Kind::Bool, "Whether it could be read.").unconfirmed(),
    ]]),
    dataset(
        "persistent_chat_states",
        "Persistent Chat state",
        &["Get-CsPersistentChatState"],
        "Whether Persistent Chat pools are failed over.",
    )
    .identity(&["PoolFqdn"])
    .pool("PoolFqdn")
    .fields(&[&[
        field("PoolFqdn", Kind::Pool, "The pool.").also(&["Identity"]).unconfirmed(),
        field("PoolState", Kind::Text, "`Normal` or `FailedOver`."),
    ]]),
    dataset("persistent_chat_rooms", "Persistent Chat room", &["Get-CsPersistentChatRoom"], "Chat rooms (legacy).")
        .fields(&[&[
            field("Identity", Kind::Name, "Its name."),
            field("Name", Kind::Text, "Its name.").unconfirmed(),
            field("Members", NAMES, "Its members.").unconfirmed(),
        ]]),
    dataset("mcx_configurations", "Mcx configuration", &["Get-CsMcxConfiguration"], "Mobility of former versions.")
        .settings()
        .fields(&[&[field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's.")]]),
    dataset("meeting_configurations", "meeting configuration", &["Get-CsMeetingConfiguration"], "How meetings begin.")
        .settings()
        .fields(&[&[
            field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's."),
            field("PstnCallersBypassLobby", Kind::Bool, "Callers need not wait."),
            field("EnableAssignedConferenceType", Kind::Bool, "Assigned conferences."),
            field("DesignateAsPresenter", Kind::Text, "Who presents."),
            field("AdmitAnonymousUsersByDefault", Kind::Bool, "Anonymous participants need not wait."),
        ]]),
    dataset(
        "archiving_configurations",
        "archiving configuration",
        &["Get-CsArchivingConfiguration"],
        "What is archived.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's."),
        field("EnableArchiving", Kind::Text, "What is archived: `None`, `ImOnly`, `ImAndWebConf`, or false."),
        field("BlockOnArchiveFailure", Kind::Bool, "Whether messages stop when archiving does."),
    ]]),
    dataset(
        "monitoring_configurations",
        "monitoring configuration",
        &["Get-CsQoEConfiguration"],
        "Whether the quality of calls is monitored.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's."),
        field("EnableQoE", Kind::Bool, "Whether it is."),
    ]]),
    dataset(
        "user_replicator_configurations",
        "user replicator configuration",
        &["Get-CsUserReplicatorConfiguration"],
        "How users come from the directory to the pools.",
    )
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global` or a service's."),
        field("ADDomainNamingContextList", Kind::List(&Kind::Dn), "The domains; none for all."),
        field("DomainControllerList", Kind::List(&Kind::Any), "The domain controllers; none for any."),
        field("ReplicationCycleInterval", Kind::Duration, "Between two cycles, in seconds."),
        field(
            "SkipFirstSyncAllowedDowntime",
            Kind::Duration,
            "How long a pool may be down without a full sync, in seconds.",
        ),
    ]]),
    dataset(
        "health_monitoring_configurations",
        "health monitoring configuration",
        &["Get-CsHealthMonitoringConfiguration"],
        "The pair of test users of each pool.",
    )
    .identity(&["TargetFqdn", "Identity"])
    .pool("Identity")
    .fields(&[&[
        field("Identity", Kind::Pool, "The pool."),
        field("TargetFqdn", Kind::Pool, "The pool.").unconfirmed(),
        field("FirstTestUserSipUri", Kind::Sip, "One test user.").unconfirmed(),
        field("SecondTestUserSipUri", Kind::Sip, "The other test user.").unconfirmed(),
    ]]),
    dataset(
        "watcher_nodes",
        "watcher node",
        &["Get-CsWatcherNodeConfiguration"],
        "Pools that are watched, and with which users.",
    )
    .pool("Identity")
    .fields(&[&[
        field("Identity", Kind::Pool, "The pool."),
        field("TargetFqdn", Kind::Pool, "The pool."),
        field("PortNumber", Kind::Int, "The port."),
        field("TestUsers", Kind::List(&Kind::Sip), "The test users."),
        field("ExtendedTests", Kind::List(&Kind::Any), "Further tests."),
    ]]),
    dataset(
        "synthetic_results",
        "synthetic result",
        &[
            "Test-CsTopology",
            "Test-CsFederatedPartner -TargetFqdn {pool} -Domain {domain}",
            "Test-CsAVEdgeConnectivity -TargetFqdn {pool}",
        ],
        "Results of the product's own tests.",
    )
    .together(&["Test", "TargetFqdn", "Domain"])
    .fields(&[&[
        field("Test", Kind::Name, "The cmdlet.").also(&["Cmdlet"]).unconfirmed(),
        field("TargetFqdn", Kind::Name, "The pool or server under test."),
        field("Domain", Kind::Name, "The partner's domain, of federation tests.").unconfirmed(),
        field("TargetUri", Kind::Text, "The address under test, of web tests."),
        field("Result", Kind::Choice(&RESULTS), "`Success` or `Failure`."),
        field("Latency", Kind::Duration, "How long it took, in seconds."),
        field("Error", Kind::Text, "What went wrong.").also(&["ErrorMessage"]),
        field("Diagnosis", Kind::Text, "`ErrorCode=4005,Source=…,Reason=…`."),
    ]]),
    dataset("ad_forest_states", "directory forest state", &["Get-CsAdForest"], "Whether the forest is prepared.")
        .identity(&["State"])
        .fields(&[&[field("State", Kind::Text, "What the cmdlet answers.").also(&["Value"]).unconfirmed()]]),
    dataset(
        "ad_domain_states",
        "directory domain state",
        &["Get-CsAdDomain -Domain {domain}"],
        "Whether the domains are prepared.",
    )
    .sees(Sees::Domain)
    .together(&["Domain", "State"])
    .fields(&[&[
        field("Domain", Kind::Name, "The domain.").unconfirmed(),
        field("State", Kind::Text, "What the cmdlet answers.").also(&["Value"]).unconfirmed(),
    ]]),
    dataset("ad_schema_states", "directory schema state", &["Get-CsAdServerSchema"], "Whether the schema is extended.")
        .identity(&["State"])
        .fields(&[&[field("State", Kind::Text, "What the cmdlet answers.").also(&["Value"]).unconfirmed()]]),
];
