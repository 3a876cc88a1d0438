//! `inventory.yaml` → parts: which calls were made, and what each answered.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::super::render::Document;
use super::file::{CopyFile, InventoryFile, PartFile, Section};
use super::filling::{Filler, Written, is_local};
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::inventory::{Dataset, Sees, dataset};
use crate::values::fold;
use crate::yaml::{Node, NodeKind, Raw};

/// What remoting adds to every record.
const REMOTING: [&str; 3] = ["PSComputerName", "RunspaceId", "PSShowComputerName"];

/// The name of what all parts have among `parts`.
const DEFAULT: &str = "default";

/// A record and its key.
type Record = (String, Map<String, Json>);

/// The parts of one export, and its path; none for the first, which the file itself names.
type OfExport = (Option<String>, Vec<Part>);

/// One call and its answer.
pub(super) struct Part {
    pub(super) dataset: &'static Dataset,
    /// The host, pool or domain that it is about.
    pub(super) about: Option<String>,
    /// The records, by their keys.
    pub(super) records: Vec<Record>,
    /// How it was read.
    pub(super) how: PartFile,
}

impl Part {
    /// Puts records before its own, which change those of the same key.
    fn lay_over(&mut self, mut below: Vec<Record>) {
        for (key, own) in std::mem::take(&mut self.records) {
            match below.iter_mut().find(|(other, _)| *other == key) {
                Some((_, record)) => record.extend(own),
                None => below.push((key, own)),
            }
        }
        self.records = below;
    }
}

/// What stands in the place of a record that is not there.
const GONE: &str = "{missing}";

/// All parts of an inventory's exports, as seen at `now`: of the first, which has no path of its
/// own here, and of the others by their paths.
pub(super) fn all(file: &InventoryFile, document: &Document, now: Timestamp) -> Result<Vec<OfExport>, Vec<Diagnostic>> {
    let first = of_section(file, file.section(), document, &document.node, &[], now)?;
    let mut others = Vec::new();
    for (path, other) in &file.others {
        let node = document.node.get("others").and_then(|others| others.get(path)).unwrap_or(&document.node);
        others.push((Some(path.clone()), of_section(file, other.section(), document, node, &first, now)?));
    }
    Ok(std::iter::once((None, first)).chain(others).collect())
}

fn of_section(
    file: &InventoryFile,
    section: Section<'_>,
    document: &Document,
    node: &Node,
    first: &[Part],
    now: Timestamp,
) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let mut parts = Parts {
        section,
        document,
        node,
        first,
        filler: Filler { values: &file.values, source: &document.source, now, found: Vec::new() },
        made: Vec::new(),
    };
    parts.hows();
    for (name, Raw(node)) in &section.defaults.0 {
        if let Some(dataset) = parts.dataset(&name.value, &name.range) {
            parts.properties(dataset, node);
        }
    }
    for (name, Raw(node)) in &section.records.0 {
        if let Some(dataset) = parts.dataset(&name.value, &name.range) {
            parts.of_dataset(dataset, node);
        }
    }
    parts.copies();
    for part in &mut parts.made {
        part.records.retain(|(_, record)| !record.contains_key(GONE));
    }
    if parts.filler.found.is_empty() { Ok(parts.made) } else { Err(parts.filler.found) }
}

struct Parts<'a> {
    section: Section<'a>,
    document: &'a Document,
    /// Where the section stands.
    node: &'a Node,
    /// What may be copied beside its own.
    first: &'a [Part],
    filler: Filler<'a>,
    made: Vec<Part>,
}

impl Parts<'_> {
    fn tell(&mut self, range: &std::ops::Range<usize>, message: String, hint: String) {
        let diagnostic = Diagnostic::at(Code::InvalidValue, &self.document.source, range.clone(), message).hint(hint);
        self.filler.found.push(diagnostic);
    }

    fn dataset(&mut self, name: &str, range: &std::ops::Range<usize>) -> Option<&'static Dataset> {
        let known = dataset::named(name);
        if known.is_none() {
            let hint = suggestion(name, dataset::all().iter().map(|dataset| dataset.name));
            self.tell(range, format!("there is no dataset `{name}`"), hint);
        }
        known
    }

    /// Whether `parts` names only what there is.
    fn hows(&mut self) {
        let section = self.node.get("parts").map(Node::entries).unwrap_or_default();
        for (key, how) in section {
            let Some(name) = key.as_text().filter(|name| *name != DEFAULT) else { continue };
            if self.dataset(name, &key.range).is_none() {
                continue;
            }
            let records = self.section.records.0.iter().find(|(dataset, _)| dataset.value == name);
            let Some((_, Raw(records))) = records else {
                self.tell(&key.range, format!("there are no records of `{name}`"), "add them, or `{}`".to_owned());
                continue;
            };
            for (about, _) in how.get("about").map(Node::entries).unwrap_or_default() {
                let name = about.as_text().unwrap_or_default();
                if records.get(name).is_none() {
                    let hint = suggestion(name, records.entries().iter().filter_map(|(about, _)| about.as_text()));
                    self.tell(&about.range, format!("there is no part about `{name}`"), hint);
                }
            }
        }
    }

    /// Whether a record has only properties that its dataset has.
    fn properties(&mut self, dataset: &'static Dataset, record: &Node) {
        if !matches!(record.kind, NodeKind::Map(_)) {
            let message = format!("a {} is a mapping, and this is {}", dataset.record, record.describe());
            self.tell(&record.range, message, "write its properties: `{ Identity: … }`".to_owned());
            return;
        }
        for (key, _) in record.entries() {
            let name = key.as_text().unwrap_or_default();
            if is_local(name) {
                continue;
            }
            if !dataset.keeps_settings && dataset.property(name).is_none() && !REMOTING.contains(&name) {
                let hint = suggestion(name, dataset.fields.iter().map(|field| field.property));
                self.tell(&key.range, format!("a {} has no property `{name}`", dataset.record), hint);
            }
        }
    }

    fn of_dataset(&mut self, dataset: &'static Dataset, node: &Node) {
        if !matches!(node.kind, NodeKind::Map(_)) {
            let message = format!("`{}` is a mapping, and this is {}", dataset.name, node.describe());
            return self.tell(&node.range, message, "give each record a key; `{}` where there are none".to_owned());
        }
        if dataset.sees == Sees::Deployment {
            return self.part(dataset, None, node);
        }
        for (about, records) in node.entries() {
            self.part(dataset, about.as_text(), records);
        }
    }

    fn part(&mut self, dataset: &'static Dataset, about: Option<&str>, node: &Node) {
        let how = self.how(dataset, about);
        let defaults = self.section.defaults.0.iter().find(|(name, _)| name.value == dataset.name);
        let defaults = defaults.map(|(_, Raw(node))| node.entries()).unwrap_or_default();
        let mut records = Vec::new();
        for (key, own) in node.entries() {
            let key = key.as_text().unwrap_or_default();
            if own.as_text() == Some(GONE) {
                records.push((key.to_owned(), Map::from_iter([(GONE.to_owned(), Json::Null)])));
                continue;
            }
            self.properties(dataset, own);
            let record = self.filler.record(&Written { dataset, key, about, own: own.entries(), defaults });
            records.push((key.to_owned(), record));
        }
        self.made.push(Part { dataset, about: about.map(str::to_owned), records, how });
    }

    /// Adds what is copied from other datasets, below what the datasets say themselves.
    fn copies(&mut self) {
        for (name, by_about) in self.section.copies {
            let places = self.node.get("copies");
            let place = places.and_then(|places| places.get(name)).map_or(0..0, |node| node.range.clone());
            let Some(dataset) = self.dataset(name, &place) else { continue };
            for (about, copy) in by_about {
                let about = (dataset.sees != Sees::Deployment).then_some(about.as_str());
                let copied = self.copied(dataset, about, copy);
                let part = self
                    .made
                    .iter_mut()
                    .find(|part| part.dataset.number == dataset.number && part.about.as_deref() == about);
                if let Some(part) = part {
                    part.lay_over(copied);
                    continue;
                }
                let of = about.map(|about| format!(" about `{about}`")).unwrap_or_default();
                let hint = "add it to `records`, `{}` if it has none of its own".to_owned();
                self.tell(&place, format!("there is no part of `{name}`{of} to copy into"), hint);
            }
        }
    }

    /// The records of other datasets, as far as a dataset has their properties.
    fn copied(&mut self, dataset: &'static Dataset, about: Option<&str>, copy: &CopyFile) -> Vec<Record> {
        let taken = |name: &str| {
            let is = |listed: &String| listed == name;
            dataset.property(name).is_some()
                && (copy.only.is_empty() || copy.only.iter().any(is))
                && !copy.without.iter().any(is)
        };
        let mut copied: Vec<Record> = Vec::new();
        for of in &copy.of {
            let Some(of) = self.dataset(&of.value, &of.range) else { continue };
            let made = self.first.iter().chain(&self.made).filter(|part| part.dataset.number == of.number);
            for (key, record) in made.flat_map(|part| &part.records) {
                // Of an object that several datasets have, once is enough.
                if record.contains_key("Guid") && !copied.iter().any(|(other, _)| other == key) {
                    let properties = record.iter().filter(|(name, _)| taken(name));
                    let properties = properties.map(|(name, value)| (name.clone(), value.clone())).collect();
                    copied.push((key.clone(), properties));
                }
            }
        }
        if let Some(Raw(with)) = &copy.with {
            self.properties(dataset, with);
            for (key, record) in &mut copied {
                let with = Written { dataset, key, about, own: with.entries(), defaults: &[] };
                record.extend(self.filler.record(&with));
            }
        }
        copied
    }

    fn how(&self, dataset: &Dataset, about: Option<&str>) -> PartFile {
        let nothing = PartFile::default();
        let default = self.section.parts.get(DEFAULT).unwrap_or(&nothing);
        let own = self.section.parts.get(dataset.name).unwrap_or(&nothing);
        let narrow = own.about.iter().find(|(name, _)| about.is_some_and(|about| fold(about) == fold(name)));
        narrow.map_or(&nothing, |(_, how)| how).over(&own.over(default))
    }
}
