//! The table itself, by what the datasets are about.
//!
//! Property names, types and samples: the cmdlet reference, and what servers were seen to
//! answer. What neither confirms is marked, and read when it comes.

mod applications;
mod contacts;
mod directory;
mod federation;
mod hosts;
mod people;
mod policies;
mod services;
mod state;
mod topology;
mod voice;

use super::dataset::{Choice, DatasetRow, FieldRow, Kind, Sees, dataset, field};

/// Every part of the table, in the order in which it is documented.
pub(super) const TABLES: &[&[DatasetRow]] = &[
    people::TABLE,
    contacts::TABLE,
    policies::TABLE,
    topology::TABLE,
    services::TABLE,
    federation::TABLE,
    voice::TABLE,
    applications::TABLE,
    state::TABLE,
    hosts::TABLE,
    directory::TABLE,
];

/// A list of texts.
const TEXTS: Kind = Kind::List(&Kind::Text);
/// A list of names.
const NAMES: Kind = Kind::List(&Kind::Name);
/// A list of services.
const SERVICES: Kind = Kind::List(&Kind::Service);

/// The home pool of an object of the directory.
const HOME: &[FieldRow] = &[
    field("RegistrarPool", Kind::Pool, "The pool that it is homed on; none where it has none."),
    field("HomeServer", Kind::Dn, "The home server's entry in the directory.").attribute("msRTCSIP-PrimaryHomeServer"),
];

/// The policies that an object of the directory may be assigned. Which ones a cmdlet shows
/// depends on the version: what is missing is unknown, not none.
const ASSIGNED: &[FieldRow] = &[
    field("ConferencingPolicy", Kind::Policy, "Its conferencing policy; none where site or global policies rule."),
    field("ExternalAccessPolicy", Kind::Policy, "Its external access policy; none where site or global policies rule."),
    field("ClientPolicy", Kind::Policy, "Its client policy; none where site or global policies rule."),
    field("ClientVersionPolicy", Kind::Policy, "Its client version policy; none where broader policies rule."),
    field("VoicePolicy", Kind::Policy, "Its voice policy; none where site or global policies rule."),
    field("VoiceRoutingPolicy", Kind::Policy, "Its voice routing policy; none where the global policy rules."),
    field("DialPlan", Kind::Policy, "Its dial plan; none where the Registrar's, site's or global one rules."),
    field("LocationPolicy", Kind::Policy, "Its location policy; none where site or global policies rule."),
    field("ArchivingPolicy", Kind::Policy, "Its archiving policy; none where site or global policies rule."),
    field("ExchangeArchivingPolicy", Kind::Text, "Whether Exchange archives for it."),
    field("PresencePolicy", Kind::Policy, "Its presence policy; none where site or global policies rule."),
    field("PinPolicy", Kind::Policy, "Its PIN policy; none where site or global policies rule."),
    field("MobilityPolicy", Kind::Policy, "Its mobility policy; none where site or global policies rule."),
    field("PersistentChatPolicy", Kind::Policy, "Its Persistent Chat policy; none where site or global policies rule.")
        .unconfirmed(),
    field("HostedVoicemailPolicy", Kind::Policy, "Its hosted voice mail policy; none where broader policies rule.")
        .unconfirmed(),
    field("UserServicesPolicy", Kind::Policy, "Its user services policy; none where broader policies rule.")
        .unconfirmed(),
    field("CallViaWorkPolicy", Kind::Policy, "Its Call via Work policy; none where broader policies rule.")
        .unconfirmed(),
    field("ThirdPartyVideoSystemPolicy", Kind::Policy, "Its video system policy; none where broader policies rule.")
        .unconfirmed(),
    field("GraphPolicy", Kind::Policy, "Its graph policy; none where broader policies rule.").unconfirmed(),
    field("IPPhonePolicy", Kind::Policy, "Its IP phone policy; none where broader policies rule.").unconfirmed(),
];
