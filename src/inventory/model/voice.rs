//! Conference directories, Call Park, announcements, trunks and routes.

use crate::inventory::dataset::Derivation;

use super::{DatasetRow, FieldRow, Kind, TEXTS, dataset, field};

const fn pool_of(property: &'static str) -> FieldRow {
    field("Pool", Kind::Pool, "The pool that it belongs to, from its service.").derived(Derivation::PoolOf(property))
}

pub(super) const TABLE: &[DatasetRow] = &[
    dataset(
        "conference_directories",
        "conference directory",
        &["Get-CsConferenceDirectory"],
        "Directories of dial-in conference ids.",
    )
    .pool("ServiceId")
    .fields(&[&[
        field("Identity", Kind::Text, "Its number."),
        field("ServiceId", Kind::Service, "The user services that hold it: `UserServer:pool01.contoso.com`."),
        pool_of("ServiceId"),
    ]]),
    dataset("call_park_orbits", "Call Park orbit", &["Get-CsCallParkOrbit"], "Number ranges of Call Park.")
        .pool("CallParkServiceId")
        .fields(&[&[
            field("Identity", Kind::Name, "Its name."),
            field("NumberRangeStart", Kind::Text, "The first number."),
            field("NumberRangeEnd", Kind::Text, "The last number."),
            field("CallParkServiceId", Kind::Service, "`ApplicationServer:pool01.contoso.com`.")
                .also(&["CallParkService"]),
            field("CallParkServerFqdn", Kind::Pool, "The pool that serves it."),
            field("Type", Kind::Text, "Its type."),
            pool_of("CallParkServiceId"),
        ]]),
    dataset(
        "unassigned_numbers",
        "unassigned number range",
        &["Get-CsUnassignedNumber"],
        "Numbers that belong to nobody, and what answers them.",
    )
    .pool("AnnouncementServiceId")
    .fields(&[&[
        field("Identity", Kind::Name, "Its name."),
        field("NumberRangeStart", Kind::Text, "The first number.").unconfirmed(),
        field("NumberRangeEnd", Kind::Text, "The last number.").unconfirmed(),
        field("AnnouncementServiceId", Kind::Service, "The application service that answers.")
            .also(&["AnnouncementService", "AnnouncementServiceFqdn"])
            .unconfirmed(),
        field("AnnouncementName", Kind::Text, "The announcement.").unconfirmed(),
        pool_of("AnnouncementServiceId"),
    ]]),
    dataset("announcements", "announcement", &["Get-CsAnnouncement"], "Announcements for unassigned numbers.")
        .pool("Identity")
        .fields(&[&[
            field("Identity", Kind::Service, "`ApplicationServer:<pool>/<guid>`."),
            field("Name", Kind::Text, "Its name."),
            field("AudioFilePrompt", Kind::Any, "What is played.").unconfirmed(),
            field("TargetUri", Kind::Name, "Where callers are sent.").unconfirmed(),
            pool_of("Identity"),
        ]]),
    dataset(
        "call_park_configurations",
        "Call Park configuration",
        &["Get-CsCpsConfiguration"],
        "Settings of Call Park.",
    )
    .settings()
    .fields(&[&[field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's.")]]),
    dataset("trunks", "trunk", &["Get-CsTrunk"], "Trunks between Mediation Servers and gateways.")
        .pool("MediationServer")
        .fields(&[&[
            field("Identity", Kind::Service, "`PstnGateway:gateway.contoso.com`."),
            field("MediationServer", Kind::Service, "The Mediation Server."),
            field("GatewayFqdn", Kind::Name, "The gateway.").also(&["PoolFqdn"]).unconfirmed(),
            field("SiteId", Kind::Site, "Its site.").unconfirmed(),
            pool_of("MediationServer"),
        ]]),
    dataset(
        "trunk_configurations",
        "trunk configuration",
        &["Get-CsTrunkConfiguration"],
        "Settings of trunks by scope.",
    )
    .settings()
    .fields(&[&[
        field("Identity", Kind::PolicyIdentity, "`Global`, a site's or a service's."),
        field("Description", Kind::Text, "What somebody wrote about it."),
        field("PstnUsages", TEXTS, "The PSTN usages, in order.").in_order(),
        field("SRTPMode", Kind::Text, "`Required`, `Optional` or `NotSupported`."),
        field("EnableBypass", Kind::Bool, "Media bypass."),
        field("EnableReferSupport", Kind::Bool, "REFER."),
        field("EnableSessionTimer", Kind::Bool, "Session timer."),
        field("ConcentratedTopology", Kind::Bool, "Whether media go through one address."),
    ]]),
    dataset("voice_routes", "voice route", &["Get-CsVoiceRoute"], "Which trunks numbers leave by.").fields(&[&[
        field("Identity", Kind::Name, "Its name."),
        field("Priority", Kind::Int, "Its place in the order.").unconfirmed(),
        field("NumberPattern", Kind::Text, "The numbers that it is for.").unconfirmed(),
        field("PstnUsages", TEXTS, "The PSTN usages that use it.").unconfirmed(),
        field("PstnGatewayList", Kind::List(&Kind::Service), "The trunks that it leaves by."),
    ]]),
];
