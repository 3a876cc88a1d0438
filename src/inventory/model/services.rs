//! Services by role: `Get-CsService` with one switch each.

use super::{DatasetRow, FieldRow, Kind, SERVICES, dataset, field};

/// What every service has.
const SERVICE: &[FieldRow] = &[
    field("Identity", Kind::Service, "Role and pool: `Registrar:pool02.contoso.com`."),
    field("PoolFqdn", Kind::Pool, "Its pool."),
    field("SiteId", Kind::Site, "Its site: `Site:Redmond`."),
    field("ServiceId", Kind::Name, "Its number in the topology: `1-WebServices-1`."),
    field("Version", Kind::Int, "6: Lync Server 2013, 7: 2015, 8: 2019."),
    field("Role", Kind::Text, "Its role."),
    field("DependentServiceList", SERVICES, "The services that need it."),
];

const REGISTRAR: &[FieldRow] = &[
    field("UserServer", Kind::Service, "Its user services."),
    field("WebServer", Kind::Service, "Its web services."),
    field("EdgeServer", Kind::Service, "The Edge pool that its media use."),
    field("BackupRegistrar", Kind::Service, "The Registrar that takes over."),
    field("EnableAutomaticFailover", Kind::Bool, "Whether it takes over by itself."),
    field("FailureDetectionInterval", Kind::Int, "After how many seconds it takes over."),
    field("FailbackDetectionInterval", Kind::Int, "After how many seconds it goes back."),
    field("MonitoringDatabase", Kind::Service, "Its monitoring store."),
    field("ArchivingDatabase", Kind::Service, "Its archiving store."),
    field("MirrorMonitoringDatabase", Kind::Service, "The mirror of its monitoring store."),
    field("MirrorArchivingDatabase", Kind::Service, "The mirror of its archiving store."),
    field("SipPort", Kind::Int, "SIP over TLS."),
    field("SipServerTcpPort", Kind::Int, "SIP over TCP."),
    field("WebPort", Kind::Int, "Web port."),
    field("LyssWcfMtlsPort", Kind::Int, "Storage service."),
    field("XmppGatewaySipPort", Kind::Int, "XMPP gateway; a port here does not prove that it is used."),
];

/// Samples write `MediaRelayAuth…` and `MediaRelay…`, `AccessEdgeClientPort` and
/// `AccessEdgeClientSipPort`, and `MediaComunicationPortCount`.
const EDGE: &[FieldRow] = &[
    field("Registrar", Kind::Service, "The next hop: where inbound SIP goes."),
    field("AccessEdgeInternalSipPort", Kind::Int, "SIP from inside."),
    field("AccessEdgeExternalSipPort", Kind::Int, "Federation; none or 0 where it is off."),
    field("AccessEdgeClientSipPort", Kind::Int, "Remote users.").also(&["AccessEdgeClientPort"]),
    field("DataPsomServerPort", Kind::Int, "Web conferencing from inside."),
    field("DataPsomClientPort", Kind::Int, "Web conferencing from outside."),
    field("MediaRelayAuthEdgePort", Kind::Int, "Media relay authentication.").also(&["MediaRelayEdgePort"]),
    field("MediaRelayInternalTurnTcpPort", Kind::Int, "TURN over TCP from inside.")
        .also(&["MediaRelayAuthInternalTurnTcpPort"]),
    field("MediaRelayExternalTurnTcpPort", Kind::Int, "TURN over TCP from outside.")
        .also(&["MediaRelayAuthExternalTurnTcpPort"]),
    field("MediaRelayInternalTurnUdpPort", Kind::Int, "TURN over UDP from inside.")
        .also(&["MediaRelayAuthInternalTurnUdpPort"]),
    field("MediaRelayExternalTurnUdpPort", Kind::Int, "TURN over UDP from outside.")
        .also(&["MediaRelayAuthExternalTurnUdpPort"]),
    field("MediaCommunicationPortStart", Kind::Int, "The first relay port.").also(&["MediaComunicationPortStart"]),
    field("MediaCommunicationPortCount", Kind::Int, "How many relay ports.").also(&["MediaComunicationPortCount"]),
    field("AccessEdgeExternalFqdn", Kind::Name, "The Access Edge's public name."),
    field("DataEdgeExternalFqdn", Kind::Name, "The Web Conferencing Edge's public name."),
    field("AVEdgeExternalFqdn", Kind::Name, "The A/V Edge's public name."),
    field("InternalInterfaceFqdn", Kind::Name, "The internal name."),
    field("ExternalMrasFqdn", Kind::Name, "The public name of media relay authentication."),
    field("SkypeSearchProxyPort", Kind::Int, "Skype directory search."),
    field("XmppListeningPort", Kind::Int, "XMPP from partners."),
    field("XmppInternalPort", Kind::Int, "XMPP from inside."),
];

const WEB: &[FieldRow] = &[
    field("InternalFqdn", Kind::Name, "The internal name."),
    field("ExternalFqdn", Kind::Name, "The external name."),
    field("PrimaryHttpPort", Kind::Int, "Internal HTTP."),
    field("PrimaryHttpsPort", Kind::Int, "Internal HTTPS."),
    field("ExternalHttpPort", Kind::Int, "External HTTP, as the server listens."),
    field("ExternalHttpsPort", Kind::Int, "External HTTPS, as the server listens."),
    field("PublishedPrimaryHttpPort", Kind::Int, "Internal HTTP, as clients see it."),
    field("PublishedPrimaryHttpsPort", Kind::Int, "Internal HTTPS, as clients see it."),
    field("PublishedExternalHttpPort", Kind::Int, "External HTTP, as clients see it."),
    field("PublishedExternalHttpsPort", Kind::Int, "External HTTPS, as clients see it."),
    field("ReachPrimaryPsomServerPort", Kind::Int, "Web App conferencing from inside."),
    field("ReachExternalPsomServerPort", Kind::Int, "Web App conferencing from outside."),
    field("FileStore", Kind::Service, "Its file store."),
    field("UserServer", Kind::Service, "Its user services."),
    field("MeetExternalUri", Kind::Text, "The external meeting address."),
    field("ABHandlerInternalUri", Kind::Text, "The internal address book address."),
    field("ABHandlerExternalUri", Kind::Text, "The external address book address."),
];

const FILE_STORE: &[FieldRow] = &[
    field("ShareName", Kind::Name, "The share."),
    field("UncPath", Kind::Name, "Its path."),
    field("IsDfsShare", Kind::Bool, "Whether it is a DFS share."),
];

const NEXT_HOP: &[FieldRow] = &[field("Registrar", Kind::Service, "The next hop.").also(&["NextHop"])];

macro_rules! services {
    ($($name:literal, $record:literal, $call:literal, $doc:literal, $own:expr;)*) => {
        &[$(dataset($name, $record, &[$call], $doc).pool("PoolFqdn").fields(&[SERVICE, $own]),)*]
    };
}

pub(super) const TABLE: &[DatasetRow] = services! {
    "registrar_services", "registrar service", "Get-CsService -Registrar", "Registrars: of pools, branch appliances and branch servers.", REGISTRAR;
    "director_services", "director service", "Get-CsService -Director", "Directors.", &[
        field("EdgeServer", Kind::Service, "The Edge pool that its media use.").unconfirmed(),
    ];
    "user_services", "user service", "Get-CsService -UserServer", "User services.", &[
        field("UserDatabase", Kind::Service, "The store of its users.").unconfirmed(),
        field("Registrar", Kind::Service, "Its Registrar.").unconfirmed(),
    ];
    "web_services", "web service", "Get-CsService -WebServer", "Web services.", WEB;
    "conferencing_services", "conferencing service", "Get-CsService -ConferencingServer", "Conferencing services.", &[];
    "application_services", "application service", "Get-CsService -ApplicationServer", "Application services.", &[];
    "mediation_services", "mediation service", "Get-CsService -MediationServer", "Mediation services.", &[
        field("Registrar", Kind::Service, "Its Registrar.").unconfirmed(),
        field("EdgeServer", Kind::Service, "The Edge pool that its media use.").unconfirmed(),
        field("PstnGatewayList", SERVICES, "Its gateways.").unconfirmed(),
    ];
    "edge_services", "edge service", "Get-CsService -EdgeServer", "Edge pools.", EDGE;
    "central_management_services", "central management service", "Get-CsService -CentralManagement", "Where the Central Management Server runs.", &[
        field("CentralManagementDatabase", Kind::Service, "Its store.").unconfirmed(),
    ];
    "persistent_chat_services", "Persistent Chat service", "Get-CsService -PersistentChatServer", "Persistent Chat pools; gone in 2019.", NEXT_HOP;
    "persistent_chat_databases", "Persistent Chat database", "Get-CsService -PersistentChatDatabase", "Stores of Persistent Chat.", &[];
    "persistent_chat_compliance_databases", "Persistent Chat compliance database", "Get-CsService -PersistentChatComplianceDatabase", "Compliance stores of Persistent Chat.", &[];
    "video_interop_services", "video interop service", "Get-CsService -VideoInteropServer", "Video Interop Servers.", NEXT_HOP;
    "file_stores", "file store", "Get-CsService -FileStore", "File stores.", FILE_STORE;
    "user_databases", "user database", "Get-CsService -UserDatabase", "SQL stores of users.", &[];
    "application_databases", "application database", "Get-CsService -ApplicationDatabase", "SQL stores of applications.", &[];
    "monitoring_databases", "monitoring database", "Get-CsService -MonitoringDatabase", "SQL stores of monitoring.", &[];
    "archiving_databases", "archiving database", "Get-CsService -ArchivingDatabase", "SQL stores of archiving.", &[];
    "monitoring_services", "monitoring service", "Get-CsService -MonitoringServer", "Monitoring Servers of former versions.", &[];
    "archiving_services", "archiving service", "Get-CsService -ArchivingServer", "Archiving Servers of former versions.", &[];
    "office_web_apps_services", "Office Web Apps service", "Get-CsService -WacServer", "Office Web Apps Servers.", &[];
    "pstn_gateways", "PSTN gateway", "Get-CsService -PstnGateway", "Gateways to the telephone network.", &[
        field("MediationServer", Kind::Service, "The Mediation Server that it hangs on.").unconfirmed(),
    ];
};
