//! A user, with what follows from more than its own record.

use std::sync::Arc;

use super::base::Base;
use super::policy::policy_types;
use crate::expression::{Lookup, Record, Value};
use crate::inventory::Row;

/// A user as expressions see it.
#[derive(Clone, Debug)]
struct User {
    row: Row,
    base: Arc<Base>,
    when: When,
}

/// Users of the inventory, as expressions see them.
pub(super) fn users(base: &Arc<Base>, rows: impl IntoIterator<Item = Row>) -> Value {
    let user = |row| Value::Record(Arc::new(User { row, base: Arc::clone(base), when: When::Now }));
    Value::List(rows.into_iter().map(user).collect())
}

/// Which inventory a user is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Now,
    Before,
}

impl Record for User {
    fn get(&self, name: &str) -> Lookup {
        match (name, self.when) {
            ("wave", When::Now) => self.wave(),
            ("before", When::Now) => match self.base.before(&self.row) {
                Ok(Some(row)) => {
                    let user = Self { row, base: Arc::clone(&self.base), when: When::Before };
                    Lookup::Known(Value::Record(Arc::new(user)))
                }
                Ok(None) => Lookup::Known(Value::Null),
                Err(reason) => Lookup::Unknown(reason),
            },
            ("effective", _) => known(Policies { user: self.clone() }),
            ("policy_differences", When::Now) => known(Differences { user: self.clone() }),
            _ => self.row.field(name),
        }
    }

    fn identity(&self) -> Option<Value> {
        self.row.identity()
    }

    fn source(&self) -> &str {
        self.row.source()
    }

    fn fields(&self) -> Vec<(String, Value)> {
        self.row.fields()
    }
}

fn known(record: impl Record + 'static) -> Lookup {
    Lookup::Known(Value::Record(Arc::new(record)))
}

impl User {
    fn wave(&self) -> Lookup {
        let sip = match self.row.field("sip_address") {
            Lookup::Known(Value::Null) => None,
            Lookup::Known(value) => Some(value.to_string()),
            Lookup::Unknown(reason) => return Lookup::Unknown(reason),
            Lookup::Missing => None,
        };
        let plain = Value::Record(Arc::new(self.row.clone()));
        match self.base.waves.of(sip.as_deref(), &plain, self.base.now) {
            Ok(None) => Lookup::Known(Value::Null),
            Ok(Some(wave)) => Lookup::Known(wave.value(None)),
            Err(reason) => Lookup::Unknown(reason),
        }
    }
}

/// The policies that govern a user, by the name of the field that assigns them.
#[derive(Debug)]
struct Policies {
    user: User,
}

impl Record for Policies {
    fn get(&self, name: &str) -> Lookup {
        let Some(number) = number(name) else { return Lookup::Missing };
        let User { row, base, when } = &self.user;
        let effective = match when {
            When::Now => Some(&base.effective),
            When::Before => base.effective_before.as_ref(),
        };
        match effective.map(|effective| effective.policy(row, number)) {
            Some(Ok(policy)) => known(policy),
            Some(Err(reason)) => Lookup::Unknown(reason),
            None => Lookup::Unknown("there is no baseline".to_owned()),
        }
    }

    fn identity(&self) -> Option<Value> {
        None
    }

    fn source(&self) -> &'static str {
        "the policies of the inventory"
    }

    fn fields(&self) -> Vec<(String, Value)> {
        Vec::new()
    }
}

/// The settings that differ from those before, by the name of the field that assigns a policy.
#[derive(Debug)]
struct Differences {
    user: User,
}

impl Record for Differences {
    fn get(&self, name: &str) -> Lookup {
        let Some(number) = number(name) else { return Lookup::Missing };
        match self.user.base.differences(&self.user.row, number) {
            Ok(names) => Lookup::Known(Value::List(names)),
            Err(reason) => Lookup::Unknown(reason),
        }
    }

    fn identity(&self) -> Option<Value> {
        None
    }

    fn source(&self) -> &'static str {
        "the policies of inventory and baseline"
    }

    fn fields(&self) -> Vec<(String, Value)> {
        Vec::new()
    }
}

fn number(name: &str) -> Option<usize> {
    policy_types().iter().position(|ty| ty.field == name)
}
