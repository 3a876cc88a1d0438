//! The commands that take a step back, for all that they have to be done for.

use std::sync::Arc;

use super::file::RollBackFile;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::environment::Environment;
use crate::expression::{Expr, Flaw, Scope, Slots, Template, Type, Value, compile};
use crate::facts::{Roots, environment_type};
use crate::yaml::Spanned;

/// Most commands that one step may come to.
const MOST: usize = 10_000;

/// A step back.
#[derive(Clone, Debug)]
pub struct RollBack {
    over: Vec<(Expr, usize)>,
    filter: Option<Expr>,
    what: Template,
    slots: usize,
}

impl RollBack {
    /// Compiles a step. It knows `environment`, and nothing that was observed: in the middle
    /// of the night only what was written down beforehand can be trusted.
    pub(super) fn of(file: &RollBackFile, source: &Arc<Source>, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut scope = Scope::default();
        let [environment, _] = Roots::NAMES;
        scope.add(environment, environment_type());
        let mut over = Vec::new();
        for (name, text) in &file.over.0 {
            let list = taken(compile(&text.value, &scope), text, source, found)?;
            let item = match list.ty().present() {
                Type::List(item) => item.as_ref().clone(),
                other => {
                    let message = format!("`for` needs a list, and this is {other}");
                    found.push(Diagnostic::at(Code::TypeMismatch, source, text.range.clone(), message));
                    return None;
                }
            };
            let slot = scope.add(&name.value, item);
            over.push((list, slot));
        }
        let filter = match &file.filter {
            Some(text) => Some(taken(compile(&text.value, &scope), text, source, found)?),
            None => None,
        };
        let what = taken(Template::compile(&file.what.value, &scope), &file.what, source, found)?;
        Some(Self { slots: 1 + over.len(), over, filter, what })
    }

    /// The commands for an environment.
    #[must_use]
    pub fn commands(&self, environment: &Environment, now: jiff::Timestamp) -> Vec<String> {
        let mut values: Vec<Result<Value, String>> = vec![Ok(environment.value.clone())];
        values.resize_with(self.slots, || Err("it is not bound".to_owned()));
        let mut commands = Vec::new();
        self.each(0, &mut values, now, &mut commands);
        commands
    }

    fn each(&self, bound: usize, values: &mut Vec<Result<Value, String>>, now: jiff::Timestamp, out: &mut Vec<String>) {
        let Some((list, slot)) = self.over.get(bound) else {
            let slots = Slots { values, now };
            // What can't be decided is told rather than left out.
            if !matches!(self.filter.as_ref().map(|filter| filter.truth(&slots)), Some(Ok(false))) {
                out.push(self.what.render_lossy(&slots));
            }
            return;
        };
        let Ok(Value::List(items)) = list.eval(&Slots { values, now }) else {
            out.push(self.what.render_lossy(&Slots { values, now }));
            return;
        };
        for item in items.iter() {
            if out.len() >= MOST {
                return;
            }
            if let Some(place) = values.get_mut(*slot) {
                *place = Ok(item.clone());
            }
            self.each(bound + 1, values, now, out);
        }
    }
}

fn taken<T>(
    compiled: Result<T, Vec<Flaw>>,
    text: &Spanned<String>,
    source: &Arc<Source>,
    found: &mut Vec<Diagnostic>,
) -> Option<T> {
    let flaws = match compiled {
        Ok(compiled) => return Some(compiled),
        Err(flaws) => flaws,
    };
    for flaw in flaws {
        let mut diagnostic = Diagnostic::at(flaw.code, source, text.place_inside(source, flaw.span), flaw.message);
        diagnostic.hint = flaw.hint;
        found.push(diagnostic);
    }
    None
}
