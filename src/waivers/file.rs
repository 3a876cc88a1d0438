//! `waivers.yaml`, as a person writes it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::Moment;
use crate::yaml::Spanned;

/// Signed-off exceptions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Poolproof waivers")]
pub struct WaiversFile {
    /// The waivers.
    pub waivers: Vec<WaiverFile>,
}

/// One exception.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverFile {
    /// The key of the case, `check-id[subject]`; `*` stands for any text: `edge-certificates[edge02.contoso.com,*]`.
    pub case: Spanned<String>,
    /// Why the exception is acceptable.
    pub reason: Spanned<String>,
    /// Who answers for it.
    pub owner: Spanned<String>,
    /// The change or ticket in which it was agreed.
    pub ticket: Spanned<String>,
    /// Until when, that moment excluded.
    pub until: Spanned<Moment>,
}
