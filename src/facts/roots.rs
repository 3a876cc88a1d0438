//! The names that every check knows, and what they stand for.

use std::sync::Arc;

use super::base::Base;
use super::baseline::{BASELINE, baseline};
use super::lists::Lists;
use super::pools;
use crate::environment::Environment;
use crate::expression::{Expr, Lookup, Record, Value};

/// The values of the names that every check knows, in the order of their slots.
#[derive(Clone, Debug)]
pub struct Roots {
    environment: Value,
    inventory: Result<Value, String>,
    names_inventory: bool,
}

impl Roots {
    /// The names, in the order of their slots.
    pub const NAMES: [&'static str; 2] = ["environment", "inventory"];

    /// Whether an expression of a check reads the inventory, by its name or by a pool.
    #[must_use]
    pub fn reads_inventory(expression: &Expr) -> bool {
        let beyond = |name: &str| {
            [pools::GOVERNING, pools::WAVES].contains(&name) || pools::linked().any(|dataset| dataset.name == name)
        };
        expression.reads().contains(&1) || expression.names(beyond)
    }

    /// An environment, and what was gathered of it, or why nothing was.
    #[must_use]
    pub fn new(environment: &Environment, base: Result<Arc<Base>, String>) -> Self {
        let lists = base.map(|base| Arc::new(Lists::of(base)));
        Self {
            environment: pools::link(&environment.value, &lists),
            inventory: lists.map(|lists| {
                let plain = lists.base.inventory.value();
                Value::Record(Arc::new(InventoryRoot { plain, lists }))
            }),
            names_inventory: environment.file.inventory.is_some(),
        }
    }

    /// Whether the environment says where to read an inventory at all.
    #[must_use]
    pub const fn names_inventory(&self) -> bool {
        self.names_inventory
    }

    /// An environment of which no inventory is known.
    #[must_use]
    pub fn without_inventory(environment: &Environment) -> Self {
        Self::new(environment, Err("the environment names no `inventory` to read it from".to_owned()))
    }

    /// The slots of a check's expressions; those of subjects and steps are open yet.
    #[must_use]
    pub fn slots(&self, all: usize) -> Vec<Result<Value, String>> {
        let mut slots = Vec::with_capacity(all.max(Self::NAMES.len()));
        slots.push(Ok(self.environment.clone()));
        slots.push(self.inventory.clone());
        slots.resize_with(all.max(Self::NAMES.len()), || Err("it was not asked".to_owned()));
        slots
    }
}

/// The root `inventory`: its users know more than their own records.
#[derive(Debug)]
struct InventoryRoot {
    plain: Value,
    lists: Arc<Lists>,
}

impl Record for InventoryRoot {
    fn get(&self, name: &str) -> Lookup {
        let Value::Record(plain) = &self.plain else { return Lookup::Missing };
        let Lists { base, .. } = &*self.lists;
        let inventory = &base.inventory;
        if name == BASELINE {
            return Lookup::Known(baseline(base));
        }
        match inventory.doubt(name) {
            None if name == "users" => Lookup::Known(Value::List(Arc::clone(self.lists.everybody()))),
            _ => plain.get(name),
        }
    }

    fn identity(&self) -> Option<Value> {
        None
    }

    fn source(&self) -> &'static str {
        "the inventory"
    }

    /// None: a report never holds all of it.
    fn fields(&self) -> Vec<(String, Value)> {
        Vec::new()
    }
}
