//! What a plan is about: all of an environment, or one pool, wave or site and what
//! belongs to it.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::environment::{Environment, EnvironmentView, Phase};
use crate::expression::{Type, Value};
use crate::values::fold;

/// What was asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// This pool, and what it moves to or what moves to it.
    Pool(String),
    /// This wave, and the pools that it touches.
    Wave(String),
    /// This site and its pools.
    Site(String),
}

/// What a plan is about. A subject that is somebody else's pool, site or wave is left out;
/// what belongs to nobody in particular (a SIP domain, an Edge, a policy) always counts.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    asked: Vec<Asked>,
    inside: Names,
    outside: Names,
    everywhere: BTreeSet<String>,
    phase: Option<Phase>,
}

#[derive(Clone, Debug, Default)]
struct Names {
    /// Pools and their servers.
    pools: BTreeSet<String>,
    sites: BTreeSet<String>,
    waves: BTreeSet<String>,
}

impl Scope {
    /// The scope of what was asked about; nothing named is all of it.
    ///
    /// # Errors
    /// A pool, wave or site that the environment doesn't have.
    pub fn of(environment: &Environment, asked: &[Asked]) -> Result<Self, Vec<Diagnostic>> {
        let view = &environment.view;
        let waves: Vec<(String, String)> =
            environment.file.waves.iter().map(|wave| (fold(&wave.name.value), wave.to.value.folded())).collect();
        let mut inside = Names::default();
        let mut wrong = Vec::new();
        for one in asked {
            let (what, name) = one.parts();
            let name = fold(name);
            let known: Vec<String> = match one {
                Asked::Pool(_) => view.pools.iter().map(|pool| fold(&pool.fqdn)).collect(),
                Asked::Site(_) => view.sites.iter().map(|site| fold(&site.name)).collect(),
                Asked::Wave(_) => waves.iter().map(|(wave, _)| wave.clone()).collect(),
            };
            if !known.contains(&name) {
                let message = format!("the environment has no {what} `{name}`");
                let hint = suggestion(&name, known.iter().map(String::as_str));
                wrong.push(Diagnostic::new(Code::UnknownName, message).hint(hint));
                continue;
            }
            match one {
                Asked::Pool(_) => inside.take_pool(view, &name),
                Asked::Wave(_) => {
                    inside.waves.insert(name.clone());
                    for (_, to) in waves.iter().filter(|(wave, _)| *wave == name) {
                        inside.take_pool(view, to);
                    }
                }
                Asked::Site(_) => {
                    for pool in view.pools.iter().filter(|pool| fold(&pool.site) == name) {
                        inside.take_pool(view, &fold(&pool.fqdn));
                    }
                    inside.sites.insert(name);
                }
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if asked.is_empty() {
            return Ok(Self::default());
        }
        // A wave was named: others are not meant. Else all that move to a pool in it are.
        if !asked.iter().any(|one| matches!(one, Asked::Wave(_))) {
            let moving = waves.iter().filter(|(_, to)| inside.pools.contains(to));
            inside.waves.extend(moving.map(|(wave, _)| wave.clone()).collect::<Vec<_>>());
        }
        let mut outside = Names::default();
        for pool in &view.pools {
            let names = pool.servers.iter().chain([&pool.fqdn]).map(|name| fold(name));
            outside.pools.extend(names.filter(|name| !inside.pools.contains(name)));
        }
        outside
            .sites
            .extend(view.sites.iter().map(|site| fold(&site.name)).filter(|name| !inside.sites.contains(name)));
        outside.waves.extend(waves.into_iter().map(|(wave, _)| wave).filter(|name| !inside.waves.contains(name)));
        Ok(Self {
            asked: asked.to_vec(),
            inside,
            outside,
            everywhere: BTreeSet::new(),
            phase: phase(environment, asked),
        })
    }

    /// What was asked about; nothing is all.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// How far what was asked about has come: it stands in for the environment's phase, for
    /// subjects that have none of their own.
    #[must_use]
    pub const fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The same, but for checks that count as a whole whatever is asked about.
    #[must_use]
    pub fn with_everywhere(mut self, checks: BTreeSet<String>) -> Self {
        self.everywhere = checks;
        self
    }

    /// Whether it leaves nothing out.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.outside.pools.is_empty() && self.outside.sites.is_empty() && self.outside.waves.is_empty()
    }

    /// Whether every subject of a check is in it.
    #[must_use]
    pub fn takes_all_of(&self, check: &Check) -> bool {
        self.is_whole() || self.everywhere.contains(&check.id)
    }

    /// Whether a subject of a check is in it: the first `bound` variables are known.
    #[must_use]
    pub fn takes(&self, check: &Check, slots: &[Result<Value, String>], bound: usize) -> bool {
        if self.takes_all_of(check) {
            return true;
        }
        let mut foreign = false;
        for variable in check.variables.iter().take(bound) {
            let Some(Ok(value)) = slots.get(variable.slot) else { continue };
            let Some(name) = value.identity() else { continue };
            let name = fold(&name);
            let kind = match variable.item.present() {
                Type::Record(record) => record.name.to_lowercase(),
                _ => String::new(),
            };
            let within = |names: &Names| match kind.as_str() {
                kind if kind.contains("wave") => names.waves.contains(&name),
                kind if kind.contains("site") => names.sites.contains(&name),
                _ => names.pools.contains(&name),
            };
            if within(&self.inside) {
                return true;
            }
            foreign |= within(&self.outside);
        }
        !foreign
    }
}

/// The phase of all that was asked about, where it is one.
fn phase(environment: &Environment, asked: &[Asked]) -> Option<Phase> {
    let view = &environment.view;
    let pool = |fqdn: &str| view.pools.iter().find(|pool| fold(&pool.fqdn) == fold(fqdn)).map(|pool| pool.phase);
    let of = |one: &Asked| match one {
        Asked::Pool(name) => pool(name),
        Asked::Site(name) => view.sites.iter().find(|site| fold(&site.name) == fold(name)).map(|site| site.phase),
        Asked::Wave(name) => {
            let wave = environment.file.waves.iter().find(|wave| fold(&wave.name.value) == fold(name))?;
            pool(wave.to.value.as_str())
        }
    };
    let mut phases = asked.iter().map(of);
    let first = phases.next()??;
    phases.all(|phase| phase == Some(first)).then_some(first)
}

impl Names {
    /// A pool with its servers and its site, and the pools that it moves to or that move to it.
    fn take_pool(&mut self, view: &EnvironmentView, fqdn: &str) {
        let own = view.pools.iter().find(|pool| fold(&pool.fqdn) == fqdn);
        let target = own.and_then(|pool| pool.moves_to.as_deref()).map(fold);
        for pool in &view.pools {
            let name = fold(&pool.fqdn);
            let moves_here = pool.moves_to.as_deref().is_some_and(|to| fold(to) == fqdn);
            let belongs = name == fqdn || Some(&name) == target.as_ref() || moves_here;
            if belongs {
                self.pools.extend(pool.servers.iter().chain([&pool.fqdn]).map(|name| fold(name)));
            }
            if name == fqdn {
                self.sites.insert(fold(&pool.site));
            }
        }
    }
}

impl Asked {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Pool(name) => ("pool", name),
            Self::Wave(name) => ("wave", name),
            Self::Site(name) => ("site", name),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, name) = self.parts();
        write!(f, "{what} {name}")
    }
}
