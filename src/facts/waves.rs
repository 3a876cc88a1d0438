//! Who moves with whom.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::lists::Lists;
use super::told::Told;
use crate::environment::WaveState;
use crate::expression::{Expr, Lookup, Record, Slots, Value};
use crate::inventory::Row;

/// Where waves come from, for messages.
const SOURCE: &str = "the environment's waves";

/// Users who move together.
#[derive(Clone, Debug)]
pub struct Wave {
    /// Its name.
    pub name: String,
    /// The target pool that they move to.
    pub to: String,
    /// How far it has come.
    pub state: WaveState,
    /// Who moves.
    pub members: Members,
}

/// Who moves.
#[derive(Clone, Debug)]
pub enum Members {
    /// These, by folded SIP address.
    Named(HashSet<String, hashbrown::DefaultHashBuilder>),
    /// Those for whom this is true; `user` is in the slot.
    Where {
        /// The expression.
        expression: Expr,
        /// The slot of `user`.
        slot: usize,
    },
}

impl Wave {
    /// As expressions see it, with further fields.
    pub(super) fn record(&self, more: Vec<(&'static str, Result<Value, String>)>) -> Told {
        let mut fields = vec![
            ("name", Ok(Value::Name(self.name.as_str().into()))),
            ("to", Ok(Value::Name(self.to.as_str().into()))),
            ("state", Ok(Value::Text(self.state.as_str().into()))),
        ];
        fields.extend(more);
        Told { source: SOURCE, identity: "name", fields }
    }
}

/// The waves of the environment, each with its members: those that a list names, whether or not there is
/// such a user, or those for whom an expression holds.
pub(super) fn waves(lists: &Lists) -> Value {
    let wave = |wave: &Wave| {
        let members = match &wave.members {
            Members::Named(names) => {
                let mut names: Vec<&String> = names.iter().collect();
                names.sort_unstable();
                Ok(names.into_iter().map(|name| listed(lists, name)).collect())
            }
            Members::Where { .. } => found(lists, &wave.name),
        };
        let record = wave.record(vec![("members", members.map(|members: Vec<Value>| Value::List(members.into())))]);
        Value::Record(Arc::new(record))
    };
    Value::List(lists.base.waves.0.iter().map(wave).collect())
}

fn member(address: &str, user: Result<Value, String>) -> Value {
    Value::Record(Arc::new(Told {
        source: SOURCE,
        identity: "sip_address",
        fields: vec![("sip_address", Ok(Value::Name(address.into()))), ("user", user)],
    }))
}

/// One that a list names.
fn listed(lists: &Lists, address: &str) -> Value {
    let base = &lists.base;
    let user = match (base.inventory.find("users", "sip_address", address), base.inventory.doubt("users")) {
        (Some(row), _) => Ok(lists.one(row)),
        (None, Some(reason)) => Err(reason),
        (None, None) => Ok(Value::Null),
    };
    member(address, user)
}

/// Those for whom an expression holds, in the order of the inventory.
fn found(lists: &Lists, wave: &str) -> Result<Vec<Value>, String> {
    let base = &lists.base;
    if let Some(reason) = base.inventory.doubt("users") {
        return Err(reason);
    }
    let mut members = Vec::new();
    for row in base.inventory.rows("users").into_iter().flatten() {
        if base.wave(&row)?.is_some_and(|goes| goes.name == wave) {
            let user = lists.one(row.clone());
            members.push(Value::Record(Arc::new(Member { row, user })));
        }
    }
    Ok(members)
}

/// A user of the inventory who goes with a wave. Most of a deployment may: it holds no texts.
#[derive(Debug)]
struct Member {
    row: Row,
    user: Value,
}

impl Member {
    fn address(&self) -> Value {
        Value::Name(self.row.shown().into())
    }
}

impl Record for Member {
    fn get(&self, name: &str) -> Lookup {
        match name {
            "sip_address" => Lookup::Known(self.address()),
            "user" => Lookup::Known(self.user.clone()),
            _ => Lookup::Missing,
        }
    }

    fn identity(&self) -> Option<Value> {
        Some(self.address())
    }

    fn has_identity(&self) -> bool {
        true
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn fields(&self) -> Vec<(String, Value)> {
        vec![("sip_address".to_owned(), self.address()), ("user".to_owned(), self.user.clone())]
    }
}

/// All waves, in the order of the environment file: a user goes with the first that names it.
#[derive(Clone, Debug, Default)]
pub struct Waves(pub Vec<Wave>);

/// The wave that a user goes with, or why that is not known.
pub type Moving<'a> = Result<Option<&'a Wave>, String>;

impl Waves {
    /// The wave of a user.
    pub(super) fn of_row(&self, row: &Row, now: Timestamp) -> Moving<'_> {
        Ok(self.asking(now).number_of(row)?.and_then(|number| self.0.get(number)))
    }

    /// Asks users, one after another, which wave they go with.
    pub(super) fn asking(&self, now: Timestamp) -> Asking<'_> {
        let unread = |_| Err("a wave's `where` reads `user` alone".to_owned());
        let slots = self.0.iter().map(|wave| match &wave.members {
            Members::Named(_) => Vec::new(),
            Members::Where { slot, .. } => (0..=*slot).map(unread).collect(),
        });
        Asking { waves: &self.0, now, slots: slots.collect(), address: String::new() }
    }
}

/// Users that are put to all waves.
pub(super) struct Asking<'w> {
    waves: &'w [Wave],
    now: Timestamp,
    /// For each wave, what its expression reads.
    slots: Vec<Vec<Result<Value, String>>>,
    address: String,
}

impl Asking<'_> {
    /// The place of a user's wave. A list knows users by SIP address, an expression is put to them.
    pub(super) fn number_of(&mut self, row: &Row) -> Result<Option<usize>, String> {
        let address = row.folded("sip_address", &mut self.address);
        for (number, (wave, slots)) in self.waves.iter().zip(&mut self.slots).enumerate() {
            let goes = match &wave.members {
                // Nobody is on an empty list, whatever the address is.
                Members::Named(names) if names.is_empty() => false,
                Members::Named(names) => *address.as_ref().map_err(Clone::clone)? && names.contains(&self.address),
                Members::Where { expression, slot } => {
                    if let Some(user) = slots.get_mut(*slot) {
                        *user = Ok(Value::Record(Arc::new(row.clone())));
                    }
                    let slots = Slots { values: slots.as_slice(), now: self.now };
                    expression.truth(&slots).map_err(|error| format!("the wave `{}`: {error}", wave.name))?
                }
            };
            if goes {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}
