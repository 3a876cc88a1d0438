//! What an inventory holds: the datasets, declared once.
//!
//! From this table follow the normaliser, the columns, the types that expressions are checked
//! against, the reference page, the properties that the export script asks for, and what LDAP
//! fills.

mod declare;
mod types;

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::model;

pub(super) use declare::{DatasetRow, FieldRow, dataset, field};
pub use types::{COMPARED, DISAGREEMENTS, PARTS, READ_AT, SOURCES, ty};
pub(crate) use types::{compared_type, disagreement_type};

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
    /// Whether the directory marks none of its objects, so that which belong to it is a guess there.
    pub guessed_in_directory: bool,
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
    /// Whether of a list the order counts: which rule is tried first, which usage is looked for first.
    pub in_order: bool,
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
    static ALL: LazyLock<Vec<Dataset>> = LazyLock::new(|| {
        model::TABLES.iter().flat_map(|table| table.iter()).enumerate().map(declare::resolve).collect()
    });
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

#[cfg(test)]
mod tests;
