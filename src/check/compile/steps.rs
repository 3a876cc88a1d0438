//! The steps of `observe`: each a probe and its parameters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::file::CheckFile;
use super::super::model::{Param, Step};
use super::Compiler;
use crate::diagnostic::{Code, suggestion};
use crate::expression::{Scope, Template, Type, has_template};
use crate::observe::ProbeKind;
use crate::observe::probes::PROBES;
use crate::yaml::{Node, NodeKind, Validator};

impl Compiler<'_> {
    pub(super) fn steps(&mut self, check: &CheckFile, scope: &mut Scope) -> Vec<Step> {
        let first_step = scope.len();
        let mut steps: Vec<Step> = Vec::new();
        for (name, raw) in &check.observe.0 {
            let node = raw.restyled(self.source);
            self.free_name(name, scope);
            let Some((probe, spec)) = self.probe(&node) else {
                scope.add(&name.value, Type::Any);
                continue;
            };
            let types = ProbeTypes::of(probe);
            self.found.extend(types.parameters.check(self.source, spec));
            self.review(check, probe, spec);
            let params: Vec<(String, Param)> = spec
                .entries()
                .iter()
                .filter_map(|(key, value)| {
                    let key = key.as_text()?;
                    let wanted = field_type(&types.spec, key);
                    Some((key.to_owned(), self.param(value, &wanted, scope)?))
                })
                .collect();
            let mut after: Vec<usize> =
                params.iter().flat_map(|(_, param)| reads(param)).filter(|slot| *slot >= first_step).collect();
            after.sort_unstable();
            after.dedup();
            let slot = scope.add(&name.value, types.facts.clone());
            let facts = types.facts.clone();
            steps.push(Step { name: name.value.clone(), probe, facts, params, slot, after });
        }
        steps
    }

    /// What the probe itself says of a step: its traces have to be declared.
    fn review(&mut self, check: &CheckFile, probe: ProbeKind, spec: &Node) {
        let given = spec.to_json();
        let Some(given) = given.as_object() else { return };
        let review = (probe.review)(given);
        for fault in review.faults {
            let at = spec.entries().iter().find(|(key, _)| key.as_text() == Some(fault.key.as_str()));
            let range = at.map_or_else(|| spec.range.clone(), |(_, value)| value.range.clone());
            self.tell(Code::InvalidValue, range, fault.message, fault.hint);
        }
        for effect in review.effects.iter().filter(|effect| !check.effects.contains(effect)) {
            let message = format!("this step leaves a trace that the check doesn't declare: {}", effect.as_str());
            let hint = format!("add `effects: [{}]`; the check then runs only with `--allow`", effect.as_str());
            self.tell(Code::UndeclaredEffect, spec.range.clone(), message, hint);
        }
    }

    fn probe<'n>(&mut self, node: &'n Node) -> Option<(ProbeKind, &'n Node)> {
        let names = || PROBES.iter().map(|probe| probe.name);
        let [(key, spec)] = node.entries() else {
            let known = names().collect::<Vec<_>>().join(", ");
            self.tell(
                Code::InvalidValue,
                node.range.clone(),
                "a step is one probe and its parameters",
                format!("write `{{ dns: {{ … }} }}`; the probes are {known}"),
            );
            return None;
        };
        let name = key.as_text().unwrap_or_default();
        let probe = PROBES.iter().find(|probe| probe.name == name).copied();
        if probe.is_none() {
            let hint = suggestion(name, names().collect::<Vec<_>>());
            self.tell(Code::UnknownKey, key.range.clone(), format!("there is no probe `{name}`"), hint);
        }
        probe.map(|probe| (probe, spec))
    }

    fn param(&mut self, node: &Node, wanted: &Type, scope: &Scope) -> Option<Param> {
        match &node.kind {
            NodeKind::Text(text, _) if has_template(text) => match Template::compile(text, scope) {
                Ok(template) => {
                    let ty = template.ty().present().clone();
                    if !wanted.comparable(&ty) && !matches!(ty, Type::Any) {
                        self.tell(
                            Code::TypeMismatch,
                            node.range.clone(),
                            format!("{wanted} is needed here, and this is {ty}"),
                            "",
                        );
                    }
                    Some(Param::Template(template))
                }
                Err(flaws) => {
                    self.flaws(flaws, |span| node.place_inside(self.source, span));
                    None
                }
            },
            NodeKind::List(items) => {
                let item = if let Type::List(item) = wanted.present() { item.as_ref().clone() } else { Type::Any };
                items.iter().map(|node| self.param(node, &item, scope)).collect::<Option<Vec<_>>>().map(Param::List)
            }
            NodeKind::Map(entries) => {
                let entries = entries.iter().map(|(key, node)| {
                    let name = key.as_text().unwrap_or_default().to_owned();
                    Some((name, self.param(node, &Type::Any, scope)?))
                });
                entries.collect::<Option<Vec<_>>>().map(Param::Map)
            }
            _ => Some(Param::Known(node.to_json())),
        }
    }
}

/// A probe's types, made from its schemas when a check first uses it.
struct ProbeTypes {
    parameters: Validator,
    spec: Type,
    facts: Type,
}

impl ProbeTypes {
    fn of(probe: ProbeKind) -> Arc<Self> {
        static MADE: Mutex<BTreeMap<&str, Arc<ProbeTypes>>> = Mutex::new(BTreeMap::new());
        let make = || {
            let schema = (probe.spec_schema)();
            Arc::new(Self {
                parameters: Validator::of_schema(&schema).with_templates(),
                spec: Type::of_schema(&schema),
                facts: Type::of_schema(&(probe.facts_schema)()),
            })
        };
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(probe.name).or_insert_with(make).clone()
    }
}

fn field_type(spec: &Type, key: &str) -> Type {
    match spec {
        Type::Record(record) => record.field(key).map_or(Type::Any, |field| field.ty.clone()),
        _ => Type::Any,
    }
}

fn reads(param: &Param) -> Vec<usize> {
    match param {
        Param::Known(_) => Vec::new(),
        Param::Template(template) => template.reads(),
        Param::List(items) => items.iter().flat_map(reads).collect(),
        Param::Map(entries) => entries.iter().flat_map(|(_, item)| reads(item)).collect(),
    }
}
