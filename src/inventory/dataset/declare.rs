//! How the table is declared, and how its rows become datasets.

use hashbrown::HashMap;

use super::{Dataset, Derivation, Field, Kind, Sees, snake_case};

/// A dataset as the table declares it.
#[derive(Debug)]
pub(crate) struct DatasetRow {
    pub(super) name: &'static str,
    record: &'static str,
    doc: &'static str,
    calls: &'static [&'static str],
    sees: Sees,
    pub(super) identity: &'static [&'static str],
    identity_together: bool,
    pub(super) pool: Option<&'static str>,
    pub(super) guessed_in_directory: bool,
    keeps_settings: bool,
    groups: &'static [&'static [FieldRow]],
}

/// A field as the table declares it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldRow {
    property: &'static str,
    spellings: &'static [&'static str],
    kind: Kind,
    doc: &'static str,
    confirmed: bool,
    attribute: Option<&'static str>,
    derived: Option<Derivation>,
    in_order: bool,
}

/// Declares a dataset: its name, one record's name, the calls that fill it, and what it holds.
pub(crate) const fn dataset(
    name: &'static str,
    record: &'static str,
    calls: &'static [&'static str],
    doc: &'static str,
) -> DatasetRow {
    DatasetRow {
        name,
        record,
        doc,
        calls,
        sees: Sees::Deployment,
        identity: &["Identity"],
        identity_together: false,
        pool: None,
        guessed_in_directory: false,
        keeps_settings: false,
        groups: &[],
    }
}

impl DatasetRow {
    pub(crate) const fn sees(mut self, sees: Sees) -> Self {
        self.sees = sees;
        self
    }

    pub(crate) const fn identity(mut self, properties: &'static [&'static str]) -> Self {
        self.identity = properties;
        self
    }

    /// Only all of these together identify a record.
    pub(crate) const fn together(mut self, properties: &'static [&'static str]) -> Self {
        self.identity = properties;
        self.identity_together = true;
        self
    }

    pub(crate) const fn pool(mut self, property: &'static str) -> Self {
        self.pool = Some(property);
        self
    }

    /// The directory marks none of its objects: which belong to it is a guess there.
    pub(crate) const fn guessed_in_directory(mut self) -> Self {
        self.guessed_in_directory = true;
        self
    }

    pub(crate) const fn settings(mut self) -> Self {
        self.keeps_settings = true;
        self
    }

    pub(crate) const fn fields(mut self, groups: &'static [&'static [FieldRow]]) -> Self {
        self.groups = groups;
        self
    }
}

/// Declares a field: the cmdlet's name for it, its kind, and what it says.
pub(crate) const fn field(property: &'static str, kind: Kind, doc: &'static str) -> FieldRow {
    FieldRow { property, spellings: &[], kind, doc, confirmed: true, attribute: None, derived: None, in_order: false }
}

impl FieldRow {
    pub(crate) const fn also(mut self, spellings: &'static [&'static str]) -> Self {
        self.spellings = spellings;
        self
    }

    /// No source confirms the name.
    pub(crate) const fn unconfirmed(mut self) -> Self {
        self.confirmed = false;
        self
    }

    pub(crate) const fn attribute(mut self, attribute: &'static str) -> Self {
        self.attribute = Some(attribute);
        self
    }

    /// A list whose order counts.
    pub(crate) const fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    pub(crate) const fn derived(mut self, derivation: Derivation) -> Self {
        self.derived = Some(derivation);
        self
    }
}

pub(super) fn resolve((number, row): (usize, &'static DatasetRow)) -> Dataset {
    let declared = row.groups.iter().flat_map(|group| group.iter());
    let mut fields: Vec<Field> = declared.map(resolve_field).collect();
    if row.keeps_settings {
        fields.push(resolve_field(&SETTINGS));
    }
    let mut by_property = HashMap::default();
    let mut by_name = HashMap::default();
    for (index, field) in fields.iter().enumerate() {
        by_name.insert(field.name.clone(), index);
        if field.derived.is_some() {
            continue;
        }
        for spelling in std::iter::once(&field.property).chain(field.spellings) {
            by_property.entry((*spelling).to_owned()).or_insert(index);
            by_property.entry(spelling.to_ascii_lowercase()).or_insert(index);
        }
        by_property.entry(field.name.clone()).or_insert(index);
    }
    let find = |property: &&str| by_property.get(*property).copied();
    Dataset {
        number,
        name: row.name,
        record: row.record,
        doc: row.doc,
        calls: row.calls,
        sees: row.sees,
        identity: row.identity.iter().filter_map(find).collect(),
        identity_together: row.identity_together,
        pool: row.pool.as_ref().and_then(find),
        guessed_in_directory: row.guessed_in_directory,
        keeps_settings: row.keeps_settings,
        fields,
        by_property,
        by_name,
    }
}

fn resolve_field(row: &FieldRow) -> Field {
    Field {
        name: snake_case(row.property),
        property: row.property,
        spellings: row.spellings,
        kind: row.kind,
        doc: row.doc,
        confirmed: row.confirmed,
        attribute: row.attribute,
        derived: row.derived,
        in_order: row.in_order,
    }
}

const SETTINGS: FieldRow = field("Settings", Kind::Any, "Every property that came, also those not listed here, but for the record's own bookkeeping (`identity`, `description`, …): what two versions of a policy are compared by.").derived(Derivation::Settings);
