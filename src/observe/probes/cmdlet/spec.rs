//! The question.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::powershell::cmdlets::{self, Cmdlet};

/// Calls one listed cmdlet once. Nobody signs in: there is no parameter for a credential.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CmdletSpec {
    /// The cmdlet, as it stands: no `${…}`. One that leaves a trace needs its `effects` in the check.
    pub name: CmdletName,
    /// Its parameters, by name: `{ TargetFqdn: "${pool.fqdn}" }`. A switch is `true`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Most records that are kept, 100 where it isn't given; `count` tells of all.
    #[serde(default = "most", skip_serializing_if = "is_most")]
    #[schemars(range(min = 1, max = 1000))]
    pub most: u32,
}

const fn most() -> u32 {
    100
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_most(given: &u32) -> bool {
    *given == most()
}

/// The name of a listed cmdlet.
#[derive(Clone, Copy)]
pub struct CmdletName(pub &'static Cmdlet);

impl fmt::Debug for CmdletName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Serialize for CmdletName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for CmdletName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        let unlisted = || serde::de::Error::custom(format!("`{name}` is not among the listed cmdlets"));
        cmdlets::named(&name).map(Self).ok_or_else(unlisted)
    }
}

impl JsonSchema for CmdletName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CmdletName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = cmdlets::CMDLETS.iter().map(|cmdlet| cmdlet.name).collect();
        json_schema!({"type": "string", "enum": names, "description": "The name of a listed cmdlet."})
    }
}
