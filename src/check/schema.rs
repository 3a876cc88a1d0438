//! The JSON Schema of a check file as editors want it: with the parameters of every probe.

use schemars::{Schema, schema_for};
use serde_json::{Map, Value, json};

use super::file::SuiteFile;
use crate::observe::probes::PROBES;

/// The schema of a check file. What `observe` holds is raw for the parser, which reads it
/// with the probe's own schema; here it is spelled out.
#[must_use]
pub fn suite_schema() -> Schema {
    let mut schema = schema_for!(SuiteFile);
    let mut definitions = Map::new();
    let steps: Vec<Value> = PROBES
        .iter()
        .map(|probe| {
            let mut spec = (probe.spec_schema)().to_value();
            let inner = spec.as_object_mut().and_then(|spec| spec.remove("$defs"));
            if let Some(Value::Object(mut inner)) = inner {
                inner.values_mut().for_each(properties_or_templates);
                definitions.extend(inner);
            }
            if let Some(spec) = spec.as_object_mut() {
                spec.remove("$schema");
                spec.remove("title");
            }
            properties_or_templates(&mut spec);
            json!({
                "type": "object",
                "description": probe.summary,
                "properties": {probe.name: spec},
                "required": [probe.name],
                "additionalProperties": false,
            })
        })
        .collect();
    if let Some(root) = schema.as_object_mut() {
        if let Some(Value::Object(known)) = root.get_mut("$defs") {
            known.extend(definitions);
        }
        if let Some(observe) = root.get_mut("$defs").and_then(|all| all.pointer_mut("/CheckFile/properties/observe")) {
            *observe = json!({
                "description": observe.get("description").cloned().unwrap_or_default(),
                "type": "object",
                "additionalProperties": {"oneOf": steps},
            });
        }
    }
    schema
}

/// Each property of an object, a parameter's own fields like the parameters themselves.
fn properties_or_templates(schema: &mut Value) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut() {
            *property = or_template(property);
        }
    }
}

/// The parameter itself, or a text that becomes it when it runs.
fn or_template(schema: &Value) -> Value {
    let description = schema.get("description").cloned().unwrap_or_default();
    json!({"description": description, "anyOf": [schema, {"type": "string", "pattern": "\\$\\{"}]})
}
