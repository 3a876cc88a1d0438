//! The words of topology documents: namespaces and roles.

/// What `Get-CsTopology -AsXml` writes, and the shared parts of the other form.
pub(super) const TOPOLOGY: &str = "urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008";
/// What Topology Builder saves.
pub(super) const BUILDER: &str = "urn:schema:Microsoft.Rtc.Management.Deploy.TopologyBuilder.2008";
/// The topology inside of what Topology Builder saves.
pub(super) const WRITABLE: &str = "urn:schema:Microsoft.Rtc.Management.Deploy.WritableTopology.2008";
/// Ports and what only one role has.
pub(super) const ROLES: &str = "urn:schema:Microsoft.Rtc.Management.Deploy.ServiceRoles.2008";
/// The simple URLs.
pub(super) const SIMPLE_URLS: &str = "urn:schema:Microsoft.Rtc.Management.Settings.SimpleUrl.2008";

/// Whether elements of a namespace are read; others are passed over.
pub(super) fn is_known(namespace: &str) -> bool {
    [TOPOLOGY, BUILDER, WRITABLE, ROLES, SIMPLE_URLS].contains(&namespace)
}

/// Roles by the names that documents give them. Those are the names of the samples, but for
/// the last ones, which are UNCONFIRMED and named as the shell does.
pub mod role {
    /// Signs users in; also what a Director runs.
    pub const REGISTRAR: &str = "Registrar";
    /// Presence, contacts and conference directories: only where users are homed.
    pub const USER_SERVICES: &str = "UserServices";
    /// The web services.
    pub const WEB_SERVICES: &str = "WebServices";
    /// The Edge services.
    pub const EDGE_SERVER: &str = "EdgeServer";
    /// A file share.
    pub const FILE_STORE: &str = "FileStore";
    /// The Central Management service.
    pub const CENTRAL_MGMT: &str = "CentralMgmt";
    /// Between Enterprise Voice and the telephone network.
    pub const MEDIATION_SERVER: &str = "MediationServer";
    /// A gateway to the telephone network.
    pub const PSTN_GATEWAY: &str = "PstnGateway";
    /// The databases of monitoring.
    pub const MONITORING_STORE: &str = "MonitoringStore";
    /// The databases of archiving.
    pub const ARCHIVING_STORE: &str = "ArchivingStore";
    /// Persistent Chat: documents name several roles that begin so.
    pub const PERSISTENT_CHAT: &str = "PersistentChat";
}

/// What the shell calls the roles whose names differ from the documents'
/// (`Get-CsService -UserServer`, …).
const SHELL: &[(&str, &str)] = &[
    ("UserServices", "UserServer"),
    ("UserStore", "UserDatabase"),
    ("WebServices", "WebServer"),
    ("ConfServices", "ConferencingServer"),
    ("ApplicationStore", "ApplicationDatabase"),
    ("ArchivingStore", "ArchivingDatabase"),
    ("MonitoringStore", "MonitoringDatabase"),
    ("CentralMgmt", "CentralManagement"),
    ("CentralMgmtStore", "CentralManagementDatabase"),
    ("ManagementServices", "ManagementServer"),
    ("WacService", "WacServer"),
];

/// Roles that documents name as the shell does.
const SAME: &[&str] = &["Registrar", "FileStore", "ApplicationServer", "EdgeServer", "MediationServer"];

/// Whether it is known how documents name a role of the shell's: only then does a document
/// without it prove that there is none.
pub(super) fn is_confirmed(shell: &str) -> bool {
    shell == "Director" || SAME.contains(&shell) || SHELL.iter().any(|(_, known)| *known == shell)
}

/// A role's name in the shell: `UserServer` for `UserServices`. Roles that are not known
/// to differ keep their name.
pub(super) fn in_shell(role: &str) -> &str {
    SHELL.iter().find(|(document, _)| *document == role).map_or(role, |(_, shell)| shell)
}
