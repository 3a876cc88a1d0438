//! Fixtures: a base, the states of a migration on it, and what can go wrong in each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::deployment::Deployment;
use super::export::Export;
use super::overlay::overlay;
use super::render::Document;
use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::yaml::{Limits, Raw, Spanned, decode, parse, read_source};

/// How far a migration is, as patches over the base.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// One line for people.
    pub title: String,
    /// The state that this one goes on from; the base where there is none.
    #[serde(default)]
    on: Option<Spanned<String>>,
    /// What the environment file says differently.
    #[serde(default)]
    environment: Option<Raw>,
    /// What is served differently.
    #[serde(default)]
    deployment: Option<Raw>,
    /// What the cmdlets answer differently.
    #[serde(default)]
    inventory: Option<Raw>,
}

/// One thing gone wrong in a state.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// One line for people.
    pub title: String,
    /// The state that it goes wrong in; `base` for none.
    on: Spanned<String>,
    /// What the environment file says differently.
    #[serde(default)]
    environment: Option<Raw>,
    /// What is served differently.
    #[serde(default)]
    deployment: Option<Raw>,
    /// What the cmdlets answer differently.
    #[serde(default)]
    inventory: Option<Raw>,
    /// What they answered differently when the baseline was taken.
    #[serde(default)]
    baseline: Option<Raw>,
    /// Every case, or check with all its cases, that fails then.
    #[serde(default)]
    pub fails: Vec<String>,
    /// Every case, or check with all its cases, that can't be determined then.
    #[serde(default)]
    pub errors: Vec<String>,
    /// Cases, or checks with all their cases, that pass then only after another attempt.
    #[serde(default)]
    pub flaky: Vec<String>,
}

impl Variant {
    /// The state that it goes wrong in; none for the base.
    #[must_use]
    pub fn on(&self) -> Option<&str> {
        (self.on.value != BASE).then_some(self.on.value.as_str())
    }
}

/// The name of the base among states.
const BASE: &str = "base";

/// A fixture as it was read.
#[derive(Clone, Debug)]
pub struct Fixture {
    dir: PathBuf,
    environment: Document,
    deployment: Document,
    inventory: Option<Document>,
    states: BTreeMap<String, (State, Arc<Source>)>,
    variants: BTreeMap<String, (Variant, Arc<Source>)>,
}

/// A fixture in one state, with at most one thing gone wrong.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// For people: the titles of the state and the variant.
    pub title: String,
    /// The environment file: as it was read, or, if patched, written out anew.
    pub environment: Document,
    /// What is served.
    pub deployment: Deployment,
}

/// Patches on the way from the base to what is wanted, with the texts they are of.
#[derive(Clone)]
struct Layer<'a> {
    source: &'a Arc<Source>,
    environment: Option<&'a Raw>,
    deployment: Option<&'a Raw>,
    inventory: Option<&'a Raw>,
    baseline: Option<&'a Raw>,
}

impl State {
    fn layer<'a>(&'a self, source: &'a Arc<Source>) -> Layer<'a> {
        Layer {
            source,
            environment: self.environment.as_ref(),
            deployment: self.deployment.as_ref(),
            inventory: self.inventory.as_ref(),
            baseline: None,
        }
    }
}

impl Variant {
    fn layer<'a>(&'a self, source: &'a Arc<Source>) -> Layer<'a> {
        Layer {
            source,
            environment: self.environment.as_ref(),
            deployment: self.deployment.as_ref(),
            inventory: self.inventory.as_ref(),
            baseline: self.baseline.as_ref(),
        }
    }
}

impl Fixture {
    /// Reads a fixture's folder.
    ///
    /// # Errors
    /// All that is wrong with its files, each taken for itself.
    pub fn load(dir: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let environment = keep(document(&dir.join("environment.yaml")), &mut found);
        let deployment = keep(document(&dir.join("deployment.yaml")), &mut found);
        let inventory = dir.join("inventory.yaml");
        let inventory = keep(inventory.exists().then(|| document(&inventory)).transpose(), &mut found);
        let states = keep(folder::<State>(&dir.join("states")), &mut found);
        let variants = keep(folder::<Variant>(&dir.join("variants")), &mut found);
        let (Some(environment), Some(deployment), Some(inventory), Some(states), Some(variants)) =
            (environment, deployment, inventory, states, variants)
        else {
            return Err(found);
        };
        let fixture = Self { dir: dir.to_owned(), environment, deployment, inventory, states, variants };
        fixture.references(&mut found);
        if found.is_empty() { Ok(fixture) } else { Err(found) }
    }

    /// Its folder: what relative paths in its environment file start from.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its states by name, the base not among them.
    pub fn states(&self) -> impl Iterator<Item = (&str, &State)> {
        self.states.iter().map(|(name, (state, _))| (name.as_str(), state))
    }

    /// Its variants by name.
    pub fn variants(&self) -> impl Iterator<Item = (&str, &Variant)> {
        self.variants.iter().map(|(name, (variant, _))| (name.as_str(), variant))
    }

    /// Lays a state, and a variant of it, over the base. A variant alone is in its own
    /// state; neither is the base.
    ///
    /// # Errors
    /// An unknown name, a variant of another state, patches that don't fit, or a
    /// deployment that doesn't fit together.
    pub fn resolve(&self, state: Option<&str>, variant: Option<&str>) -> Result<Resolved, Vec<Diagnostic>> {
        let variant = variant.map(|name| self.variant(name)).transpose().map_err(|unknown| vec![unknown])?;
        let state = state.filter(|state| *state != BASE);
        let state = match (state, &variant) {
            (None, Some((_, (variant, _)))) => variant.on(),
            (Some(state), Some((name, (variant, _)))) if variant.on() != Some(state) => {
                let message = format!("the variant `{name}` is of `{}`, not of `{state}`", variant.on.value);
                return Err(vec![Diagnostic::new(Code::InvalidValue, message).hint("leave the state out")]);
            }
            _ => state,
        };
        let mut layers = Vec::new();
        let mut titles = Vec::new();
        if let Some(name) = state {
            titles.push(self.state(name).map_err(|unknown| vec![unknown])?.0.title.clone());
            layers = self.layers(name);
        }
        if let Some((_, (variant, source))) = &variant {
            titles.push(variant.title.clone());
            layers.push(variant.layer(source));
        }
        let name = self.dir.display().to_string();
        let name = match (state, &variant) {
            (None, None) => name,
            (Some(state), None) => format!("{name} (state {state})"),
            (state, Some((variant, _))) => format!("{name} (state {}, variant {variant})", state.unwrap_or(BASE)),
        };
        let environment = laid(&self.environment, &layers, |layer| layer.environment, &format!("{name} environment"));
        let deployment = laid(&self.deployment, &layers, |layer| layer.deployment, &format!("{name} deployment"));
        let deployment = deployment.and_then(|deployment| Deployment::read(&deployment));
        let exports = self.exports(&layers, &name);
        let (environment, mut deployment, exports) = match (environment, deployment, exports) {
            (Ok(environment), Ok(deployment), Ok(exports)) => (environment, deployment, exports),
            (environment, deployment, exports) => {
                let found = [environment.err(), deployment.err(), exports.err()];
                return Err(found.into_iter().flatten().flatten().collect());
            }
        };
        deployment.exports = exports;
        let title = if titles.is_empty() { name } else { titles.join("; ") };
        Ok(Resolved { title, environment, deployment })
    }

    /// The export folders: what the cmdlets answer now, and what they answered before.
    fn exports(&self, layers: &[Layer<'_>], name: &str) -> Result<Vec<Export>, Vec<Diagnostic>> {
        let Some(base) = &self.inventory else { return Ok(Vec::new()) };
        let now = laid(base, layers, |layer| layer.inventory, &format!("{name} inventory"))?;
        let now = Export::now(now)?;
        let Some(baseline) = now.baseline().cloned() else { return Ok(vec![now]) };
        let mut before = match baseline.state.value.as_str() {
            BASE => Vec::new(),
            state if self.states.contains_key(state) => self.layers(state),
            state => {
                let unknown = unknown("state", state, self.states.keys());
                let placed = Diagnostic::at(unknown.code, now.source(), baseline.state.range.clone(), unknown.message);
                return Err(vec![Diagnostic { hint: unknown.hint, ..placed }]);
            }
        };
        for layer in &mut before {
            layer.baseline = layer.inventory;
        }
        before.extend(layers.iter().filter(|layer| layer.baseline.is_some()).cloned());
        let document = laid(base, &before, |layer| layer.baseline, &format!("{name} baseline"))?;
        let before = Export::before(document, baseline)?;
        Ok(vec![now, before])
    }

    fn state(&self, name: &str) -> Result<&(State, Arc<Source>), Diagnostic> {
        self.states.get(name).ok_or_else(|| unknown("state", name, self.states.keys()))
    }

    fn variant<'n>(&self, name: &'n str) -> Result<(&'n str, &(Variant, Arc<Source>)), Diagnostic> {
        let variant = self.variants.get(name).ok_or_else(|| unknown("variant", name, self.variants.keys()))?;
        Ok((name, variant))
    }

    /// The patches of a state, those that it goes on from first. Circles were refused.
    fn layers(&self, state: &str) -> Vec<Layer<'_>> {
        let mut layers = Vec::new();
        let mut next = Some(state);
        while let Some((state, source)) = next.and_then(|name| self.states.get(name)) {
            layers.push(state.layer(source));
            next = state.on.as_ref().map(|on| on.value.as_str());
        }
        layers.reverse();
        layers
    }

    /// Whether every `on` leads to a state, and in the end to the base.
    fn references(&self, found: &mut Vec<Diagnostic>) {
        let states = self.states.values().filter_map(|(state, source)| Some((state.on.as_ref()?, source)));
        let variants = self.variants.values().map(|(variant, source)| (&variant.on, source));
        for (on, source) in states.chain(variants) {
            if on.value != BASE && !self.states.contains_key(&on.value) {
                let unknown = unknown("state", &on.value, self.states.keys());
                let placed = Diagnostic::at(unknown.code, source, on.range.clone(), unknown.message);
                found.push(Diagnostic { hint: unknown.hint, ..placed });
            }
        }
        for (name, (state, source)) in &self.states {
            let mut next = state.on.as_ref();
            let mut steps = 0;
            while let Some(on) = next {
                steps += 1;
                if steps > self.states.len() {
                    let range = state.on.as_ref().map_or(0..0, |on| on.range.clone());
                    let message = format!("the state `{name}` goes on from itself, in a circle");
                    found.push(Diagnostic::at(Code::InvalidValue, source, range, message).hint("leave one `on` out"));
                    break;
                }
                next = self.states.get(&on.value).and_then(|(state, _)| state.on.as_ref());
            }
        }
    }
}

/// The base with the patches over it, as it was read where there are none.
fn laid<'a>(
    base: &Document,
    layers: &[Layer<'a>],
    patch_of: impl Fn(&Layer<'a>) -> Option<&'a Raw>,
    name: &str,
) -> Result<Document, Vec<Diagnostic>> {
    let mut merged = None;
    for layer in layers {
        if let Some(Raw(patch)) = patch_of(layer) {
            merged = Some(overlay(merged.as_ref().unwrap_or(&base.node), patch, layer.source)?);
        }
    }
    match merged {
        None => Ok(base.clone()),
        Some(node) => Document::rendered(&node, name.to_owned()),
    }
}

fn keep<T>(read: Result<T, Vec<Diagnostic>>, found: &mut Vec<Diagnostic>) -> Option<T> {
    read.map_err(|diagnostics| found.extend(diagnostics)).ok()
}

fn document(path: &Path) -> Result<Document, Vec<Diagnostic>> {
    let source = read_source(path, Limits::default()).map_err(|diagnostic| vec![diagnostic])?;
    let node = parse(&source, Limits::default())?;
    Ok(Document { source, node })
}

/// A value, and the text it was read from.
type Placed<T> = (T, Arc<Source>);

/// Every `<name>.yaml` of a folder; nothing where the folder doesn't exist.
fn folder<T: serde::de::DeserializeOwned + JsonSchema>(
    dir: &Path,
) -> Result<BTreeMap<String, Placed<T>>, Vec<Diagnostic>> {
    let unreadable = |error: std::io::Error| {
        vec![Diagnostic::new(Code::Unreadable, format!("can't read the folder {}: {error}", dir.display()))]
    };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.sort();
    let (mut files, mut found) = (BTreeMap::new(), Vec::new());
    for path in paths {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        match (path.extension().and_then(|extension| extension.to_str()), stem) {
            (Some("yaml"), Some(stem)) => {
                let read = document(&path).and_then(|Document { source, node }| Ok((decode(&source, &node)?, source)));
                keep(read, &mut found).and_then(|file| files.insert(stem.to_owned(), file));
            }
            (Some("yml"), _) => {
                let message = format!("{} would not be read", path.display());
                found.push(Diagnostic::new(Code::InvalidValue, message).hint("let its name end in .yaml"));
            }
            _ => {}
        }
    }
    if found.is_empty() { Ok(files) } else { Err(found) }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String> + Clone) -> Diagnostic {
    let hint = suggestion(name, known.map(String::as_str));
    Diagnostic::new(Code::InvalidValue, format!("there is no {what} `{name}`")).hint(hint)
}
