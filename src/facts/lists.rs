//! The lists of users that checks range over, made once: dozens of checks ask for the same ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::base::Base;
use super::user::user;
use super::waves::waves;
use crate::expression::{Lookup, Value};
use crate::inventory::Row;

/// Lists of what was gathered. Users know the base, so these can't be kept in it.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) base: Arc<Base>,
    /// The users of the inventory, in its order.
    everybody: OnceLock<Arc<[Value]>>,
    /// Those on a pool, by the name under which the environment has it.
    on_pools: Mutex<HashMap<String, Arc<OnceLock<Lookup>>>>,
    waves: OnceLock<Value>,
}

impl Lists {
    pub(super) fn of(base: Arc<Base>) -> Self {
        Self { base, everybody: OnceLock::new(), on_pools: Mutex::default(), waves: OnceLock::new() }
    }

    /// All users that were read.
    pub(super) fn everybody(&self) -> &Arc<[Value]> {
        self.everybody.get_or_init(|| {
            let rows = self.base.inventory.rows("users").into_iter().flatten();
            rows.map(|row| user(&self.base, row)).collect()
        })
    }

    /// A user of the inventory.
    pub(super) fn one(&self, row: Row) -> Value {
        let listed = self.everybody().get(row.number()).cloned();
        listed.unwrap_or_else(|| user(&self.base, row))
    }

    /// The users on a pool: unknown where that of one of them is.
    pub(super) fn on_pool(&self, pool: &str) -> Lookup {
        let place = {
            let mut known = self.on_pools.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(pool.to_owned()).or_default())
        };
        let inventory = &self.base.inventory;
        let found = place.get_or_init(|| match inventory.doubt_on_pools("users") {
            Some(reason) => Lookup::Unknown(reason),
            None => Lookup::Known(Value::List(
                inventory.on_pool("users", pool).into_iter().map(|row| self.one(row)).collect(),
            )),
        });
        found.clone()
    }

    /// Who moves with whom.
    pub(super) fn waves(&self) -> Value {
        self.waves.get_or_init(|| waves(self)).clone()
    }
}
