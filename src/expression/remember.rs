//! An expression's answers, remembered by what the columns that it reads hold.
//!
//! A million users differ in their names and agree in most else: what an expression says of
//! one, it says of all that hold the same in what it reads.

use std::collections::HashMap;
use std::fmt;

use super::eval::{EvalError, Slots};
use super::ir::{Expr, Node, Walk};
use super::value::{ListKind, Numbering, Reading, Record, Value};

/// What an expression reads of one variable: paths of fields, and what of their ends.
type Paths = Vec<(Vec<String>, Reading)>;

/// The most answers that are remembered.
const MOST: usize = 1 << 16;

/// After so many questions it is asked whether remembering pays.
const TRIAL: usize = 1 << 12;

/// The answers of an expression for one variable, as long as all other variables stay as they are.
pub struct Remembered {
    slot: usize,
    /// None: it can't be told from outside what the answer depends on, or it doesn't pay.
    paths: Option<Paths>,
    /// Which records the answers are about.
    list: Option<List>,
    answers: HashMap<Vec<u32>, bool, hashbrown::DefaultHashBuilder>,
    asked: usize,
    numbers: Vec<u32>,
}

/// A list of records that an expression is asked about.
struct List {
    kind: ListKind,
    /// One for each path. None: one of them can't be numbered.
    numberings: Option<Vec<Numbering>>,
}

impl List {
    fn of(record: &dyn Record, kind: ListKind, paths: &Paths) -> Self {
        Self { kind, numberings: paths.iter().map(|(path, reading)| record.numbering(path, *reading)).collect() }
    }
}

impl Remembered {
    /// Of an expression, for the variable of a slot.
    #[must_use]
    pub fn of(expression: &Expr, slot: usize) -> Self {
        let paths = expression.paths(slot);
        Self { slot, paths, list: None, answers: HashMap::default(), asked: 0, numbers: Vec::new() }
    }

    /// Forgets all answers: another variable changed.
    pub fn forget(&mut self) {
        self.answers.clear();
    }

    /// The expression's value, which must be true or false. What is unknown is never remembered:
    /// it says whose fact is missing.
    ///
    /// # Errors
    /// As [`Expr::truth`].
    pub fn truth(&mut self, expression: &Expr, slots: &Slots<'_>) -> Result<bool, EvalError> {
        if !self.number(slots) {
            return expression.truth(slots);
        }
        self.asked += 1;
        if self.asked == TRIAL && self.answers.len() > TRIAL / 2 {
            self.paths = None;
            return expression.truth(slots);
        }
        if let Some(answer) = self.answers.get(self.numbers.as_slice()) {
            return Ok(*answer);
        }
        let answer = expression.truth(slots)?;
        if self.answers.len() < MOST {
            self.answers.insert(self.numbers.clone(), answer);
        }
        Ok(answer)
    }

    /// Sets the numbers of the record in the slot. False where it has none.
    fn number(&mut self, slots: &Slots<'_>) -> bool {
        let Some(paths) = &self.paths else { return false };
        let Some(Ok(Value::Record(record))) = slots.values.get(self.slot) else { return false };
        let Some(place) = record.place() else { return false };
        if self.list.as_ref().is_none_or(|list| list.kind != place.list) {
            self.answers.clear();
            self.list = Some(List::of(record.as_ref(), place.list, paths));
        }
        let Some(numberings) = self.list.as_ref().and_then(|list| list.numberings.as_ref()) else { return false };
        self.numbers.clear();
        let numbers = &mut self.numbers;
        numberings.iter().all(|numbering| numbering(place.row, numbers))
    }
}

/// What becomes of the records of a list, remembered by what a few expressions read of them: those that
/// agree in all of it share one fate.
pub struct Fates<F> {
    slot: usize,
    paths: Option<Paths>,
    list: Option<List>,
    known: HashMap<Vec<u32>, F, hashbrown::DefaultHashBuilder>,
    asked: usize,
    numbers: Vec<u32>,
}

impl<F: Copy> Fates<F> {
    /// Of all that these expressions read of the variable of a slot.
    #[must_use]
    pub fn by<'e>(expressions: impl Iterator<Item = &'e Expr>, slot: usize) -> Self {
        let all: Option<Vec<Paths>> = expressions.map(|expression| expression.paths(slot)).collect();
        let mut paths = Paths::new();
        for path in all.iter().flatten().flatten() {
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
        let paths = all.map(|_| paths);
        Self { slot, paths, list: None, known: HashMap::default(), asked: 0, numbers: Vec::new() }
    }

    /// The variable whose values they are.
    #[must_use]
    pub const fn slot(&self) -> usize {
        self.slot
    }

    /// Forgets all of them: another variable changed.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// The fate of a record, if one like it has met it.
    pub fn of(&mut self, value: &Value) -> Option<F> {
        self.numbers.clear();
        let paths = self.paths.as_ref()?;
        let Value::Record(record) = value else { return None };
        let place = record.place()?;
        if self.list.as_ref().is_none_or(|list| list.kind != place.list) {
            self.known.clear();
            self.list = Some(List::of(record.as_ref(), place.list, paths));
        }
        let numberings = self.list.as_ref()?.numberings.as_ref()?;
        if !numberings.iter().all(|numbering| numbering(place.row, &mut self.numbers)) {
            self.numbers.clear();
            return None;
        }
        self.asked += 1;
        if self.asked == TRIAL && self.known.len() > TRIAL / 2 {
            self.paths = None;
            self.numbers.clear();
            return None;
        }
        self.known.get(self.numbers.as_slice()).copied()
    }

    /// Remembers the fate of the record that was asked about last.
    pub fn settle(&mut self, fate: F) {
        // One without numbers is like no other.
        if !self.numbers.is_empty() && self.known.len() < MOST {
            self.known.insert(self.numbers.clone(), fate);
        }
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("slot", &self.slot).field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl Expr {
    /// What it reads of the variable in a slot. None where that is the variable as a whole.
    fn paths(&self, slot: usize) -> Option<Paths> {
        let mut paths = Paths::new();
        let mut whole = false;
        self.walk(&mut |expr| {
            let (path, reading) = match &expr.node {
                // Whether there is one says less than which one it is.
                Node::Test(test, input, _) if test.about.name == "none" => (input.way(slot), Reading::Presence),
                _ => (expr.way(slot), Reading::Value),
            };
            match path {
                None => Walk::Into,
                Some(path) => {
                    whole |= path.is_empty();
                    if !paths.iter().any(|(known, of)| *known == path && *of == reading) {
                        paths.push((path, reading));
                    }
                    Walk::Over
                }
            }
        });
        (!whole).then_some(paths)
    }

    /// The names of the fields on the way from a variable to this expression, where it is nothing else.
    fn way(&self, slot: usize) -> Option<Vec<String>> {
        match &self.node {
            Node::Slot(of) if *of == slot => Some(Vec::new()),
            Node::Attr(inner, name) => {
                let mut path = inner.way(slot)?;
                path.push(name.clone());
                Some(path)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::expression::{Lookup, Place, Scope, Type, compile};

    /// Is asked for its fields, and counts how often.
    #[derive(Debug)]
    struct Person {
        pool: Option<u32>,
        asked: Arc<AtomicUsize>,
    }

    impl Record for Person {
        fn get(&self, name: &str) -> Lookup {
            self.asked.fetch_add(1, Ordering::Relaxed);
            match (name, self.pool) {
                ("pool", Some(pool)) => Lookup::Known(Value::Int(pool.into())),
                ("pool", None) => Lookup::Unknown("nobody said".to_owned()),
                _ => Lookup::Known(Value::Int(7)),
            }
        }

        fn identity(&self) -> Option<Value> {
            None
        }

        fn source(&self) -> &'static str {
            "the test"
        }

        fn fields(&self) -> Vec<(String, Value)> {
            Vec::new()
        }

        fn place(&self) -> Option<Place> {
            Some(Place {
                list: ListKind { of: 0, list: 0, seen: 0 },
                row: self.pool.map_or(0, |pool| pool as usize + 1),
            })
        }

        fn numbering(&self, path: &[String], _: Reading) -> Option<Numbering> {
            let number = |row: usize, numbers: &mut Vec<u32>| {
                numbers.extend(u32::try_from(row));
                true
            };
            (path == ["pool"]).then(|| Box::new(number) as Numbering)
        }
    }

    /// What is said of people on these pools, and how often a field was read for that.
    fn asked(text: &str, pools: &[Option<u32>], limit: i64) -> (Vec<Option<bool>>, usize) {
        let mut scope = Scope::default();
        scope.add("limit", Type::Any);
        scope.add("user", Type::Any);
        let expression = compile(text, &scope).expect("compiled");
        let mut remembered = Remembered::of(&expression, 1);
        let asked = Arc::new(AtomicUsize::new(0));
        let ask = |pool: &Option<u32>| {
            let person = Person { pool: *pool, asked: Arc::clone(&asked) };
            let values = [Ok(Value::Int(limit)), Ok(Value::Record(Arc::new(person)))];
            let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
            remembered.truth(&expression, &slots).ok()
        };
        let answers = pools.iter().map(ask).collect();
        (answers, asked.load(Ordering::Relaxed))
    }

    #[test]
    fn those_who_are_alike_are_asked_once() {
        let pools = [Some(1), Some(2), Some(1), Some(1), Some(2)];
        let wanted = [true, false, true, true, false].map(Some).to_vec();
        assert_eq!(asked("user.pool < limit", &pools, 2), (wanted, 2));
    }

    #[test]
    fn what_is_unknown_is_asked_again() {
        let pools = [None, Some(1), None];
        assert_eq!(asked("user.pool < limit", &pools, 2), (vec![None, Some(true), None], 3));
    }

    #[test]
    fn what_has_no_number_is_asked_each_time() {
        let pools = [Some(1), Some(1)];
        let wanted = [true, true].map(Some).to_vec();
        assert_eq!(asked("user.pool < limit and user.name == 7", &pools, 2), (wanted, 4));
    }
}
