//! A record as expressions see it: a handle into the columns.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::dataset::{self, Dataset, Derivation, READ_AT, SOURCES};
use super::store::{Inventory, Table, cell};
use crate::expression::{FactRecord, ListKind, Lookup, Numbering, Place, Reading, Record, Value};

/// One record of an inventory. Cheap to copy: it is a place, not the values.
#[derive(Clone)]
pub struct Row {
    inventory: Arc<Inventory>,
    dataset: u32,
    number: u32,
}

impl Row {
    pub(crate) fn new(inventory: &Arc<Inventory>, dataset: usize, row: usize) -> Self {
        // Tables and rows are counted in 32 bits where they are filled.
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { inventory: Arc::clone(inventory), dataset: narrow(dataset), number: narrow(row) }
    }

    fn table(&self) -> Option<(&'static Dataset, &Table)> {
        self.inventory.dataset(self.dataset as usize)
    }

    /// The inventory that it is a record of.
    #[must_use]
    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    /// The dataset that it is a record of.
    #[must_use]
    pub fn dataset(&self) -> &'static str {
        self.table().map_or("", |(dataset, _)| dataset.name)
    }

    /// Its place in the dataset.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number as usize
    }

    /// The value of a field: known, null included, or unknown with the reason.
    #[must_use]
    pub fn field(&self, name: &str) -> Lookup {
        let Some((dataset, table)) = self.table() else { return Lookup::Missing };
        let row = self.number as usize;
        match dataset.field(name) {
            Some((field, _)) => {
                let Some(column) = table.column(field).filter(|column| !cell::is_unknown(column.get(row))) else {
                    return Lookup::Unknown(self.why(field));
                };
                column.lookup(row, || table.label(row, self.inventory.parts()))
            }
            None if name == SOURCES => Lookup::Known(self.sources()),
            None if name == READ_AT => match self.read_at() {
                Some(at) => Lookup::Known(Value::Time(at)),
                None => Lookup::Unknown(format!("{} did not say when it was read", self.label())),
            },
            None => Lookup::Missing,
        }
    }

    /// The record of another dataset, or another inventory, that has in one of its fields what this
    /// one has in one of its own, names folded. None where this one has nothing there.
    ///
    /// # Errors
    /// Why it is not known what this one has.
    pub(crate) fn find_in(
        &self,
        other: &Arc<Inventory>,
        place: (&str, &str),
        own: &str,
    ) -> Result<Option<Self>, String> {
        let Some((dataset, table)) = self.table() else { return Ok(None) };
        let Some((field, _)) = dataset.field(own) else { return Ok(None) };
        let bytes = table.cell(self.number as usize, field);
        if cell::is_unknown(bytes) {
            return Err(self.why(field));
        }
        let mut key = Vec::new();
        if !cell::key_into(bytes, &mut key) {
            return Ok(None);
        }
        Ok(other.find_key(place.0, place.1, &key))
    }

    /// Writes what records are joined by in a field; false where there is nothing, or it is unknown.
    pub(crate) fn key_into(&self, field: &str, out: &mut Vec<u8>) -> bool {
        let Some((dataset, table)) = self.table() else { return false };
        dataset.field(field).is_some_and(|(field, _)| cell::key_into(table.cell(self.number as usize, field), out))
    }

    /// Writes a name as it is compared; false where there is none.
    ///
    /// # Errors
    /// Why it is not known.
    pub(crate) fn folded(&self, field: &str, out: &mut String) -> Result<bool, String> {
        out.clear();
        let Some((dataset, table)) = self.table() else { return Ok(false) };
        let Some((field, _)) = dataset.field(field) else { return Ok(false) };
        let bytes = table.cell(self.number as usize, field);
        if cell::is_unknown(bytes) {
            return Err(self.why(field));
        }
        Ok(cell::fold_onto(bytes, out))
    }

    /// Why a field is unknown.
    pub(crate) fn why(&self, field: usize) -> String {
        let Some((dataset, table)) = self.table() else { return "there is no such record".to_owned() };
        let name = dataset.fields.get(field).map_or("", |field| field.name.as_str());
        match cell::lookup(table.cell(self.number as usize, field), &self.label().into()) {
            Lookup::Unknown(reason) => format!("{}.{name}: {reason}", dataset.name),
            _ => format!("{}.{name} is known", dataset.name),
        }
    }

    /// What messages call its source.
    fn label(&self) -> String {
        self.table().map_or_else(String::new, |(_, table)| {
            table.label(self.number as usize, self.inventory.parts()).to_string()
        })
    }

    /// When it was read: by the oldest of its parts.
    fn read_at(&self) -> Option<jiff::Timestamp> {
        let (_, table) = self.table()?;
        let parts = self.inventory.parts();
        table.origin(self.number as usize).map(|part| parts.get(part)?.manifest.read_at()).min().flatten()
    }

    fn sources(&self) -> Value {
        let Some((_, table)) = self.table() else { return Value::Null };
        let mut sources: Vec<usize> = table
            .origin(self.number as usize)
            .filter_map(|part| self.inventory.parts().get(part))
            .map(|part| part.source)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        let name = |source: usize| self.inventory.sources().get(source).map(|source| source.to_string().into());
        Value::List(sources.into_iter().filter_map(name).map(Value::Text).collect())
    }

    /// Why its own values are not to be relied on: a part that it came in is not what was written.
    pub(crate) fn flaw(&self) -> Option<String> {
        let (_, table) = self.table()?;
        let parts = self.inventory.parts();
        table.origin(self.number as usize).filter_map(|part| parts.get(part)).find_map(|part| {
            let problem = part.problems.first()?;
            Some(format!("{}: {problem}", part.label))
        })
    }

    /// Every property that came, also what can't be read: fields under their own names, and what
    /// the table doesn't know under its settings' names.
    pub(crate) fn delivered(&self) -> Vec<(String, Lookup)> {
        let Some((dataset, table)) = self.table() else { return Vec::new() };
        let (row, source) = (self.number as usize, Arc::from(self.label()));
        let mut all = Vec::new();
        let mut settings = Vec::new();
        for (index, field) in dataset.fields.iter().enumerate() {
            let bytes = table.cell(row, index);
            if field.derived == Some(Derivation::Settings) {
                let kept = cell::entries(bytes);
                settings.extend(kept.map(|(name, value)| (name.to_owned(), cell::lookup(value, &source))));
            } else if bytes != cell::NOT_DELIVERED {
                all.push((field.name.clone(), cell::lookup(bytes, &source)));
            }
        }
        settings.retain(|(name, _)| !all.iter().any(|(field, _)| field == name));
        all.extend(settings);
        all
    }

    /// As messages show it: the first of its identifying fields that has a value.
    pub(crate) fn shown(&self) -> String {
        self.identity().map_or_else(|| format!("record {}", self.number + 1), |identity| identity.to_string())
    }
}

impl Record for Row {
    fn get(&self, name: &str) -> Lookup {
        self.field(name)
    }

    /// The identity: of users the SIP address, else the GUID. Where several fields together
    /// identify a record (a certificate by host, use and thumbprint), all of them.
    fn identity(&self) -> Option<Value> {
        let (_, table) = self.table()?;
        table.identity(self.number as usize).map(|text| Value::Name(text.into()))
    }

    fn has_identity(&self) -> bool {
        self.table().is_some_and(|(_, table)| table.has_identity(self.number as usize))
    }

    fn place(&self) -> Option<Place> {
        let list = ListKind { of: Arc::as_ptr(&self.inventory).addr(), list: self.dataset as usize, seen: 0 };
        Some(Place { list, row: self.number as usize })
    }

    fn numbering(&self, path: &[String], _: Reading) -> Option<Numbering> {
        let (dataset, table) = self.table()?;
        let (field, _) = dataset.field(path.first()?)?;
        let Some(column) = table.column(field) else {
            // What nobody delivered is as unknown of one as of another.
            return Some(Box::new(|_, numbers| {
                numbers.push(0);
                true
            }));
        };
        column.values()?;
        let (inventory, dataset) = (Arc::clone(&self.inventory), self.dataset as usize);
        Some(Box::new(move |row, numbers| {
            let column = inventory.dataset(dataset).and_then(|(_, table)| table.column(field));
            let code = column.and_then(|column| column.code(row)).and_then(|code| u32::try_from(code).ok());
            numbers.extend(code);
            code.is_some()
        }))
    }

    fn source(&self) -> &str {
        let part = self.table().and_then(|(_, table)| table.origin(self.number as usize).next());
        part.and_then(|part| self.inventory.parts().get(part)).map_or("the inventory", |part| &part.label)
    }

    fn fields(&self) -> Vec<(String, Value)> {
        let Some((dataset, _)) = self.table() else { return Vec::new() };
        let names = dataset.fields.iter().map(|field| field.name.as_str()).chain([SOURCES, READ_AT]);
        let known = names.filter_map(|name| match self.field(name) {
            Lookup::Known(value) => Some((name.to_owned(), value)),
            Lookup::Unknown(_) | Lookup::Missing => None,
        });
        known.collect()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.dataset(), self.shown())
    }
}

/// The root of expressions.
pub(crate) struct Root(pub(crate) Arc<Inventory>);

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("inventory")
    }
}

impl Record for Root {
    fn get(&self, name: &str) -> Lookup {
        match name {
            dataset::PARTS => Lookup::Known(self.parts()),
            // What was not read may differ: no disagreement is known of it, which is not that there is none.
            dataset::DISAGREEMENTS => match self.0.undecided() {
                Some(reason) => Lookup::Unknown(reason),
                None => Lookup::Known(self.disagreements(None)),
            },
            dataset::COMPARED => Lookup::Known(self.compared()),
            name => self.0.list(name),
        }
    }

    fn identity(&self) -> Option<Value> {
        None
    }

    fn source(&self) -> &'static str {
        "the inventory"
    }

    /// None: a report never holds all of it.
    fn fields(&self) -> Vec<(String, Value)> {
        Vec::new()
    }
}

impl Root {
    fn parts(&self) -> Value {
        let source: Arc<str> = "the inventory".into();
        let text = |text: &str| Value::Text(text.into());
        let maybe = |of: Option<&String>| of.map_or(Value::Null, |of| Value::Name(of.as_str().into()));
        let time = |at: Option<jiff::Timestamp>| at.map_or(Value::Null, Value::Time);
        let record = |part: &super::store::PartRead| {
            let manifest = &part.manifest;
            let from = self.0.sources().get(part.source).map(ToString::to_string).unwrap_or_default();
            let problems = part.problems.iter().chain(&manifest.errors).map(|problem| text(problem));
            let fields = [
                ("dataset", text(&manifest.dataset)),
                ("source", text(&from)),
                ("call", text(&manifest.call)),
                ("about", maybe(manifest.about.as_ref())),
                ("machine", maybe(manifest.machine.as_ref())),
                ("caller", maybe(manifest.caller.as_ref())),
                ("domain_controller", maybe(manifest.domain_controller.as_ref())),
                ("records", Value::Int(i64::try_from(part.records).unwrap_or(i64::MAX))),
                ("start", time(manifest.start)),
                ("end", time(manifest.end)),
                ("problems", Value::List(problems.collect())),
            ];
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Value::Record(Arc::new(FactRecord::of_values(fields, &source)))
        };
        Value::List(self.0.parts().iter().map(record).collect())
    }

    /// The datasets that more than one source delivered.
    fn compared(&self) -> Value {
        let source: Arc<str> = "the inventory".into();
        let several = |dataset: &&Dataset| {
            let of = |part: &&super::store::PartRead| part.manifest.dataset == dataset.name;
            let mut sources = self.0.parts().iter().filter(of).map(|part| part.source);
            sources.next().is_some_and(|first| sources.any(|other| other != first))
        };
        let record = |dataset: &Dataset| {
            let mut fields = vec![("name".to_owned(), Value::Text(dataset.name.into()))];
            let mut unknown = BTreeMap::new();
            match self.0.doubt(dataset.name) {
                None => fields.push((dataset::DISAGREEMENTS.to_owned(), self.disagreements(Some(dataset.name)))),
                Some(reason) => drop(unknown.insert(dataset::DISAGREEMENTS.to_owned(), reason)),
            }
            let facts = FactRecord::of_values(fields, &source).without(unknown);
            let facts = match dataset::compared_type() {
                Some(ty) => facts.of_type(ty),
                None => facts,
            };
            Value::Record(Arc::new(facts))
        };
        Value::List(dataset::all().iter().filter(several).map(record).collect())
    }

    fn disagreements(&self, dataset: Option<&str>) -> Value {
        let source: Arc<str> = "the inventory".into();
        let facts = |fields: Vec<(&str, Value)>| {
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            FactRecord::of_values(fields, &source)
        };
        let record = |fields| Value::Record(Arc::new(facts(fields)));
        let ty = super::dataset::disagreement_type();
        let disagreement = |fields| match &ty {
            Some(ty) => Value::Record(Arc::new(facts(fields).of_type(Arc::clone(ty)))),
            None => record(fields),
        };
        let text = |text: &str| Value::Text(text.into());
        let one = |of: &super::store::Disagreement| {
            let values =
                of.values.iter().map(|said| record(vec![("source", text(&said.source)), ("value", text(&said.value))]));
            let field = of.field.as_deref().unwrap_or("presence");
            disagreement(vec![
                ("key", text(&format!("{} {} {field}", of.dataset, of.identity))),
                ("dataset", text(&of.dataset)),
                ("identity", Value::Name(of.identity.as_str().into())),
                ("field", of.field.as_deref().map_or(Value::Null, text)),
                ("values", Value::List(values.collect())),
            ])
        };
        let wanted = self.0.disagreements().iter().filter(|of| dataset.is_none_or(|dataset| of.dataset == dataset));
        Value::List(wanted.map(one).collect())
    }
}
