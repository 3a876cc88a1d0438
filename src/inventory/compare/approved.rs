//! Changes that somebody approved: a small file beside the two inventories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Became, Compared, Differences, NONE};
use crate::values::fold;

/// Changes that are no damage.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovedFile {
    /// The approvals.
    pub approved: Vec<Approval>,
}

/// An approval. What it leaves out, it leaves open: without an identity it covers everybody.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Why this is no damage.
    pub reason: String,
    /// What became of the object.
    #[serde(default)]
    pub change: Option<Became>,
    /// The dataset; users where none is named.
    #[serde(default)]
    pub dataset: Option<String>,
    /// The object: of users the SIP address, old or new.
    #[serde(default)]
    pub identity: Option<String>,
    /// The field.
    #[serde(default)]
    pub field: Option<String>,
    /// Its value before.
    #[serde(default)]
    pub from: Option<String>,
    /// Its value after.
    #[serde(default)]
    pub to: Option<String>,
}

impl Differences {
    /// Marks what is approved.
    pub(super) fn approve(&self, compared: &mut Compared) {
        let dataset = compared.dataset.name;
        let of_dataset = |approval: &Approval| approval.dataset.as_deref().unwrap_or("users") == dataset;
        if !self.approvals.iter().any(of_dataset) {
            return;
        }
        for number in 0..compared.found.len() {
            let Some(found) = compared.found.get(number).copied() else { continue };
            let shown = self.shown(compared, &found);
            let is = |wanted: &Option<String>, values: &[&Option<String>]| match wanted {
                None => true,
                Some(wanted) => {
                    values.iter().any(|value| value.as_ref().is_some_and(|value| fold(value) == fold(wanted)))
                }
            };
            let identity = Some(shown.identity.clone());
            let covers = |approval: &Approval| {
                of_dataset(approval)
                    && approval.change.is_none_or(|change| change == found.became)
                    && is(&approval.identity, &[&identity, &shown.was])
                    && is(&approval.field, &[&shown.field])
                    && is(&approval.from, &[&shown.before])
                    && is(&approval.to, &[&shown.after])
            };
            let approval = self.approvals.iter().position(covers).and_then(|at| u32::try_from(at).ok());
            if let Some(found) = compared.found.get_mut(number) {
                found.approval = approval.unwrap_or(NONE);
            }
        }
    }
}
