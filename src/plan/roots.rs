//! What every expression can read before anything is asked.

use crate::environment::Environment;
use crate::expression::Value;

/// The values of the names that every check knows, in the order of their slots.
#[derive(Clone, Debug)]
pub struct Roots {
    /// `environment`.
    pub environment: Value,
    /// `inventory`, or why there is none.
    pub inventory: Result<Value, String>,
}

impl Roots {
    /// The names, in the order of their slots.
    pub const NAMES: [&'static str; 2] = ["environment", "inventory"];

    /// An environment of which no inventory is known.
    #[must_use]
    pub fn without_inventory(environment: &Environment) -> Self {
        let reason = "the environment names no `inventory` to read it from".to_owned();
        Self { environment: environment.value.clone(), inventory: Err(reason) }
    }

    /// The slots of a check's expressions; those of subjects and steps are open yet.
    #[must_use]
    pub(super) fn slots(&self, open: usize) -> Vec<Result<Value, String>> {
        let mut slots = Vec::with_capacity(open.max(Self::NAMES.len()));
        slots.push(Ok(self.environment.clone()));
        slots.push(self.inventory.clone());
        slots.resize_with(open.max(Self::NAMES.len()), || Err("it was not asked".to_owned()));
        slots
    }
}
