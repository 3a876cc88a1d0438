//! Where facts are read from in bulk, and who moves when.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::directory::LdapSource;
use crate::values::{Duration, Fqdn, SipAddress};
use crate::yaml::Spanned;

/// Where the inventory is read from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryFile {
    /// The sources. What several know of one object is joined; where they differ is a fact too.
    #[serde(default)]
    pub sources: Vec<SourceFile>,
    /// The inventory from before the change.
    pub baseline: Option<BaselineFile>,
    /// How old what was read may be: `default`, or by dataset. What is older proves nothing.
    #[serde(default)]
    pub max_age: BTreeMap<String, Duration>,
}

/// One source. Paths are relative to the environment file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SourceFile {
    /// A folder that the export script has written.
    Export(Spanned<String>),
    /// A topology document, as `Get-CsTopology -AsXml` or Topology Builder writes it.
    Topology(Spanned<String>),
    /// The export script, run through PowerShell (see `powershell`).
    Powershell(PowershellSource),
    /// The directory.
    Ldap(LdapSource),
}

/// What the export script is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PowershellSource {
    /// The datasets; the usual ones where none is named.
    pub datasets: Vec<String>,
    /// The domain controller that every call asks which can be told one.
    pub domain_controller: Option<String>,
    /// The hosts whose Windows services and events are read; the shell's own where none is named.
    pub computers: Vec<String>,
    /// The pools to ask about one by one; those with a Registrar where none is named.
    pub pools: Vec<String>,
    /// The Active Directory domains to ask about one by one; the shell's own where none is named.
    pub domains: Vec<String>,
}

/// An inventory from before the change. Paths are relative to the environment file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum BaselineFile {
    /// A file that `poolproof snapshot` has written.
    Snapshot(Spanned<String>),
    /// A folder that the export script has written.
    Export(Spanned<String>),
}

/// Users who move together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Its name.
    pub name: Spanned<String>,
    /// The target pool that they move to.
    pub to: Spanned<Fqdn>,
    /// How far it has come.
    #[serde(default)]
    pub state: WaveState,
    /// Who moves: a list of SIP addresses, `{ file: pilot.csv }`, or `{ where: <expression over user> }`.
    pub users: WaveUsers,
}

/// How far a wave has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaveState {
    /// Its users have not moved yet.
    #[default]
    Planned,
    /// Its users move next: what a move needs is asked of them now.
    Next,
    /// Its users have moved.
    Moved,
}

impl WaveState {
    /// As it is written in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Next => "next",
            Self::Moved => "moved",
        }
    }
}

/// Who moves.
#[derive(Clone, Debug)]
pub enum WaveUsers {
    /// These SIP addresses.
    List(Vec<Spanned<SipAddress>>),
    /// Those in a file, as spreadsheets write it; the path is relative to the environment file.
    File(Spanned<String>),
    /// Those for whom an expression over `user` is true.
    Where(Spanned<String>),
}

impl<'de> Deserialize<'de> for WaveUsers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrPlace;

        impl<'de> Visitor<'de> for ListOrPlace {
            type Value = WaveUsers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of SIP addresses, `{ file: … }` or `{ where: … }`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<WaveUsers, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(WaveUsers::List(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<WaveUsers, A::Error> {
                let found = match entries.next_key::<String>()?.as_deref() {
                    Some("file") => WaveUsers::File(entries.next_value()?),
                    Some("where") => WaveUsers::Where(entries.next_value()?),
                    _ => return Err(de::Error::custom("`file` or `where` is needed")),
                };
                match entries.next_key::<String>()? {
                    Some(_) => Err(de::Error::custom("either `file` or `where`, not both")),
                    None => Ok(found),
                }
            }
        }

        deserializer.deserialize_any(ListOrPlace)
    }
}

impl JsonSchema for WaveUsers {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WaveUsers".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Who moves.",
            "anyOf": [
                {"type": "array", "items": {"type": "string", "format": "sip-address"}},
                {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "file": {"type": "string", "description": "A list as spreadsheets write it."},
                        "where": {"type": "string", "description": "An expression over `user`."},
                    },
                },
            ],
        })
    }
}
