//! What lies beyond the deployment's own SIP domains.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::SipAnswer;
use crate::mock::notation::Address;
use crate::values::{Fqdn, SipAddress};
use crate::yaml::Spanned;

/// How messages leave for other SIP domains, and who takes them there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// The external address of the Access Edge that they leave by. Nothing leaves where it has no federation port; the
    /// certificate of that port is what partners see. A fault of the port is one on the way in, and no matter here.
    pub edge: Address,
    /// Its federation port.
    #[serde(default = "federation")]
    pub port: u16,
    /// Partners, by their SIP domain.
    #[serde(default)]
    pub partners: BTreeMap<Fqdn, Partner>,
}

/// A partner, with an Access Edge of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// The address of its Access Edge, one of the `hosts`.
    pub edge: Address,
    /// The port there.
    #[serde(default = "federation")]
    pub port: u16,
    /// The authorities that it trusts; all that clients trust if absent.
    #[serde(default)]
    pub trusts: Option<Vec<Spanned<String>>>,
    /// What comes back instead, whoever there is written to.
    #[serde(default)]
    pub answer: Option<SipAnswer>,
    /// Who takes messages there.
    #[serde(default)]
    pub users: BTreeMap<SipAddress, PartnerUser>,
}

/// Somebody at a partner's, who takes what comes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerUser {
    /// What an invitation gets for an answer, instead of being taken.
    #[serde(default)]
    pub invitations: Option<SipAnswer>,
    /// What a text gets for an answer, instead of being taken.
    #[serde(default)]
    pub texts: Option<SipAnswer>,
}

fn federation() -> u16 {
    5061
}
