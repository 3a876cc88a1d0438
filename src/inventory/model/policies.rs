//! Policies of every type, and dial plans.

use crate::inventory::dataset::Derivation;

use super::{Choice, DatasetRow, FieldRow, Kind, TEXTS, dataset, field};

/// What every policy has. `Name` is a property of its own with some types, so that the name
/// without its scope is called otherwise.
const POLICY: &[FieldRow] = &[
    field("Identity", Kind::PolicyIdentity, "`Global`, `Site:Redmond`, `Service:…` or `Tag:RedmondConf`."),
    field("Scope", Kind::Text, "`user` for what is assigned to users, else `site`, `service` or `global`.")
        .derived(Derivation::ScopeOf("Identity")),
    field("PolicyName", Kind::Name, "The identity without its scope, as users' policy fields name it.")
        .derived(Derivation::BareOf("Identity")),
    field("Description", Kind::Text, "What somebody wrote about it."),
    field("Anchor", Kind::Int, "The number by which the directory refers to it.").unconfirmed(),
];

const SHARING: Choice =
    Choice { words: &[("Desktop", None), ("SingleApplication", None), ("None", None)], closed: false };
const RESOLUTIONS: Choice = Choice { words: &[("CIF", None), ("VGA", None)], closed: false };

/// `Get-CsConferencingPolicy`. What the organiser's policy decides and what each participant's
/// does differs from property to property.
const CONFERENCING: &[FieldRow] = &[
    field("AllowIPAudio", Kind::Bool, "Organiser: audio."),
    field("AllowIPVideo", Kind::Bool, "Organiser: video."),
    field("AllowParticipantControl", Kind::Bool, "Organiser: participants may take control."),
    field("AllowAnnotations", Kind::Bool, "Organiser: annotations."),
    field("DisablePowerPointAnnotations", Kind::Bool, "Organiser: no annotations on presentations."),
    field("AllowUserToScheduleMeetingsWithAppSharing", Kind::Bool, "Organiser: meetings with application sharing."),
    field("AllowAnonymousParticipantsInMeetings", Kind::Bool, "Organiser: anonymous participants."),
    field("AllowAnonymousUsersToDialOut", Kind::Bool, "Organiser: anonymous participants may dial out."),
    field(
        "AllowNonEnterpriseVoiceUsersToDialOut",
        Kind::Bool,
        "Organiser: users without Enterprise Voice may dial out.",
    ),
    field("AllowExternalUsersToSaveContent", Kind::Bool, "Organiser: external participants may save content."),
    field("AllowExternalUserControl", Kind::Bool, "Per user: external participants may take control."),
    field("AllowExternalUsersToRecordMeeting", Kind::Bool, "Organiser: external participants may record."),
    field("AllowConferenceRecording", Kind::Bool, "Recording."),
    field("AllowPolls", Kind::Bool, "Organiser: polls."),
    field("AllowQandA", Kind::Bool, "Organiser: questions and answers."),
    field("AllowSharedNotes", Kind::Bool, "Organiser: shared notes."),
    field("AllowMultiView", Kind::Bool, "Organiser: several video streams."),
    field("EnableMultiViewJoin", Kind::Bool, "Client: several video streams."),
    field("AllowLargeMeetings", Kind::Bool, "Organiser: large meetings."),
    field(
        "AllowFederatedParticipantJoinAsSameEnterprise",
        Kind::Bool,
        "Federated participants count as the organiser's own.",
    ),
    field("EnableDialInConferencing", Kind::Bool, "Organiser: dialling in."),
    field("EnableDataCollaboration", Kind::Bool, "Organiser: data collaboration."),
    field("EnableFileTransfer", Kind::Bool, "Organiser: file transfer."),
    field("EnableP2PFileTransfer", Kind::Bool, "Per user: file transfer between two."),
    field("EnableP2PRecording", Kind::Bool, "Per user: recording between two."),
    field("EnableP2PVideo", Kind::Bool, "Per user: video between two."),
    field("EnableAppDesktopSharing", Kind::Choice(&SHARING), "Per user: what may be shared."),
    field("MaxMeetingSize", Kind::Int, "Organiser: most participants."),
    field("MaxVideoConferenceResolution", Kind::Choice(&RESOLUTIONS), "The resolution of conference video."),
    field("AudioBitRateKb", Kind::Int, "Per user: audio, kbit/s."),
    field("VideoBitRateKb", Kind::Int, "Per user: video, kbit/s."),
    field("AppSharingBitRateKb", Kind::Int, "Per user: application sharing, kbit/s."),
    field("FileTransferBitRateKb", Kind::Int, "Per user: file transfer, kbit/s."),
    field("TotalReceiveVideoBitRateKb", Kind::Int, "Per user: all received video, kbit/s."),
    field("ApplicationSharingMode", Kind::Text, "How applications are shared (newer versions)."),
];

/// `Get-CsExternalAccessPolicy`.
const EXTERNAL: &[FieldRow] = &[
    field("EnableFederationAccess", Kind::Bool, "May reach users of federated domains."),
    field("EnableOutsideAccess", Kind::Bool, "May sign in from outside."),
    field("EnablePublicCloudAccess", Kind::Bool, "May reach users of public providers."),
    field("EnablePublicCloudAudioVideoAccess", Kind::Bool, "May call users of public providers."),
    field("EnableXmppAccess", Kind::Bool, "May reach XMPP partners; gone in 2019."),
];

/// `Get-CsVoicePolicy`.
const VOICE: &[FieldRow] = &[
    field("Name", Kind::Text, "The name shown in tools."),
    field("PstnUsages", TEXTS, "The PSTN usages, in order.").in_order(),
    field("AllowSimulRing", Kind::Bool, "Simultaneous ringing."),
    field("AllowCallForwarding", Kind::Bool, "Call forwarding."),
    field("AllowPSTNReRouting", Kind::Bool, "Re-routing over the PSTN."),
    field("EnableDelegation", Kind::Bool, "Delegation."),
    field("EnableTeamCall", Kind::Bool, "Team calls."),
    field("EnableCallTransfer", Kind::Bool, "Transfer."),
    field("EnableCallPark", Kind::Bool, "Call Park."),
    field("EnableMaliciousCallTracing", Kind::Bool, "Tracing of malicious calls."),
    field("EnableBWPolicyOverride", Kind::Bool, "Calls in spite of bandwidth limits."),
    field("PreventPSTNTollBypass", Kind::Bool, "No toll bypass."),
];

macro_rules! policies {
    ($($name:literal, $record:literal, $call:literal, $doc:literal, $own:expr;)*) => {
        &[$(dataset($name, $record, &[$call], $doc).settings().fields(&[POLICY, $own]),)*]
    };
}

pub(super) const TABLE: &[DatasetRow] = policies! {
    "conferencing_policies", "conferencing policy", "Get-CsConferencingPolicy", "Conferencing policies of every scope.", CONFERENCING;
    "external_access_policies", "external access policy", "Get-CsExternalAccessPolicy", "External access policies of every scope.", EXTERNAL;
    "client_policies", "client policy", "Get-CsClientPolicy", "Client policies of every scope.", &[];
    "client_version_policies", "client version policy", "Get-CsClientVersionPolicy", "Which clients may sign in, by scope.", &[
        field("Rules", Kind::List(&Kind::Any), "The rules, in order, as the cmdlet shows them.").in_order(),
    ];
    "voice_policies", "voice policy", "Get-CsVoicePolicy", "Voice policies of every scope.", VOICE;
    "voice_routing_policies", "voice routing policy", "Get-CsVoiceRoutingPolicy", "Voice routing policies of every scope.", &[
        field("PstnUsages", TEXTS, "The PSTN usages, in order.").unconfirmed().in_order(),
    ];
    "dial_plans", "dial plan", "Get-CsDialPlan", "Dial plans: of a user, a Registrar, a site, or global.", &[
        field("SimpleName", Kind::Text, "The name shown in tools.").unconfirmed(),
        field("DialinConferencingRegion", Kind::Text, "The region of dial-in numbers.").unconfirmed(),
        field("NormalizationRules", Kind::List(&Kind::Any), "The rules, in order.").unconfirmed().in_order(),
    ];
    "location_policies", "location policy", "Get-CsLocationPolicy", "Location policies of every scope.", &[];
    "archiving_policies", "archiving policy", "Get-CsArchivingPolicy", "Archiving policies of every scope.", &[];
    "presence_policies", "presence policy", "Get-CsPresencePolicy", "Presence policies of every scope.", &[];
    "pin_policies", "PIN policy", "Get-CsPinPolicy", "PIN policies of every scope.", &[];
    "mobility_policies", "mobility policy", "Get-CsMobilityPolicy", "Mobility policies of every scope.", &[];
    "persistent_chat_policies", "Persistent Chat policy", "Get-CsPersistentChatPolicy", "Persistent Chat policies of every scope (legacy).", &[
        field("EnablePersistentChat", Kind::Bool, "May use Persistent Chat; false by default."),
    ];
    "hosted_voicemail_policies", "hosted voice mail policy", "Get-CsHostedVoicemailPolicy", "Hosted voice mail policies of every scope.", &[];
    "user_services_policies", "user services policy", "Get-CsUserServicesPolicy", "User services policies of every scope.", &[];
    "call_via_work_policies", "Call via Work policy", "Get-CsCallViaWorkPolicy", "Call via Work policies of every scope.", &[];
    "third_party_video_system_policies", "third-party video system policy", "Get-CsThirdPartyVideoSystemPolicy", "Policies for video systems of other makers.", &[];
    "graph_policies", "graph policy", "Get-CsGraphPolicy", "Graph policies of every scope.", &[];
    "ip_phone_policies", "IP phone policy", "Get-CsIPPhonePolicy", "IP phone policies of every scope.", &[];
};
