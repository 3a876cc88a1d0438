//! What an inventory holds: the datasets, declared once.
//!
//! From this table follow the normaliser, the columns, the types that expressions are checked
//! against, the reference page, the properties that the export script asks for, and what LDAP
//! fills.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::expression::{Field as TypeField, RecordType, Type};

use super::model;

/// One kind of record: what a cmdlet lists.
#[derive(Debug)]
pub struct Dataset {
    /// Its place in [`all`].
    pub number: usize,
    /// Its name in expressions and files: `edge_services`.
    pub name: &'static str,
    /// What one record is called: `edge service`.
    pub record: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// The calls that fill it. `{host}`, `{domain}`, `{pool}` and `{user}` stand for what one call is about.
    pub calls: &'static [&'static str],
    /// How much one call sees.
    pub sees: Sees,
    /// The fields that identify a record among its like: the first that has a value does.
    pub identity: Vec<usize>,
    /// Whether only all of them together do: a certificate's host, use and thumbprint.
    pub identity_together: bool,
    /// The field that names the pool, or the service of a pool, that a record is homed on or depends on.
    pub pool: Option<usize>,
    /// Whether every property that came is kept below `settings`, also those that the table doesn't know.
    pub keeps_settings: bool,
    /// Its fields.
    pub fields: Vec<Field>,
    by_property: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

/// A property of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// The cmdlet's name for it in `snake_case`: `av_edge_external_fqdn`.
    pub name: String,
    /// The cmdlet's name for it: `AVEdgeExternalFqdn`.
    pub property: &'static str,
    /// Other names that versions or samples have for it.
    pub spellings: &'static [&'static str],
    /// What kind of value it holds.
    pub kind: Kind,
    /// What it says, with units.
    pub doc: &'static str,
    /// Whether documentation or a sample confirms the name. What is not confirmed is read when it comes.
    pub confirmed: bool,
    /// The attribute of the directory that holds it, if one does.
    pub attribute: Option<&'static str>,
    /// Whether it is worked out from other properties, and asked of nobody.
    pub derived: Option<Derivation>,
}

/// How a field that no cmdlet delivers follows from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// The pool in a service's identity: `UserServer:pool01.contoso.com` → `pool01.contoso.com`.
    PoolOf(&'static str),
    /// The scope of a policy's identity: `global`, `site`, `service` or `user`.
    ScopeOf(&'static str),
    /// The name without its scope: `Tag:RedmondConf` → `RedmondConf`.
    BareOf(&'static str),
    /// Every property that came and is none of the record's own bookkeeping.
    Settings,
}

/// How much of the deployment one call sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// All of it.
    Deployment,
    /// One host: certificates, Windows services, events.
    Host,
    /// One domain of the forest.
    Domain,
    /// One pool.
    Pool,
}

/// The kind of a value: how it is brought into one form, and what expressions may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text, compared to the letter.
    Text,
    /// A host, domain or other name that is compared folded.
    Name,
    /// A SIP address.
    Sip,
    /// A distinguished name.
    Dn,
    /// A GUID, lower case without braces.
    Guid,
    /// A security identifier: `S-1-5-…`.
    Sid,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A point in time.
    Time,
    /// A span of time, in seconds.
    Duration,
    /// A version, as text: `7.0.2046.0`.
    Version,
    /// The name of a per-user policy, without `Tag:`; none where site or global policies rule.
    Policy,
    /// The identity of a policy: `Global`, `Site:Redmond`, `Service:…` or `Tag:RedmondConf`.
    PolicyIdentity,
    /// A pool's name. A number instead of it is resolved through the record's home server.
    Pool,
    /// A service's identity: `Registrar:pool02.contoso.com`.
    Service,
    /// A site's identity: `Site:Redmond`.
    Site,
    /// One of a few words; a number is translated where the table knows it.
    Choice(&'static Choice),
    /// A list.
    List(&'static Kind),
    /// Whatever came, as it came.
    Any,
}

/// The words that a field may hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The words, each with the number that it is serialized as where that is known.
    pub words: &'static [(&'static str, Option<i64>)],
    /// Whether these are all of them. Where they are not, any other text stands for itself.
    pub closed: bool,
}

/// Every dataset there is.
#[must_use]
pub fn all() -> &'static [Dataset] {
    static ALL: LazyLock<Vec<Dataset>> =
        LazyLock::new(|| model::TABLES.iter().flat_map(|table| table.iter()).enumerate().map(resolve).collect());
    &ALL
}

/// The dataset of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Dataset> {
    static BY_NAME: LazyLock<HashMap<&'static str, usize>> =
        LazyLock::new(|| all().iter().map(|dataset| (dataset.name, dataset.number)).collect());
    all().get(*BY_NAME.get(name)?)
}

impl Dataset {
    /// The field of a name in expressions.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        let index = *self.by_name.get(name)?;
        Some((index, self.fields.get(index)?))
    }

    /// The field that a delivered property fills: by its name, another spelling, or the name in
    /// expressions, whatever the case.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<usize> {
        self.by_property.get(name).or_else(|| self.by_property.get(&name.to_ascii_lowercase())).copied()
    }

    /// Whether its records are objects of the directory, which live in one domain each.
    #[must_use]
    pub fn is_of_directory(&self) -> bool {
        self.by_name.contains_key("guid")
    }

    /// The properties that a source should deliver.
    pub fn asked(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.derived.is_none())
    }

    /// The type of its records in expressions.
    #[must_use]
    pub fn ty(&self) -> RecordType {
        let mut fields: Vec<TypeField> = self
            .fields
            .iter()
            .map(|field| TypeField { name: field.name.clone(), ty: field.ty(), doc: field.doc.to_owned() })
            .collect();
        fields.push(TypeField {
            name: SOURCES.to_owned(),
            ty: Type::list(Type::Text),
            doc: "The sources that had it.".to_owned(),
        });
        fields.push(TypeField { name: READ_AT.to_owned(), ty: Type::Time, doc: "When it was read.".to_owned() });
        RecordType {
            name: self.record.to_owned(),
            fields,
            identity: self.identity.first().and_then(|index| self.fields.get(*index)).map(|field| field.name.clone()),
        }
    }
}

/// The field of every record that lists the sources which had it.
pub const SOURCES: &str = "sources";
/// The field of every record that says when it was read.
pub const READ_AT: &str = "read_at";

impl Field {
    /// Its type in expressions. Anything may be null: only few properties are known never to be.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self.derived {
            Some(Derivation::Settings) => Type::Any,
            Some(Derivation::ScopeOf(_)) => {
                Type::Choice(["global", "site", "service", "user"].map(str::to_owned).into())
            }
            _ => self.kind.ty().or_null(),
        }
    }
}

impl Kind {
    /// The type of its values in expressions, without their null.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Text | Self::Sid | Self::Version => Type::Text,
            Self::Name
            | Self::Sip
            | Self::Dn
            | Self::Guid
            | Self::Policy
            | Self::PolicyIdentity
            | Self::Pool
            | Self::Service
            | Self::Site => Type::Name,
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Time => Type::Time,
            Self::Duration => Type::Float,
            Self::Choice(choice) if choice.closed => {
                Type::Choice(choice.words.iter().map(|(word, _)| (*word).to_owned()).collect())
            }
            Self::Choice(_) => Type::Text,
            Self::List(inner) => Type::list(inner.ty()),
            Self::Any => Type::Any,
        }
    }
}

/// The type of the root `inventory` in expressions, from the table alone.
#[must_use]
pub fn ty() -> Type {
    static TY: LazyLock<Arc<RecordType>> = LazyLock::new(|| {
        let fields = all().iter().map(|dataset| TypeField {
            name: dataset.name.to_owned(),
            ty: Type::list(Type::Record(Arc::new(dataset.ty()))),
            doc: dataset.doc.to_owned(),
        });
        let fields = fields.chain([parts_type(), disagreements_type()]).collect();
        Arc::new(RecordType { name: "inventory".to_owned(), fields, identity: None })
    });
    Type::Record(Arc::clone(&TY))
}

/// What was read, part by part: beside the datasets in the root `inventory`.
pub const PARTS: &str = "parts";
/// Where two sources differ: beside the datasets in the root `inventory`.
pub const DISAGREEMENTS: &str = "disagreements";

fn plain_record(name: &str, identity: Option<&str>, fields: &[(&str, Type, &str)]) -> Type {
    let fields = fields.iter().map(|(name, ty, doc)| TypeField {
        name: (*name).to_owned(),
        ty: ty.clone(),
        doc: (*doc).to_owned(),
    });
    Type::Record(Arc::new(RecordType {
        name: name.to_owned(),
        fields: fields.collect(),
        identity: identity.map(str::to_owned),
    }))
}

fn parts_type() -> TypeField {
    let part = plain_record(
        "part",
        None,
        &[
            ("dataset", Type::Text, "The dataset."),
            ("source", Type::Text, "The source."),
            ("call", Type::Text, "The cmdlet or query."),
            ("about", Type::Name.or_null(), "The host, domain or pool that it is about, where a call sees no more."),
            ("machine", Type::Name.or_null(), "The machine that asked."),
            ("caller", Type::Name.or_null(), "The account that asked."),
            ("domain_controller", Type::Name.or_null(), "The domain controller that was asked."),
            ("records", Type::Int, "How many records were read."),
            ("start", Type::Time.or_null(), "When the call began."),
            ("end", Type::Time.or_null(), "When it ended."),
            ("problems", Type::list(Type::Text), "Why it proves nothing, if it doesn't."),
        ],
    );
    TypeField { name: PARTS.to_owned(), ty: Type::list(part), doc: "What was read, part by part.".to_owned() }
}

fn disagreements_type() -> TypeField {
    let statement = plain_record(
        "statement",
        Some("source"),
        &[("source", Type::Text, "The source."), ("value", Type::Text, "What it says.")],
    );
    let disagreement = plain_record(
        "disagreement",
        Some("identity"),
        &[
            ("dataset", Type::Text, "The dataset."),
            ("identity", Type::Name, "The object."),
            ("field", Type::Text.or_null(), "The field; none where only one of the sources has the object."),
            ("values", Type::list(statement), "What each source says."),
        ],
    );
    TypeField {
        name: DISAGREEMENTS.to_owned(),
        ty: Type::list(disagreement),
        doc: "Where two sources say different things of one object.".to_owned(),
    }
}

/// The cmdlets' names in `snake_case`: a run of capitals is split before its last one, and a
/// digit goes with the letter before it. `AVEdgeExternalFqdn` → `av_edge_external_fqdn`,
/// `EnableP2PVideo` → `enable_p2p_video`.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    let mut before_upper = None;
    for (index, letter) in letters.iter().enumerate() {
        let upper = if letter.is_ascii_digit() { before_upper.unwrap_or(false) } else { letter.is_uppercase() };
        let lower_follows = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        let splits = match before_upper {
            None => false,
            Some(false) => upper,
            Some(true) => letter.is_uppercase() && lower_follows,
        };
        if splits && !out.ends_with('_') {
            out.push('_');
        }
        if *letter == '-' || *letter == ' ' {
            out.push('_');
        } else {
            out.extend(letter.to_lowercase());
        }
        before_upper = Some(upper);
    }
    out
}

fn resolve((number, row): (usize, &'static DatasetRow)) -> Dataset {
    let declared = row.groups.iter().flat_map(|group| group.iter());
    let mut fields: Vec<Field> = declared.map(resolve_field).collect();
    if row.keeps_settings {
        fields.push(resolve_field(&SETTINGS));
    }
    let mut by_property = HashMap::new();
    let mut by_name = HashMap::new();
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
    }
}

const SETTINGS: FieldRow = field("Settings", Kind::Any, "Every property that came, also those not listed here, but for the record's own bookkeeping (`identity`, `description`, …): what two versions of a policy are compared by.").derived(Derivation::Settings);

/// A dataset as the table declares it.
#[derive(Debug)]
pub(super) struct DatasetRow {
    name: &'static str,
    record: &'static str,
    doc: &'static str,
    calls: &'static [&'static str],
    sees: Sees,
    identity: &'static [&'static str],
    identity_together: bool,
    pool: Option<&'static str>,
    keeps_settings: bool,
    groups: &'static [&'static [FieldRow]],
}

/// A field as the table declares it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldRow {
    property: &'static str,
    spellings: &'static [&'static str],
    kind: Kind,
    doc: &'static str,
    confirmed: bool,
    attribute: Option<&'static str>,
    derived: Option<Derivation>,
}

/// Declares a dataset: its name, one record's name, the calls that fill it, and what it holds.
pub(super) const fn dataset(
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
        keeps_settings: false,
        groups: &[],
    }
}

impl DatasetRow {
    pub(super) const fn sees(mut self, sees: Sees) -> Self {
        self.sees = sees;
        self
    }

    pub(super) const fn identity(mut self, properties: &'static [&'static str]) -> Self {
        self.identity = properties;
        self
    }

    /// Only all of these together identify a record.
    pub(super) const fn together(mut self, properties: &'static [&'static str]) -> Self {
        self.identity = properties;
        self.identity_together = true;
        self
    }

    pub(super) const fn pool(mut self, property: &'static str) -> Self {
        self.pool = Some(property);
        self
    }

    pub(super) const fn settings(mut self) -> Self {
        self.keeps_settings = true;
        self
    }

    pub(super) const fn fields(mut self, groups: &'static [&'static [FieldRow]]) -> Self {
        self.groups = groups;
        self
    }
}

/// Declares a field: the cmdlet's name for it, its kind, and what it says.
pub(super) const fn field(property: &'static str, kind: Kind, doc: &'static str) -> FieldRow {
    FieldRow { property, spellings: &[], kind, doc, confirmed: true, attribute: None, derived: None }
}

impl FieldRow {
    pub(super) const fn also(mut self, spellings: &'static [&'static str]) -> Self {
        self.spellings = spellings;
        self
    }

    /// No source confirms the name.
    pub(super) const fn unconfirmed(mut self) -> Self {
        self.confirmed = false;
        self
    }

    pub(super) const fn attribute(mut self, attribute: &'static str) -> Self {
        self.attribute = Some(attribute);
        self
    }

    pub(super) const fn derived(mut self, derivation: Derivation) -> Self {
        self.derived = Some(derivation);
        self
    }
}

#[cfg(test)]
mod tests;
