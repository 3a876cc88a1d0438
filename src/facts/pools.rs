//! The environment's pools, each with what the inventory has on it.

use std::sync::Arc;

use super::lists::Lists;
use super::parity;
use crate::environment::Phase;
use crate::expression::{Lookup, Record, Value};
use crate::inventory::{Dataset, dataset};

/// The fields that a pool gains: every dataset whose records are homed on a pool or depend
/// on one.
pub(super) fn linked() -> impl Iterator<Item = &'static Dataset> {
    // The pool's own entry and its servers are reached by name.
    dataset::all().iter().filter(|dataset| dataset.pool.is_some() && !matches!(dataset.name, "pools" | "computers"))
}

/// A pool of the environment.
#[derive(Debug)]
struct Pool {
    plain: Arc<dyn Record>,
    fqdn: String,
    lists: Result<Arc<Lists>, String>,
}

/// The field of a pool that says what governs its users now and after their move.
pub(super) const GOVERNING: &str = "governing";
/// The field of the environment that lists who moves with whom.
pub(super) const WAVES: &str = "waves";

impl Pool {
    fn governing(&self) -> Lookup {
        let base = match &self.lists {
            Ok(lists) => &lists.base,
            Err(reason) => return Lookup::Unknown(reason.clone()),
        };
        match self.plain.get("moves_to") {
            Lookup::Known(Value::Null) => Lookup::Known(Value::List([].into())),
            Lookup::Known(there) => Lookup::Known(parity::governing(base, &self.fqdn, &there.to_string())),
            other => other,
        }
    }
}

impl Record for Pool {
    fn get(&self, name: &str) -> Lookup {
        match self.plain.get(name) {
            Lookup::Missing => {}
            known => return known,
        }
        if name == GOVERNING {
            return self.governing();
        }
        if !linked().any(|dataset| dataset.name == name) {
            return Lookup::Missing;
        }
        match &self.lists {
            Ok(lists) => {
                let found = match name {
                    "users" => lists.on_pool(&self.fqdn),
                    name => lists.base.inventory.list_on_pool(name, &self.fqdn),
                };
                match found {
                    Lookup::Known(Value::List(none)) if none.is_empty() => match self.unproven() {
                        Some(reason) => Lookup::Unknown(reason),
                        None => Lookup::Known(Value::List(none)),
                    },
                    found => found,
                }
            }
            Err(reason) => Lookup::Unknown(reason.clone()),
        }
    }

    fn identity(&self) -> Option<Value> {
        self.plain.identity()
    }

    fn source(&self) -> &str {
        self.plain.source()
    }

    fn fields(&self) -> Vec<(String, Value)> {
        self.plain.fields()
    }

    fn unproven(&self) -> Option<String> {
        let gone = matches!(self.plain.get("phase"), Lookup::Known(Value::Text(phase)) if Phase::named(&phase) == Some(Phase::Removed));
        self.lists.as_ref().ok()?.base.unlisted(&self.fqdn, gone)
    }
}

/// The environment with pools that know what is on them.
pub(super) fn link(environment: &Value, lists: &Result<Arc<Lists>, String>) -> Value {
    match environment {
        Value::Record(record) => Value::Record(Arc::new(Linked { plain: Arc::clone(record), lists: lists.clone() })),
        other => other.clone(),
    }
}

/// The root `environment`.
#[derive(Debug)]
struct Linked {
    plain: Arc<dyn Record>,
    lists: Result<Arc<Lists>, String>,
}

/// The lists of pools in the environment.
pub(super) const POOL_LISTS: [&str; 3] = ["pools", "legacy_pools", "target_pools"];

impl Record for Linked {
    fn get(&self, name: &str) -> Lookup {
        if name == WAVES {
            return match &self.lists {
                Ok(lists) => Lookup::Known(lists.waves()),
                Err(reason) => Lookup::Unknown(reason.clone()),
            };
        }
        match self.plain.get(name) {
            Lookup::Known(Value::List(pools)) if POOL_LISTS.contains(&name) => {
                let pool = |value: &Value| match value {
                    Value::Record(plain) => Value::Record(Arc::new(Pool {
                        plain: Arc::clone(plain),
                        fqdn: value.identity().unwrap_or_default(),
                        lists: self.lists.clone(),
                    })),
                    other => other.clone(),
                };
                Lookup::Known(Value::List(pools.iter().map(pool).collect()))
            }
            other => other,
        }
    }

    fn identity(&self) -> Option<Value> {
        self.plain.identity()
    }

    fn source(&self) -> &str {
        self.plain.source()
    }

    fn fields(&self) -> Vec<(String, Value)> {
        self.plain.fields()
    }
}
