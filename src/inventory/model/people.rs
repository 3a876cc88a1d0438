//! Users, and what is worked out for them.

use super::{ASSIGNED, DatasetRow, FieldRow, HOME, Kind, NAMES, dataset, field};

/// `Get-CsUser` (`…ADConnect.Schema.ADUser`).
const USER: &[FieldRow] = &[
    field("Identity", Kind::Dn, "The distinguished name."),
    field("DistinguishedName", Kind::Dn, "The distinguished name, as the directory has it.")
        .attribute("distinguishedName"),
    field("SipAddress", Kind::Sip, "The SIP address.").attribute("msRTCSIP-PrimaryUserAddress"),
    field("Guid", Kind::Guid, "The directory's GUID of the object: it stays when people are renamed.")
        .also(&["ObjectGuid"])
        .attribute("objectGUID"),
    field("Name", Kind::Text, "The common name.").attribute("name"),
    field("DisplayName", Kind::Text, "The name that others see.").attribute("displayName"),
    field("FirstName", Kind::Text, "The given name.").attribute("givenName"),
    field("LastName", Kind::Text, "The family name.").attribute("sn"),
    field("SamAccountName", Kind::Name, "The logon name without its domain.").attribute("sAMAccountName"),
    field("UserPrincipalName", Kind::Name, "The user principal name.").attribute("userPrincipalName"),
    field("WindowsEmailAddress", Kind::Name, "The mail address.").attribute("mail"),
    field("Sid", Kind::Sid, "The security identifier.").attribute("objectSid"),
    field("OriginatorSid", Kind::Sid, "The account of another forest that signs in as this object.")
        .attribute("msRTCSIP-OriginatorSid"),
    field("Enabled", Kind::Bool, "Whether the object may sign in.").attribute("msRTCSIP-UserEnabled"),
    field("TargetRegistrarPool", Kind::Pool, "The pool of a move in progress."),
    field("TargetServerIfMoving", Kind::Dn, "The directory's entry of the pool of a move in progress.")
        .attribute("msRTCSIP-TargetHomeServer"),
    field("HostingProvider", Kind::Name, "`SRV:` on premises, else the provider's name.")
        .attribute("msRTCSIP-DeploymentLocator"),
    field("EnterpriseVoiceEnabled", Kind::Bool, "Whether Enterprise Voice is enabled."),
    field("EnabledForFederation", Kind::Bool, "A flag of former versions; policies decide now.")
        .attribute("msRTCSIP-FederationEnabled"),
    field("EnabledForInternetAccess", Kind::Bool, "A flag of former versions; policies decide now.")
        .attribute("msRTCSIP-InternetAccessEnabled"),
    field("PublicNetworkEnabled", Kind::Bool, "A flag of former versions; policies decide now."),
    field("EnabledForRichPresence", Kind::Bool, "Whether enhanced presence is enabled."),
    field("AudioVideoDisabled", Kind::Bool, "Whether audio and video are disabled."),
    field("RemoteCallControlTelephonyEnabled", Kind::Bool, "Whether remote call control is enabled."),
    field("IPPBXSoftPhoneRoutingEnabled", Kind::Bool, "Whether calls are routed to an IP PBX as well."),
    field("HostedVoiceMail", Kind::Bool, "Whether voice mail is hosted; none where nobody said."),
    field("LineURI", Kind::Name, "The telephone number: `tel:+14255550100;ext=100`.").attribute("msRTCSIP-Line"),
    field("LineServerURI", Kind::Name, "The address of remote call control.").attribute("msRTCSIP-LineServer"),
    field("PrivateLine", Kind::Name, "The private telephone number.").attribute("msRTCSIP-PrivateLine"),
    field("ExUmEnabled", Kind::Bool, "Whether Exchange takes its voice mail.").unconfirmed(),
    field("TenantId", Kind::Guid, "The tenant; zeros on premises.").attribute("msRTCSIP-TenantId"),
    field("WhenCreated", Kind::Time, "When the object was made.").attribute("whenCreated"),
    field("WhenChanged", Kind::Time, "When the object was last changed.").attribute("whenChanged"),
];

/// What the directory alone knows of a user: several sources joined, or LDAP.
const DIRECTORY: &[FieldRow] = &[
    field("OwnerUrn", Kind::Name, "What the object belongs to, where it is not a person's: `urn:device:roomsystem`.")
        .attribute("msRTCSIP-OwnerUrn"),
    field(
        "UserPolicies",
        Kind::List(&Kind::Text),
        "Policy assignments as the directory has them: `7=5`, type number and anchor.",
    )
    .attribute("msRTCSIP-UserPolicies"),
    field("ObjectClass", NAMES, "The classes of the object.").attribute("objectClass"),
];

pub(super) const TABLE: &[DatasetRow] = &[
    dataset(
        "users",
        "user",
        &["Get-CsUser -ResultSize Unlimited"],
        "Every object with a SIP address that `Get-CsUser` lists, enabled or not.",
    )
    .identity(&["SipAddress", "Guid", "Identity"])
    .pool("RegistrarPool")
    .fields(&[USER, HOME, ASSIGNED, DIRECTORY]),
    dataset(
        "unassigned_users",
        "unassigned user",
        &["Get-CsUser -UnAssignedUser -ResultSize Unlimited"],
        "Users with a SIP address and no pool.",
    )
    .identity(&["SipAddress", "Guid", "Identity"])
    .pool("RegistrarPool")
    .fields(&[USER, HOME, ASSIGNED, DIRECTORY]),
    dataset(
        "ad_users",
        "directory user",
        &["Get-CsAdUser -ResultSize Unlimited"],
        "Users of the directory, also those never enabled.",
    )
    .identity(&["Identity", "Guid"])
    .pool("RegistrarPool")
    .fields(&[
        &[
            field("Identity", Kind::Dn, "The distinguished name.").attribute("distinguishedName"),
            field("Guid", Kind::Guid, "The directory's GUID of the object.").attribute("objectGUID"),
            field("SipAddress", Kind::Sip, "The SIP address.").attribute("msRTCSIP-PrimaryUserAddress"),
            field("DisplayName", Kind::Text, "The name that others see.").attribute("displayName"),
            field("SamAccountName", Kind::Name, "The logon name without its domain.").attribute("sAMAccountName"),
            field("UserPrincipalName", Kind::Name, "The user principal name.").attribute("userPrincipalName"),
            field("Enabled", Kind::Bool, "True, false, or none: never enabled.").attribute("msRTCSIP-UserEnabled"),
        ],
        HOME,
    ]),
    dataset(
        "ad_contacts",
        "directory contact",
        &["Get-CsAdContact -ResultSize Unlimited"],
        "Contacts of the directory: users of other forests.",
    )
    .identity(&["SipAddress", "Guid", "Identity"])
    .pool("RegistrarPool")
    .fields(&[
        &[
            field("Identity", Kind::Dn, "The distinguished name.").attribute("distinguishedName"),
            field("Guid", Kind::Guid, "The directory's GUID of the object.").attribute("objectGUID"),
            field("SipAddress", Kind::Sip, "The SIP address.").attribute("msRTCSIP-PrimaryUserAddress"),
            field("DisplayName", Kind::Text, "The name that others see.").attribute("displayName"),
            field("OriginatorSid", Kind::Sid, "The account of the other forest.").attribute("msRTCSIP-OriginatorSid"),
            field("Enabled", Kind::Bool, "Whether it may sign in.").attribute("msRTCSIP-UserEnabled"),
        ],
        HOME,
    ]),
    dataset(
        "user_pool_infos",
        "user pool info",
        &["Get-CsUserPoolInfo -Identity {user}"],
        "Where the pools think that a user is.",
    )
    .pool("PrimaryPoolFqdn")
    .fields(&[&[
        field("Identity", Kind::Name, "The user."),
        field("PrimaryPoolFqdn", Kind::Pool, "The home pool."),
        field("BackupPoolFqdn", Kind::Pool, "The pool that takes over."),
        field("PrimaryPoolPrimaryRegistrar", Kind::Name, "The Front End that the user registers on."),
        field("PrimaryPoolBackupRegistrars", NAMES, "The Front Ends that take over."),
        field("PrimaryPoolMachinesInPreferredOrder", NAMES, "The Front Ends in the order of preference.").in_order(),
        field("BackupPoolPrimaryRegistrar", Kind::Name, "The Front End of the backup pool."),
    ]]),
    dataset(
        "effective_policies",
        "effective policy",
        &["Get-CsEffectivePolicy -Identity {user}"],
        "The policies that govern a user, as the product works them out.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::Name, "The user."),
        // The .NET type is MeetingPolicy; which label the cmdlet uses is not confirmed.
        field("ConferencingPolicy", Kind::Name, "The conferencing policy: a name, `Global` or a site's.")
            .also(&["MeetingPolicy"])
            .unconfirmed(),
        field("ClientPolicy", Kind::Name, "The client policy: a name, `Global` or a site's."),
        field("LocationPolicy", Kind::Name, "The location policy: a name, `Global` or a site's."),
        field("MobilityPolicy", Kind::Name, "The mobility policy: a name, `Global` or a site's."),
        field("LocationProfile", Kind::Name, "The dial plan: a name, `Global`, a site's or a service's.")
            .also(&["DialPlan"]),
        field("ExternalAccessPolicy", Kind::Name, "The external access policy: a name, `Global` or a site's.")
            .unconfirmed(),
        field("VoicePolicy", Kind::Name, "The voice policy: a name, `Global` or a site's.").unconfirmed(),
        field("ArchivingPolicy", Kind::Name, "The archiving policy: a name, `Global` or a site's.").unconfirmed(),
        field("PresencePolicy", Kind::Name, "The presence policy: a name, `Global` or a site's.").unconfirmed(),
        field("PinPolicy", Kind::Name, "The PIN policy: a name, `Global` or a site's.").unconfirmed(),
        field(
            "ClientVersionPolicy",
            Kind::Name,
            "The client version policy: a name, `Global`, a site's or a service's.",
        )
        .unconfirmed(),
        field("PersistentChatPolicy", Kind::Name, "The Persistent Chat policy: a name, `Global` or a site's.")
            .unconfirmed(),
        field("HostedVoicemailPolicy", Kind::Name, "The hosted voice mail policy: a name, `Global` or a site's.")
            .unconfirmed(),
    ]]),
    dataset(
        "client_pin_infos",
        "client pin info",
        &["Get-CsClientPinInfo -Identity {user}"],
        "The dial-in PINs of users: whether one is set, never the PIN.",
    )
    .fields(&[&[
        field("Identity", Kind::Sip, "The user."),
        field("IsPinSet", Kind::Bool, "Whether a PIN is set."),
        field("IsLockedOut", Kind::Bool, "Whether the user is locked out."),
        field("LastPinChangeTime", Kind::Time, "When the PIN was changed."),
        field("PinExpirationTime", Kind::Time, "When the PIN expires."),
    ]]),
];
