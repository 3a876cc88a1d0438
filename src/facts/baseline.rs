//! The inventory from before, as a whole.

use std::sync::Arc;

use super::base::Base;
use super::policy::policy_types;
use super::told::Told;
use crate::expression::Value;

/// The name of the baseline in the root `inventory`.
pub(super) const BASELINE: &str = "baseline";

/// When it was taken, and what it does not prove; none where none is named.
pub(super) fn baseline(base: &Base) -> Value {
    let Some(before) = &base.baseline else { return Value::Null };
    let taken = before.parts().iter().filter_map(|part| part.manifest.read_at()).min();
    let compared = ["users", "pools", "sites"].into_iter();
    let compared = compared.chain(policy_types().iter().filter(|ty| ty.expected).map(|ty| ty.dataset.name));
    let doubts = compared.filter_map(|dataset| Some((dataset, before.doubt(dataset)?))).map(|(dataset, reason)| {
        Value::Record(Arc::new(Told {
            source: "the baseline",
            identity: "dataset",
            fields: vec![
                ("dataset", Ok(Value::Text(dataset.into()))),
                ("reason", Ok(Value::Text(reason.as_str().into()))),
            ],
        }))
    });
    let users = i64::try_from(before.count("users")).unwrap_or(i64::MAX);
    Value::Record(Arc::new(Told {
        source: "the baseline",
        identity: "taken",
        fields: vec![
            ("taken", Ok(taken.map_or(Value::Null, Value::Time))),
            ("users", Ok(Value::Int(users))),
            ("doubts", Ok(Value::List(doubts.collect()))),
        ],
    }))
}
