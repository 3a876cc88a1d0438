//! What `inventory.yaml` may say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::Duration;
use crate::yaml::{Ordered, Raw, Spanned};

/// The inventory of a fixture.
///
/// Texts in `defaults` and `records` may hold `{…}`: a property of the same record
/// (`{SipAddress}`), which is not written where it begins in lower case, the record's key (`{key}`), the host, pool or domain that its part is
/// about (`{about}`), the `{dataset}`, a name from `values`, or one of `{guid}`, `{sid}`, `{thumbprint}`,
/// `{ago 30d}`, `{in 300d}`, `{ms ago 30d}`, `{null}`, `{missing}`. A brace is written twice.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryFile {
    /// The export's folder, as the environment file's `inventory.sources` names it.
    pub folder: String,
    /// The inventory from before the change: another folder, from another state.
    #[serde(default)]
    pub baseline: Option<BaselineFile>,
    /// What names in braces stand for: a value, or values by the value of a property
    /// (`{site:PoolFqdn}`), where `*` is any other.
    #[serde(default)]
    pub values: BTreeMap<String, Raw>,
    /// How the parts were read, by dataset; `default` for all that are not named.
    #[serde(default)]
    pub parts: BTreeMap<String, PartFile>,
    /// What each record of a dataset has, unless it says otherwise; by dataset.
    #[serde(default)]
    pub defaults: Ordered<Raw>,
    /// The records, by dataset and a key of their own. Where one call sees only one host, pool
    /// or domain, by that first. A dataset without records is an empty one; one that isn't
    /// here was not read.
    pub records: Ordered<Raw>,
    /// Datasets that hold the same objects as others: what the directory has of users. By
    /// dataset, and by the domain where one call sees one. Records of their own with the key of a
    /// copied one change it; `{missing}` in place of the record takes it away.
    #[serde(default)]
    pub copies: BTreeMap<String, BTreeMap<String, CopyFile>>,
    /// Further exports of the same deployment, by their folders as `inventory.sources` names
    /// them: what another source knows of the same objects.
    #[serde(default)]
    pub others: BTreeMap<String, OtherFile>,
}

/// Another export of the same deployment. Its `copies` may be of the first one's datasets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherFile {
    /// How the parts were read, by dataset; `default` for all that are not named.
    #[serde(default)]
    pub parts: BTreeMap<String, PartFile>,
    /// What each record of a dataset has, unless it says otherwise; by dataset.
    #[serde(default)]
    pub defaults: Ordered<Raw>,
    /// The records, by dataset and a key of their own.
    pub records: Ordered<Raw>,
    /// Datasets that hold the same objects as others.
    #[serde(default)]
    pub copies: BTreeMap<String, BTreeMap<String, CopyFile>>,
}

/// Records that are copied from other datasets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyFile {
    /// The datasets; of their records, those with a GUID.
    pub of: Vec<Spanned<String>>,
    /// The properties that are copied; all that both datasets have where there are none.
    #[serde(default)]
    pub only: Vec<String>,
    /// Properties that are not.
    #[serde(default)]
    pub without: Vec<String>,
    /// Properties that the copies have beside them.
    #[serde(default)]
    pub with: Option<Raw>,
}

/// One export's part of the file.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    pub(super) parts: &'a BTreeMap<String, PartFile>,
    pub(super) defaults: &'a Ordered<Raw>,
    pub(super) records: &'a Ordered<Raw>,
    pub(super) copies: &'a BTreeMap<String, BTreeMap<String, CopyFile>>,
}

impl InventoryFile {
    pub(super) fn section(&self) -> Section<'_> {
        let Self { parts, defaults, records, copies, .. } = self;
        Section { parts, defaults, records, copies }
    }
}

impl OtherFile {
    pub(super) fn section(&self) -> Section<'_> {
        let Self { parts, defaults, records, copies } = self;
        Section { parts, defaults, records, copies }
    }
}

/// The inventory from before the change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineFile {
    /// The export's folder, as the environment file's `inventory.baseline` names it.
    pub folder: String,
    /// The state that it is the inventory of; `base` for none.
    pub state: Spanned<String>,
    /// How long ago that was.
    pub age: Duration,
}

/// How a part was read, and what is wrong with it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartFile {
    /// The cmdlet, or the LDAP query; else the dataset's first.
    #[serde(default)]
    pub call: Option<String>,
    /// The deployment that it says it is of.
    #[serde(default)]
    pub environment: Option<String>,
    /// The account that asked.
    #[serde(default)]
    pub caller: Option<String>,
    /// The caller's roles.
    #[serde(default)]
    pub roles: Option<Vec<RoleFile>>,
    /// The domain controller that was asked.
    #[serde(default)]
    pub domain_controller: Option<String>,
    /// The machine that asked; a host is asked on itself.
    #[serde(default)]
    pub machine: Option<String>,
    /// The version of the module that answered.
    #[serde(default)]
    pub version: Option<String>,
    /// How long ago it was read.
    #[serde(default)]
    pub age: Option<Duration>,
    /// What went wrong.
    #[serde(default)]
    pub errors: Option<Vec<String>>,
    /// How many records it says there are.
    #[serde(default)]
    pub count: Option<u64>,
    /// Its hash is of something else.
    #[serde(default)]
    pub hash: Option<WrongHash>,
    /// What its manifest doesn't say. One without `end` was not finished.
    #[serde(default)]
    pub without: Option<Vec<ManifestKey>>,
    /// Its file ends in the middle.
    #[serde(default)]
    pub truncated: Option<bool>,
    /// It was not read at all.
    #[serde(default)]
    pub missing: Option<bool>,
    /// How its file is encoded.
    #[serde(default)]
    pub encoding: Option<Encoding>,
    /// How its records are put together.
    #[serde(default)]
    pub form: Option<Form>,
    /// What differs for one host, pool or domain.
    #[serde(default)]
    pub about: BTreeMap<String, PartFile>,
}

/// A role of the caller's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleFile {
    /// Its name.
    pub name: String,
    /// What it is limited to.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What a manifest may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the manifest's own")]
pub enum ManifestKey {
    Environment,
    Caller,
    Roles,
    DomainController,
    Machine,
    Version,
    Count,
    Start,
    End,
    Bytes,
    Sha256,
}

/// How a hash is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WrongHash {
    /// It is another file's.
    Wrong,
}

/// How a file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8 without a mark, as the export script writes it.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-8 with a mark.
    #[serde(rename = "utf-8-bom")]
    Utf8Bom,
    /// UTF-16, little endian, with a mark, as `Out-File` writes it.
    #[serde(rename = "utf-16")]
    Utf16,
}

/// How records are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// One a line, as the export script writes them.
    Lines,
    /// An array, as `ConvertTo-Json` writes several.
    Array,
    /// `{"value":[…],"Count":n}`, as becomes of deserialised collections.
    Wrapped,
}

impl PartFile {
    /// This, with what a more general one says where this doesn't.
    pub(super) fn over(&self, general: &Self) -> Self {
        Self {
            call: self.call.clone().or_else(|| general.call.clone()),
            environment: self.environment.clone().or_else(|| general.environment.clone()),
            caller: self.caller.clone().or_else(|| general.caller.clone()),
            roles: self.roles.clone().or_else(|| general.roles.clone()),
            domain_controller: self.domain_controller.clone().or_else(|| general.domain_controller.clone()),
            machine: self.machine.clone().or_else(|| general.machine.clone()),
            version: self.version.clone().or_else(|| general.version.clone()),
            age: self.age.or(general.age),
            errors: self.errors.clone().or_else(|| general.errors.clone()),
            count: self.count.or(general.count),
            hash: self.hash.or(general.hash),
            without: self.without.clone().or_else(|| general.without.clone()),
            truncated: self.truncated.or(general.truncated),
            missing: self.missing.or(general.missing),
            encoding: self.encoding.or(general.encoding),
            form: self.form.or(general.form),
            about: BTreeMap::new(),
        }
    }
}
