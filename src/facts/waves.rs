//! Who moves with whom.

use std::collections::HashSet;

use crate::environment::WaveState;
use crate::expression::{Expr, Slots, Value};
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
