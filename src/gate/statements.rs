//! Whether an environment states that there is nothing, or only says nothing.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::environment::Environment;
use crate::yaml::{self, Limits, Node};

/// What an expression reads → the key of the environment file that states it.
const STATED: [(&str, &str); 9] = [
    ("accounts", "accounts"),
    ("partners", "partners"),
    ("xmpp_partners", "xmpp_partners"),
    ("edges", "edges"),
    ("legacy_edges", "edges"),
    ("target_edges", "edges"),
    ("directors", "directors"),
    ("waves", "waves"),
    ("branch_appliances", "branch_appliances"),
];

/// The keys that an environment file has.
pub(super) struct Statements {
    keys: BTreeSet<String>,
}

impl Statements {
    /// Those of an environment.
    pub(super) fn of(environment: &Environment) -> Self {
        // It was read once, so it can be read again.
        let node = yaml::parse(&environment.source, Limits::default()).ok();
        let entries = node.iter().flat_map(Node::entries);
        Self { keys: entries.filter_map(|(key, _)| key.as_text().map(str::to_owned)).collect() }
    }

    /// The first key that a check which ranges over nothing rests on and that isn't there.
    pub(super) fn lacks_for(&self, check: &Check) -> Option<&'static str> {
        let rests_on = |name: &str| {
            let mut read = check.variables.iter().map(|variable| &variable.over).chain(&check.filter);
            read.any(|expression| expression.names(|read| read == name))
        };
        let unstated = STATED.into_iter().find(|(name, key)| !self.keys.contains(*key) && rests_on(name));
        unstated.map(|(_, key)| key)
    }
}
