//! Whether what governs the users of a legacy pool governs them at the pool that they move to.
//!
//! Only those without a policy of their own are at stake: an assigned policy goes with its user.

use std::sync::Arc;

use super::base::Base;
use super::policy::{differences, policy_types};
use super::told::Told;
use crate::expression::Value;
use crate::inventory::Row;

/// For each type of policy, what governs those on a pool who are assigned none, and what will.
pub(super) fn governing(base: &Base, here: &str, there: &str) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for (number, ty) in policy_types().iter().enumerate() {
        let now = base.effective.of_pool(here, number);
        let then = base.effective.of_pool(there, number);
        if !ty.expected && (now.is_err() || then.is_err()) {
            continue;
        }
        let differing = match (&now, &then) {
            (Ok(now), Ok(then)) => differences(now, then)
                .map(|names| Value::List(names.into_iter().map(|name| Value::Text(name.into())).collect())),
            (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
        };
        let identity = |policy: Result<Row, String>| policy.map(|policy| Value::Name(policy.shown().into()));
        all.push(Value::Record(Arc::new(Told {
            source: "the policies of the inventory",
            identity: "type",
            fields: vec![
                ("type", Ok(Value::Text(ty.field.into()))),
                ("here", identity(now)),
                ("there", identity(then)),
                ("differences", differing),
            ],
        })));
    }
    Value::List(all.into())
}
