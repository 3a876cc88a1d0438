//! Objects with a home pool that are no people: rooms, phones, devices, applications.

use super::{ASSIGNED, DatasetRow, FieldRow, HOME, Kind, TEXTS, dataset, field};

use crate::inventory::dataset::Derivation;

/// What every contact object has.
const CONTACT: &[FieldRow] = &[
    field("Identity", Kind::Dn, "The distinguished name.").attribute("distinguishedName"),
    field("Guid", Kind::Guid, "The directory's GUID of the object.").also(&["ObjectGuid"]).attribute("objectGUID"),
    field("SipAddress", Kind::Sip, "The SIP address.").attribute("msRTCSIP-PrimaryUserAddress"),
    field("Enabled", Kind::Bool, "Whether it is enabled.").attribute("msRTCSIP-UserEnabled"),
    field("DisplayName", Kind::Text, "The name that others see.").attribute("displayName"),
    field("DisplayNumber", Kind::Text, "The telephone number as people write it."),
    field("LineURI", Kind::Name, "The telephone number: `tel:+14255550100`.").attribute("msRTCSIP-Line"),
    field("OwnerUrn", Kind::Name, "What the object belongs to: `urn:device:commonareaphone`.")
        .attribute("msRTCSIP-OwnerUrn"),
    field("TargetServerIfMoving", Kind::Dn, "The directory's entry of the pool of a move in progress.")
        .attribute("msRTCSIP-TargetHomeServer")
        .unconfirmed(),
    field("HostingProvider", Kind::Name, "`SRV:` on premises, else the provider's name.")
        .attribute("msRTCSIP-DeploymentLocator")
        .unconfirmed(),
    field("Description", Kind::Text, "What somebody wrote about it."),
    field("WhenChanged", Kind::Time, "When the object was last changed.").attribute("whenChanged").unconfirmed(),
];

/// What contacts of applications have.
const APPLICATION: &[FieldRow] = &[
    field("PrimaryLanguage", Kind::Text, "Its language: `0` or `en-US`.")
        .attribute("msRTCSIP-ApplicationPrimaryLanguage"),
    field("SecondaryLanguages", TEXTS, "Its further languages.").attribute("msRTCSIP-ApplicationSecondaryLanguages"),
    field("EnterpriseVoiceEnabled", Kind::Bool, "Whether Enterprise Voice is enabled."),
    field("ExUmEnabled", Kind::Bool, "Whether Exchange takes its voice mail."),
];

const KEYS: &[&str] = &["SipAddress", "Guid", "Identity"];

/// The pool that a response group's or announcement's identity begins with.
const OWNER: FieldRow = field("Pool", Kind::Pool, "The pool that it belongs to, from its identity.")
    .derived(Derivation::PoolOf("Identity"));

pub(super) const TABLE: &[DatasetRow] = &[
    dataset("meeting_rooms", "meeting room", &["Get-CsMeetingRoom -ResultSize Unlimited"], "Room systems.")
        .identity(KEYS)
        .pool("RegistrarPool")
        .fields(&[
            CONTACT,
            HOME,
            ASSIGNED,
            &[
                field("SamAccountName", Kind::Name, "The logon name without its domain.").attribute("sAMAccountName"),
                field("UserPrincipalName", Kind::Name, "The user principal name.").attribute("userPrincipalName"),
                field("Sid", Kind::Sid, "The security identifier.").attribute("objectSid"),
                field("EnterpriseVoiceEnabled", Kind::Bool, "Whether Enterprise Voice is enabled.").unconfirmed(),
            ],
        ]),
    dataset(
        "common_area_phones",
        "common area phone",
        &["Get-CsCommonAreaPhone -ResultSize Unlimited"],
        "Phones that belong to a place.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[
        CONTACT,
        HOME,
        ASSIGNED,
        &[field("ExUmEnabled", Kind::Bool, "Whether Exchange takes its voice mail.")],
    ]),
    dataset(
        "analog_devices",
        "analog device",
        &["Get-CsAnalogDevice -ResultSize Unlimited"],
        "Analogue phones and fax machines.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[
        CONTACT,
        HOME,
        ASSIGNED,
        &[
            field("Gateway", Kind::Name, "The gateway that it hangs on.").unconfirmed(),
            field("AnalogFax", Kind::Bool, "Whether it is a fax machine.").unconfirmed(),
        ],
    ]),
    dataset(
        "exchange_um_contacts",
        "Exchange UM contact",
        &["Get-CsExUmContact -ResultSize Unlimited"],
        "Contacts of Exchange's auto attendants and subscriber access.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .guessed_in_directory()
    .fields(&[
        CONTACT,
        HOME,
        ASSIGNED,
        &[
            field("AutoAttendant", Kind::Bool, "Whether it is an auto attendant."),
            field("IsSubscriberAccess", Kind::Bool, "Whether it is a subscriber access number."),
            field("OtherIpPhone", Kind::Text, "What ties it to Exchange."),
        ],
    ]),
    dataset(
        "third_party_video_systems",
        "third-party video system",
        &["Get-CsThirdPartyVideoSystem -ResultSize Unlimited"],
        "Video systems of other makers (2015 and later).",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[CONTACT, HOME, ASSIGNED]),
    dataset(
        "dial_in_access_numbers",
        "dial-in access number",
        &["Get-CsDialInConferencingAccessNumber"],
        "Numbers under which people dial in to conferences.",
    )
    .identity(&["PrimaryUri", "Identity"])
    .pool("Pool")
    .fields(&[
        &[
            field("Identity", Kind::Dn, "The distinguished name.").attribute("distinguishedName"),
            field("Guid", Kind::Guid, "The directory's GUID of the object.").attribute("objectGUID").unconfirmed(),
            field("PrimaryUri", Kind::Sip, "The SIP address.")
                .also(&["SipAddress"])
                .attribute("msRTCSIP-PrimaryUserAddress"),
            field("DisplayName", Kind::Text, "The name that others see.").attribute("displayName"),
            field("DisplayNumber", Kind::Text, "The number as people write it."),
            field("LineUri", Kind::Name, "The number: `tel:+14255550199`.").attribute("msRTCSIP-Line"),
            field("PrimaryLanguage", Kind::Text, "Its language."),
            field("SecondaryLanguages", TEXTS, "Its further languages."),
            field("Pool", Kind::Pool, "The pool whose Conferencing Attendant answers.").also(&["RegistrarPool"]),
            field("Regions", TEXTS, "The regions whose callers use it."),
            field("HostingProvider", Kind::Name, "`SRV:` on premises, else the provider's name.")
                .attribute("msRTCSIP-DeploymentLocator"),
            field("OwnerUrn", Kind::Name, "What it belongs to: `urn:application:Caa`.").attribute("msRTCSIP-OwnerUrn"),
        ],
        &[field("HomeServer", Kind::Dn, "The home server's entry in the directory.")
            .attribute("msRTCSIP-PrimaryHomeServer")],
    ]),
    dataset(
        "response_group_workflows",
        "response group workflow",
        &["Get-CsRgsWorkflow -ShowAll"],
        "Response group workflows, also those that stay behind as copies.",
    )
    .pool("Identity")
    .fields(&[&[
        field("Identity", Kind::Service, "`ApplicationServer:<pool>/<guid>`."),
        OWNER,
        field("OwnerPool", Kind::Pool, "The pool that owns it; a copy's may differ from its parent's.").unconfirmed(),
        field("Name", Kind::Text, "Its name."),
        field("PrimaryUri", Kind::Sip, "Its SIP address."),
        field("LineUri", Kind::Name, "Its telephone number."),
        field("DisplayNumber", Kind::Text, "The number as people write it.").unconfirmed(),
        field("Active", Kind::Bool, "Whether it takes calls."),
        field("Language", Kind::Text, "Its language."),
        field("WorkflowType", Kind::Text, "`Managed` or `Unmanaged`; migrated ones are unmanaged."),
        field("DefaultAction", Kind::Any, "What happens to a call."),
        field("CustomMusicOnHoldFile", Kind::Any, "Its own music on hold."),
    ]]),
    dataset("response_group_queues", "response group queue", &["Get-CsRgsQueue -ShowAll"], "Response group queues.")
        .pool("Identity")
        .fields(&[&[
            field("Identity", Kind::Service, "`ApplicationServer:<pool>/<guid>`."),
            OWNER,
            field("OwnerPool", Kind::Pool, "The pool that owns it.").unconfirmed(),
            field("Name", Kind::Text, "Its name."),
            field("AgentGroupIDList", TEXTS, "The groups whose agents are called, in order.").unconfirmed().in_order(),
        ]]),
    dataset(
        "response_group_agent_groups",
        "response group agent group",
        &["Get-CsRgsAgentGroup -ShowAll"],
        "Response group agent groups.",
    )
    .pool("Identity")
    .fields(&[&[
        field("Identity", Kind::Service, "`ApplicationServer:<pool>/<guid>`."),
        OWNER,
        field("OwnerPool", Kind::Pool, "The pool that owns it.").unconfirmed(),
        field("Name", Kind::Text, "Its name."),
        field("AgentsByUri", TEXTS, "Its agents, in order: one is called after the other.").unconfirmed().in_order(),
    ]]),
    dataset(
        "trusted_application_endpoints",
        "trusted application endpoint",
        &["Get-CsTrustedApplicationEndpoint"],
        "Contacts of trusted applications.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .guessed_in_directory()
    .fields(&[CONTACT, HOME, APPLICATION]),
    dataset(
        "application_endpoints",
        "application endpoint",
        &["Get-CsApplicationEndpoint"],
        "All application contacts, the system's own among them.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[CONTACT, HOME, APPLICATION]),
    dataset(
        "audio_test_applications",
        "audio test application",
        &["Get-CsAudioTestServiceApplication"],
        "Contacts of the Audio Test service: the system makes and keeps them.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[CONTACT, HOME, APPLICATION]),
    dataset(
        "persistent_chat_endpoints",
        "Persistent Chat endpoint",
        &["Get-CsPersistentChatEndpoint"],
        "Contacts of Persistent Chat pools (legacy shell).",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[
        CONTACT,
        HOME,
        &[field("PersistentChatPoolFqdn", Kind::Pool, "The Persistent Chat pool.").unconfirmed()],
    ]),
    dataset(
        "hybrid_application_endpoints",
        "hybrid application endpoint",
        &["Get-CsHybridApplicationEndpoint"],
        "Contacts of applications in the cloud: not part of a migration, but reported.",
    )
    .identity(KEYS)
    .pool("RegistrarPool")
    .fields(&[CONTACT, HOME]),
];
