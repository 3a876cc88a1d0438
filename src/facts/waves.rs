//! Who moves with whom.

use std::collections::HashSet;
use std::sync::Arc;

use crate::environment::WaveState;
use crate::expression::{Expr, FactRecord, Lookup, Record, Slots, Value};
use crate::inventory::Inventory;
use crate::values::fold;

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

impl Wave {
    /// It as expressions see it; with an inventory, also who of its list is not in it.
    pub(super) fn value(&self, held_against: Option<&Arc<Inventory>>) -> Value {
        let mut fields = vec![
            ("name".to_owned(), Value::Name(self.name.as_str().into())),
            ("to".to_owned(), Value::Name(self.to.as_str().into())),
            ("state".to_owned(), Value::Text(self.state.as_str().into())),
        ];
        if let Some(inventory) = held_against {
            let mut missing: Vec<&str> = match &self.members {
                Members::Named(names) => names
                    .iter()
                    .map(String::as_str)
                    .filter(|name| inventory.find("users", "sip_address", name).is_none())
                    .collect(),
                Members::Where { .. } => Vec::new(),
            };
            missing.sort_unstable();
            let missing = missing.into_iter().map(|name| Value::Name(name.into())).collect();
            fields.push(("missing".to_owned(), Value::List(missing)));
        }
        let plain = FactRecord::of_values(fields, &Arc::from("the environment's waves"));
        Value::Record(Arc::new(Named { name: self.name.clone(), plain }))
    }
}

/// A wave that checks can range over: it is known by its name.
#[derive(Debug)]
struct Named {
    name: String,
    plain: FactRecord,
}

impl Record for Named {
    fn get(&self, name: &str) -> Lookup {
        self.plain.get(name)
    }

    fn identity(&self) -> Option<Value> {
        Some(Value::Name(self.name.as_str().into()))
    }

    fn source(&self) -> &str {
        self.plain.source()
    }

    fn fields(&self) -> Vec<(String, Value)> {
        self.plain.fields()
    }
}

/// Who moves.
#[derive(Clone, Debug)]
pub enum Members {
    /// These, by folded SIP address.
    Named(HashSet<String>),
    /// Those for whom this is true; `user` is in the slot.
    Where {
        /// The expression.
        expression: Expr,
        /// The slot of `user`.
        slot: usize,
    },
}

/// All waves, in the order of the environment file: a user goes with the first that names it.
#[derive(Clone, Debug, Default)]
pub struct Waves(pub Vec<Wave>);

/// The wave that a user goes with, or why that is not known.
pub type Moving<'a> = Result<Option<&'a Wave>, String>;

impl Waves {
    /// The wave of a user, who is known by SIP address, and to whom expressions are put.
    pub(super) fn of<'a>(&'a self, sip: Option<&str>, user: &Value, now: jiff::Timestamp) -> Moving<'a> {
        let sip = sip.map(fold);
        for wave in &self.0 {
            let goes = match &wave.members {
                Members::Named(names) => sip.as_ref().is_some_and(|sip| names.contains(sip)),
                Members::Where { expression, slot } => {
                    let mut values: Vec<Result<Value, String>> =
                        (0..*slot).map(|_| Err("a wave's `where` reads `user` alone".to_owned())).collect();
                    values.push(Ok(user.clone()));
                    let slots = Slots { values: &values, now };
                    expression.truth(&slots).map_err(|error| format!("the wave `{}`: {error}", wave.name))?
                }
            };
            if goes {
                return Ok(Some(wave));
            }
        }
        Ok(None)
    }
}
