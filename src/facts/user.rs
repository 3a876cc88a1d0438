//! A user, with what follows from more than its own record.

use std::sync::Arc;

use super::base::Base;
use super::changes;
use super::known::{Before, Goes};
use super::policy::policy_types;
use crate::expression::{Lookup, Reading, Record, RecordKind, Value};
use crate::inventory::Row;

/// A user as expressions see it.
#[derive(Clone, Debug)]
struct User {
    row: Row,
    base: Arc<Base>,
    when: When,
}

/// A user of the inventory, as expressions see it.
pub(super) fn user(base: &Arc<Base>, row: Row) -> Value {
    Value::Record(Arc::new(User { row, base: Arc::clone(base), when: When::Now }))
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
            ("assignment_changes", When::Now) => names(changes::assigned(&self.base, &self.row)),
            ("effective_changes", When::Now) => names(changes::effective(&self.base, &self.row)),
            ("undefined_policies", When::Now) => names(changes::undefined(&self.base, &self.row)),
            ("effective_by_shell", When::Now) => Lookup::Known(self.by_shell()),
            ("home_pool", When::Now) => self.home_pool(),
            _ => self.row.field(name),
        }
    }

    fn identity(&self) -> Option<Value> {
        self.row.identity()
    }

    fn has_identity(&self) -> bool {
        self.row.has_identity()
    }

    fn kind(&self) -> Option<RecordKind> {
        let seen = match self.when {
            When::Now => 1,
            When::Before => 2,
        };
        self.row.kind().map(|kind| RecordKind { seen, ..kind })
    }

    fn alike(&self, path: &[String], reading: Reading, numbers: &mut Vec<u32>) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let every = || policy_types().iter().map(|ty| ty.field).collect::<Vec<_>>();
        match (first.as_str(), self.when) {
            ("wave", When::Now) => match self.base.known_of(&self.row).map(|known| known.wave) {
                Some(Goes::With(number)) => {
                    numbers.push(u32::from(number) + 1);
                    true
                }
                Some(Goes::None) => {
                    numbers.push(0);
                    true
                }
                Some(Goes::Unknown) | None => false,
            },
            ("before", When::Now) => match self.base.known_of(&self.row).map(|known| known.before) {
                Some(Before::None) => {
                    numbers.push(0);
                    true
                }
                Some(Before::Row(_)) => {
                    numbers.push(1);
                    match (rest, reading) {
                        ([], Reading::Presence) => true,
                        ([], Reading::Value) => false,
                        _ => self.earlier().is_some_and(|before| before.alike(rest, reading, numbers)),
                    }
                }
                Some(Before::Unknown) | None => false,
            },
            ("effective", _) => match rest {
                [ty, ..] if number(ty).is_some() => self.governed_alike(&[ty], numbers),
                _ => false,
            },
            ("policy_differences", When::Now) => match rest {
                [ty, ..] if number(ty).is_some() => self.changed_alike(&[ty], numbers),
                _ => false,
            },
            ("assignment_changes" | "effective_changes", When::Now) => self.changed_alike(&every(), numbers),
            ("undefined_policies", When::Now) => self.governed_alike(&every(), numbers),
            ("effective_by_shell", When::Now) => false,
            ("home_pool", When::Now) => self.row.alike(&["home_server".to_owned()], Reading::Value, numbers),
            _ => self.row.alike(path, reading, numbers),
        }
    }

    fn source(&self) -> &str {
        self.row.source()
    }

    fn fields(&self) -> Vec<(String, Value)> {
        self.row.fields()
    }
}

fn names(found: Result<Vec<&'static str>, String>) -> Lookup {
    match found {
        Ok(names) => Lookup::Known(Value::List(names.into_iter().map(|name| Value::Text(name.into())).collect())),
        Err(reason) => Lookup::Unknown(reason),
    }
}

fn known(record: impl Record + 'static) -> Lookup {
    Lookup::Known(Value::Record(Arc::new(record)))
}

impl User {
    /// The pool that the home server belongs to.
    fn home_pool(&self) -> Lookup {
        match self.row.field("home_server") {
            Lookup::Known(Value::Null) => Lookup::Known(Value::Null),
            Lookup::Known(server) => match self.base.home(&server.to_string()) {
                Ok(pool) => Lookup::Known(Value::Name(pool.into())),
                Err(reason) => Lookup::Unknown(reason),
            },
            other => other,
        }
    }

    /// What the shell said of the policies that govern it: under whatever name the shell was asked.
    fn by_shell(&self) -> Value {
        let names = ["sip_address", "identity", "user_principal_name", "sam_account_name", "display_name"];
        let said = ("effective_policies", "identity");
        let found = names.iter().find_map(|own| self.row.find_in(&self.base.inventory, said, own).ok().flatten());
        found.map_or(Value::Null, |row| Value::Record(Arc::new(row)))
    }

    fn wave(&self) -> Lookup {
        match self.base.wave(&self.row) {
            Ok(None) => Lookup::Known(Value::Null),
            Ok(Some(wave)) => known(wave.record(Vec::new())),
            Err(reason) => Lookup::Unknown(reason),
        }
    }

    /// The same user in the baseline; none where it is not there, or that is not known.
    fn earlier(&self) -> Option<Self> {
        let row = self.base.before(&self.row).ok()??;
        Some(Self { row, base: Arc::clone(&self.base), when: When::Before })
    }

    /// Numbers for what assigns the policies of some types, and for what else decides which govern.
    fn governed_alike(&self, fields: &[&str], numbers: &mut Vec<u32>) -> bool {
        let mut all = fields.iter().copied().chain(["registrar_pool"]);
        all.all(|field| self.row.alike(&[field.to_owned()], Reading::Value, numbers))
    }

    /// The same for it and the one before.
    fn changed_alike(&self, fields: &[&str], numbers: &mut Vec<u32>) -> bool {
        let before = self.earlier();
        before.is_some_and(|before| before.governed_alike(fields, numbers)) && self.governed_alike(fields, numbers)
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
