//! A user, with what follows from more than its own record.

use std::sync::Arc;

use super::alike::by_policies;
use super::base::Base;
use super::changes;
use super::known::{Before, Goes};
use super::policy::{Effective, policy_types};
use crate::expression::{ListKind, Lookup, Numbering, Place, Reading, Record, Value};
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

impl When {
    /// What governs its users.
    fn effective(self, base: &Base) -> Option<&Effective> {
        match self {
            Self::Now => Some(&base.effective),
            Self::Before => base.effective_before.as_ref(),
        }
    }
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

    fn place(&self) -> Option<Place> {
        let seen = match self.when {
            When::Now => 1,
            When::Before => 2,
        };
        self.row.place().map(|place| Place { list: ListKind { seen, ..place.list }, ..place })
    }

    fn numbering(&self, path: &[String], reading: Reading) -> Option<Numbering> {
        let (first, rest) = path.split_first()?;
        match (first.as_str(), self.when) {
            ("wave", When::Now) => self.by_wave(),
            ("before", When::Now) => self.by_before(rest, reading),
            ("effective", _) => match rest {
                [ty, ..] => self.by_policy(number(ty)?),
                _ => None,
            },
            ("policy_differences", When::Now) => match rest {
                [ty, ..] => {
                    let ty = number(ty)?;
                    self.by_change(|user| user.by_policy(ty))
                }
                _ => None,
            },
            ("assignment_changes" | "effective_changes", When::Now) => self.by_change(Self::by_all_policies),
            ("undefined_policies", When::Now) => self.by_all_policies(),
            ("effective_by_shell", When::Now) => self.by_said(),
            ("home_pool", When::Now) => self.row.numbering(&["home_server".to_owned()], Reading::Value),
            _ => self.row.numbering(path, reading),
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

    /// What the shell said of the policies that govern it.
    fn by_shell(&self) -> Value {
        self.base.said().about(&self.row).map_or(Value::Null, |row| Value::Record(Arc::new(row.clone())))
    }

    fn wave(&self) -> Lookup {
        match self.base.wave(&self.row) {
            Ok(None) => Lookup::Known(Value::Null),
            Ok(Some(wave)) => known(wave.record(Vec::new())),
            Err(reason) => Lookup::Unknown(reason),
        }
    }

    /// What numbers users by the record that the shell said of them.
    fn by_said(&self) -> Option<Numbering> {
        let base = self.known_base()?;
        Some(Box::new(move |row, numbers| {
            numbers.push(base.said().number(&base.inventory, row).map_or(0, |number| number + 1));
            true
        }))
    }

    /// What numbers users by the wave that they go with.
    fn by_wave(&self) -> Option<Numbering> {
        let base = self.known_base()?;
        Some(Box::new(move |row, numbers| {
            let number = match base.known().at(row).map(|known| known.wave) {
                Some(Goes::With(number)) => u32::from(number) + 1,
                Some(Goes::None) => 0,
                Some(Goes::Unknown) | None => return false,
            };
            numbers.push(number);
            true
        }))
    }

    /// What numbers users by who they were before.
    fn by_before(&self, path: &[String], reading: Reading) -> Option<Numbering> {
        let base = self.known_base()?;
        let earlier = match (path, reading) {
            ([], Reading::Presence) => None,
            ([], Reading::Value) => return None,
            _ => Some(self.somebody_before()?.numbering(path, reading)?),
        };
        Some(Box::new(move |row, numbers| match base.known().at(row).map(|known| known.before) {
            Some(Before::None) => {
                numbers.push(0);
                true
            }
            Some(Before::Row(before)) => {
                numbers.push(1);
                earlier.as_ref().is_none_or(|earlier| earlier(before as usize, numbers))
            }
            Some(Before::Unknown) | None => false,
        }))
    }

    /// What numbers users by what assigns the policy of a type, and what else decides which governs.
    fn by_policy(&self, ty: usize) -> Option<Numbering> {
        let each = by_policies(&self.row, policy_types().get(ty).map(|ty| ty.field).into_iter())?;
        Some(Box::new(move |row, numbers| each.iter().all(|numbering| numbering(row, numbers))))
    }

    /// The same for every type at once.
    fn by_all_policies(&self) -> Option<Numbering> {
        let (base, when) = (Arc::clone(&self.base), self.when);
        when.effective(&base)?.alike()?;
        Some(Box::new(move |row, numbers| {
            let number = when.effective(&base).and_then(Effective::alike).and_then(|alike| alike.number(row));
            numbers.extend(number);
            number.is_some()
        }))
    }

    /// What numbers users by something of theirs, and of who they were before.
    fn by_change(&self, by: impl Fn(&Self) -> Option<Numbering>) -> Option<Numbering> {
        let (base, now, then) = (self.known_base()?, by(self)?, by(&self.somebody_before()?)?);
        Some(Box::new(move |row, numbers| match base.known().at(row).map(|known| known.before) {
            Some(Before::Row(before)) => then(before as usize, numbers) && now(row, numbers),
            _ => false,
        }))
    }

    /// The base, where it knows more of the users of this one's list.
    fn known_base(&self) -> Option<Arc<Base>> {
        self.base.known_of(&self.row)?;
        Some(Arc::clone(&self.base))
    }

    /// Any user of the baseline: what stands for all of its list.
    fn somebody_before(&self) -> Option<Self> {
        let row = self.base.baseline.as_ref()?.row("users", 0)?;
        Some(Self { row, base: Arc::clone(&self.base), when: When::Before })
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
        match when.effective(base).map(|effective| effective.policy(row, number)) {
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
