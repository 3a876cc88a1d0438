//! The list.
//!
//! Names and parameters are those of migration.md 3 and 4 and of the cmdlet reference; a
//! version that lacks one says so when it is asked.

use super::Cmdlet;
use super::parameter::{
    Parameter,
    ParameterKind::{Name, Number, Phone, Sip, Switch, Text},
};
use crate::values::Effect;

const fn takes(name: &'static str, kind: super::ParameterKind) -> Parameter {
    Parameter { name, kind }
}

const fn get(name: &'static str, parameters: &'static [Parameter]) -> Cmdlet {
    Cmdlet { name, parameters, effects: &[] }
}

const fn test(name: &'static str, parameters: &'static [Parameter], effects: &'static [Effect]) -> Cmdlet {
    Cmdlet { name, parameters, effects }
}

/// What is asked for by its identity alone.
const IDENTITY: &[Parameter] = &[takes("Identity", Text)];

/// What the configuration store holds.
const STORED: &[Parameter] = &[takes("Identity", Text), takes("LocalStore", Switch)];

/// What the configuration store holds, by a wildcard too.
const FILTERED: &[Parameter] = &[takes("Filter", Text), takes("Identity", Text), takes("LocalStore", Switch)];

/// Users of the directory.
const USERS: &[Parameter] = &[
    takes("Identity", Text),
    takes("Filter", Text),
    takes("OU", Text),
    takes("DomainController", Name),
    takes("ResultSize", Number),
    takes("LdapFilter", Text),
];

/// Users that have a SIP address. `Filter` is the cmdlets' own filter language, and no script.
const HOMED: &[Parameter] = &[
    takes("Identity", Text),
    takes("Filter", Text),
    takes("OU", Text),
    takes("DomainController", Name),
    takes("ResultSize", Number),
    takes("LdapFilter", Text),
    takes("UnAssignedUser", Switch),
    takes("OnModernServer", Switch),
];

/// Contact objects of the directory.
const CONTACTS: &[Parameter] = &[takes("Identity", Text), takes("Filter", Text), takes("DomainController", Name)];

/// Response groups: without `ShowAll` only those whose owner is their parent pool.
const GROUPS: &[Parameter] = &[takes("Identity", Text), takes("Name", Text), takes("ShowAll", Switch)];

/// One pool.
const POOL: &[Parameter] = &[takes("PoolFqdn", Name)];

/// A synthetic transaction as the pool's own test users.
const TARGET: &[Parameter] = &[takes("TargetFqdn", Name), takes("RegistrarPort", Number)];

/// A synthetic transaction over web services.
const WEB_TARGET: &[Parameter] = &[takes("TargetFqdn", Name)];

/// Every cmdlet, in the order of names.
pub const CMDLETS: &[Cmdlet] = &[
    get("Get-CsAccessEdgeConfiguration", FILTERED),
    get("Get-CsAdContact", CONTACTS),
    get("Get-CsAdDomain", &[takes("Domain", Name), takes("DomainController", Name)]),
    get("Get-CsAdForest", &[]),
    get("Get-CsAdminRole", STORED),
    get("Get-CsAdminRoleAssignment", STORED),
    get("Get-CsAdServerSchema", &[]),
    get("Get-CsAdUser", USERS),
    get("Get-CsAllowedDomain", FILTERED),
    get("Get-CsAnalogDevice", CONTACTS),
    get("Get-CsAnnouncement", STORED),
    get("Get-CsApplicationEndpoint", CONTACTS),
    get("Get-CsArchivingConfiguration", FILTERED),
    get("Get-CsArchivingPolicy", FILTERED),
    get("Get-CsAudioTestServiceApplication", CONTACTS),
    get("Get-CsAuthConfig", FILTERED),
    get("Get-CsBackupServiceStatus", POOL),
    get("Get-CsBlockedDomain", FILTERED),
    get("Get-CsCallParkOrbit", FILTERED),
    get("Get-CsCallViaWorkPolicy", FILTERED),
    get("Get-CsCertificate", &[]),
    get("Get-CsClientPinInfo", IDENTITY),
    get("Get-CsClientPolicy", FILTERED),
    get("Get-CsClientVersionPolicy", FILTERED),
    get("Get-CsCommonAreaPhone", CONTACTS),
    get("Get-CsComputer", STORED),
    get("Get-CsConferenceDirectory", STORED),
    get("Get-CsConferencingPolicy", FILTERED),
    get("Get-CsConfigurationStoreLocation", &[]),
    get("Get-CsCpsConfiguration", FILTERED),
    get("Get-CsDatabaseMirrorState", POOL),
    get("Get-CsDialInConferencingAccessNumber", CONTACTS),
    get("Get-CsDialPlan", FILTERED),
    get("Get-CsEffectivePolicy", IDENTITY),
    get("Get-CsExternalAccessPolicy", FILTERED),
    get("Get-CsExUmContact", CONTACTS),
    get("Get-CsGraphPolicy", FILTERED),
    get("Get-CsHealthMonitoringConfiguration", FILTERED),
    get("Get-CsHostedVoicemailPolicy", FILTERED),
    get("Get-CsHostingProvider", FILTERED),
    get("Get-CsHybridApplicationEndpoint", CONTACTS),
    get("Get-CsIPPhonePolicy", FILTERED),
    get("Get-CsLocationPolicy", FILTERED),
    get("Get-CsManagementConnection", &[]),
    get(
        "Get-CsManagementStoreReplicationStatus",
        &[takes("ReplicaFqdn", Name), takes("CentralManagementStoreStatus", Switch)],
    ),
    get("Get-CsMcxConfiguration", FILTERED),
    get("Get-CsMeetingConfiguration", FILTERED),
    get("Get-CsMeetingRoom", CONTACTS),
    get("Get-CsMobilityPolicy", FILTERED),
    get("Get-CsNetworkInterface", STORED),
    get("Get-CsPersistentChatEndpoint", CONTACTS),
    get("Get-CsPersistentChatPolicy", FILTERED),
    get("Get-CsPersistentChatRoom", IDENTITY),
    get("Get-CsPersistentChatState", IDENTITY),
    get("Get-CsPinPolicy", FILTERED),
    get("Get-CsPool", STORED),
    get("Get-CsPoolBackupRelationship", POOL),
    get("Get-CsPoolFabricState", POOL),
    get("Get-CsPresencePolicy", FILTERED),
    get("Get-CsProxyConfiguration", FILTERED),
    get("Get-CsPublicProvider", FILTERED),
    get("Get-CsQoEConfiguration", FILTERED),
    get("Get-CsRgsAgentGroup", GROUPS),
    get("Get-CsRgsQueue", GROUPS),
    get("Get-CsRgsWorkflow", GROUPS),
    get("Get-CsServerPatchVersion", &[]),
    get("Get-CsServerVersion", &[]),
    get(
        "Get-CsService",
        &[
            takes("PoolFqdn", Name),
            takes("Identity", Text),
            takes("ApplicationDatabase", Switch),
            takes("ApplicationServer", Switch),
            takes("ArchivingDatabase", Switch),
            takes("ArchivingServer", Switch),
            takes("CentralManagement", Switch),
            takes("ConferencingServer", Switch),
            takes("Director", Switch),
            takes("EdgeServer", Switch),
            takes("FileStore", Switch),
            takes("MediationServer", Switch),
            takes("MonitoringDatabase", Switch),
            takes("MonitoringServer", Switch),
            takes("PersistentChatComplianceDatabase", Switch),
            takes("PersistentChatDatabase", Switch),
            takes("PersistentChatServer", Switch),
            takes("PstnGateway", Switch),
            takes("Registrar", Switch),
            takes("UserDatabase", Switch),
            takes("UserServer", Switch),
            takes("VideoInteropServer", Switch),
            takes("WacServer", Switch),
            takes("WebServer", Switch),
        ],
    ),
    get("Get-CsSimpleUrlConfiguration", FILTERED),
    get("Get-CsSipDomain", FILTERED),
    get("Get-CsSite", STORED),
    get("Get-CsStaticRoutingConfiguration", FILTERED),
    get("Get-CsThirdPartyVideoSystem", CONTACTS),
    get("Get-CsThirdPartyVideoSystemPolicy", FILTERED),
    get("Get-CsTopology", &[]),
    get("Get-CsTrunk", STORED),
    get("Get-CsTrunkConfiguration", FILTERED),
    get("Get-CsTrustedApplication", STORED),
    get("Get-CsTrustedApplicationEndpoint", CONTACTS),
    get("Get-CsTrustedApplicationPool", STORED),
    get("Get-CsUnassignedNumber", FILTERED),
    get("Get-CsUser", HOMED),
    get("Get-CsUserPoolInfo", IDENTITY),
    get("Get-CsUserReplicatorConfiguration", FILTERED),
    get("Get-CsUserServicesPolicy", FILTERED),
    get("Get-CsUserSession", POOL),
    get("Get-CsVoicePolicy", FILTERED),
    get("Get-CsVoiceRoute", FILTERED),
    get("Get-CsVoiceRoutingPolicy", FILTERED),
    get("Get-CsWatcherNodeConfiguration", FILTERED),
    get("Get-CsWebServiceConfiguration", FILTERED),
    get(
        "Get-CsWindowsService",
        &[takes("ComputerName", Name), takes("Name", Text), takes("ExcludeActivityLevel", Switch)],
    ),
    get("Get-CsXmppAllowedPartner", FILTERED),
    test("Test-CsAddressBookService", WEB_TARGET, &[]),
    test("Test-CsAddressBookWebQuery", WEB_TARGET, &[]),
    test("Test-CsASConference", TARGET, &[]),
    test("Test-CsAVConference", TARGET, &[]),
    test(
        "Test-CsAVEdgeConnectivity",
        &[
            takes("TargetFqdn", Name),
            takes("RegistrarPort", Number),
            takes("AVEdgeAddress", Name),
            takes("AVEdgeTCPPort", Number),
            takes("AVEdgeUDPPort", Number),
        ],
        &[],
    ),
    test(
        "Test-CsDatabase",
        &[
            takes("ConfiguredDatabases", Switch),
            takes("CentralManagementDatabase", Switch),
            takes("SqlServerFqdn", Name),
            takes("SqlInstanceName", Name),
        ],
        &[],
    ),
    test("Test-CsDataConference", TARGET, &[]),
    test("Test-CsDialInConferencing", TARGET, &[Effect::PlacesCall]),
    test("Test-CsExUMConnectivity", TARGET, &[Effect::PlacesCall]),
    test("Test-CsExUMVoiceMail", TARGET, &[Effect::LeavesVoicemail]),
    test("Test-CsFederatedPartner", &[takes("TargetFqdn", Name), takes("Domain", Name), takes("ProxyFqdn", Name)], &[]),
    test("Test-CsGroupIM", TARGET, &[Effect::SendsIm]),
    test("Test-CsIM", TARGET, &[Effect::SendsIm]),
    test("Test-CsP2PAV", TARGET, &[Effect::PlacesCall]),
    test("Test-CsPersistentChatMessage", TARGET, &[Effect::SendsIm]),
    test("Test-CsPresence", TARGET, &[]),
    test(
        "Test-CsPstnOutboundCall",
        &[takes("TargetFqdn", Name), takes("RegistrarPort", Number), takes("TargetPstnPhoneNumber", Phone)],
        &[Effect::PlacesCall],
    ),
    test("Test-CsPstnPeerToPeerCall", TARGET, &[Effect::PlacesCall]),
    test("Test-CsRegistration", TARGET, &[]),
    test("Test-CsTopology", &[takes("Service", Text)], &[]),
    test("Test-CsUcwaConference", WEB_TARGET, &[]),
    test("Test-CsWebAppAnonymous", &[takes("TargetFqdn", Name), takes("External", Switch)], &[]),
    test("Test-CsWebScheduler", WEB_TARGET, &[]),
    test(
        "Test-CsXmppIM",
        &[takes("TargetFqdn", Name), takes("RegistrarPort", Number), takes("Receiver", Sip)],
        &[Effect::SendsIm],
    ),
];
