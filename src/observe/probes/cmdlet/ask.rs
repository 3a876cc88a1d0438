//! How it is asked.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::diagnosis::Diagnosis;
use super::facts::CmdletFacts;
use super::latency::milliseconds;
use super::script::script;
use super::spec::CmdletSpec;
use crate::inventory::snake_case;
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::powershell::marks::{Line, Marker, NoiseKept};
use crate::powershell::{Flow, Shell, ShellError};
use crate::values::millis;

/// Most bytes of records that are kept.
const MOST_BYTES: usize = 4 << 20;

pub(super) async fn ask(spec: CmdletSpec, context: Context) -> Result<Answer<CmdletFacts>, ProbeError> {
    let started = Instant::now();
    let cmdlet = spec.name.0;
    let what = cmdlet.name;
    let Some(shell) = &context.network.shell else {
        let message = format!("{what}: there is no PowerShell at this vantage");
        return Err(ProbeError::new(ErrorClass::Unsupported, message));
    };
    let mut parameters = Map::new();
    for (name, value) in &spec.parameters {
        let refused = |message: String| ProbeError::new(ErrorClass::NotAsked, format!("{what}: {message}"));
        let parameter =
            cmdlet.parameter(name).ok_or_else(|| refused(format!("it takes no parameter `{name}` here")))?;
        let value = parameter.take(value).map_err(|misfit| refused(misfit.to_string()))?;
        if parameters.insert(parameter.name.to_owned(), value).is_some() {
            return Err(refused(format!("`{}` is given twice", parameter.name)));
        }
    }
    let shown = call(what, &parameters);
    let said = run(&shell.within(context.patience()), &spec, &parameters, &shown).await?;
    said.answer(&spec, shown, started.elapsed())
}

/// The call as a person would type it, for evidence.
fn call(name: &str, parameters: &Map<String, Value>) -> String {
    let parameter = |(name, value): (&String, &Value)| match value {
        Value::Bool(true) => format!(" -{name}"),
        Value::String(text) => format!(" -{name} {}", crate::powershell::template::literal(text)),
        other => format!(" -{name}:{other}"),
    };
    parameters.iter().map(parameter).fold(name.to_owned(), |call, one| call + &one)
}

/// What the script said.
#[derive(Default)]
struct Said {
    module: String,
    records: Vec<Value>,
    came: u64,
    bytes: usize,
    count: u64,
    errors: Vec<String>,
    warnings: Vec<String>,
    failed: Option<String>,
    noise: NoiseKept,
    complaints: Vec<String>,
}

async fn run(
    shell: &Shell,
    spec: &CmdletSpec,
    parameters: &Map<String, Value>,
    shown: &str,
) -> Result<Said, ProbeError> {
    let marker = Marker::new().map_err(|error| ProbeError::new(ErrorClass::Internal, error))?;
    let request = json!({
        "marker": marker.as_str(),
        "cmdlet": spec.name.0.name,
        "parameters": parameters,
        "most": spec.most,
    });
    let mut said = Said::default();
    let ended = shell.run(script(), &request, |line, whole| said.line(&marker, line, whole)).await;
    let failed = |class, message: String, complaints: Vec<String>| {
        let cause = complaints.first().map(|text| format!(": {}", crate::report::text::clip(text.trim(), 300)));
        ProbeError::new(class, format!("{shown}: {message}{}", cause.unwrap_or_default()))
    };
    let ended = ended.map_err(|failure| {
        let class = match &failure.error {
            ShellError::Start { .. } => ErrorClass::Unsupported,
            ShellError::Timeout { .. } | ShellError::Silence { .. } => ErrorClass::Timeout,
            ShellError::Line { .. } | ShellError::Output { .. } | ShellError::Refused(_) => ErrorClass::Protocol,
        };
        failed(class, failure.error.to_string(), failure.complaints())
    })?;
    said.complaints = ended.complaints();
    if let Some(error) = said.failed.take() {
        return Err(failed(ErrorClass::Unsupported, error, Vec::new()));
    }
    if !ended.whole {
        let code = ended.code.map_or(String::new(), |code| format!(", with exit code {code}"));
        return Err(failed(
            ErrorClass::Protocol,
            format!("{} ended in the middle{code}", shell.name()),
            said.complaints,
        ));
    }
    if said.came != said.count.min(u64::from(spec.most)) {
        let message = format!("{} records were sent and {} arrived", said.count.min(u64::from(spec.most)), said.came);
        return Err(failed(ErrorClass::Protocol, message, said.complaints));
    }
    if said.records.is_empty() && !said.errors.is_empty() {
        // Nothing beside an error proves nothing: not that there is nothing.
        return Err(failed(ErrorClass::Protocol, said.errors.join("; "), Vec::new()));
    }
    Ok(said)
}

impl Said {
    fn line(&mut self, marker: &Marker, line: &[u8], whole: bool) -> Result<Flow, String> {
        let read = if whole { marker.read(line)? } else { Some(Line::Noise(line)) };
        match read {
            None => {}
            Some(Line::Noise(line)) => self.noise.keep(line),
            Some(Line::Record(record)) => {
                self.came += 1;
                self.bytes += record.len();
                if self.bytes > MOST_BYTES {
                    return Err(format!("its records have more than {MOST_BYTES} bytes; ask for less with `most`"));
                }
                let value = serde_json::from_slice(record)
                    .map_err(|error| format!("record {} can't be read: {error}", self.came))?;
                self.records.push(value);
            }
            Some(Line::Mark(word, value)) => return Ok(self.mark(word, &value)),
        }
        Ok(Flow::More)
    }

    fn mark(&mut self, word: &str, value: &Value) -> Flow {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let texts = |key: &str| -> Vec<String> {
            let list = value.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(|text| crate::report::text::clip(text, 500).into_owned()).collect()
        };
        match word {
            "hello" => self.module = text("product"),
            "done" => {
                self.count = value.get("count").and_then(Value::as_u64).unwrap_or_default();
                self.errors = texts("errors");
                self.warnings = texts("warnings");
                return Flow::Last;
            }
            "failed" => {
                self.failed = Some(text("error"));
                return Flow::Last;
            }
            _ => {}
        }
        Flow::More
    }

    fn answer(self, spec: &CmdletSpec, shown: String, elapsed: Duration) -> Result<Answer<CmdletFacts>, ProbeError> {
        let evidence = self.evidence(shown);
        let name = spec.name.0.name;
        let results: Vec<&Map<String, Value>> = self.records.iter().filter_map(result).collect();
        let success =
            |record: &Map<String, Value>| word(record).is_some_and(|word| word.eq_ignore_ascii_case("Success"));
        let told = results.iter().find(|record| !success(record)).or(results.first()).copied();
        let get = |property: &str| told.and_then(|record| text(record, property));
        let mut unknown = Vec::new();
        match told {
            None => {
                let reason = format!("{name} shows no result");
                unknown.extend(OF_A_RESULT.map(|fact| (fact, reason.clone())));
            }
            Some(record) => {
                if word(record).is_none() {
                    let reason = format!("{name} shows a result that is no word");
                    unknown.extend([("result", reason.clone()), ("succeeded", reason)]);
                }
                let latency = field(record, "Latency");
                if latency.is_some_and(|value| !value.is_null() && milliseconds(value).is_none()) {
                    let reason =
                        format!("{name} shows a latency that is no span of time: {}", latency.unwrap_or(&Value::Null));
                    unknown.push(("latency_ms", reason));
                }
            }
        }
        if spec.name.0.tests() && self.records.is_empty() {
            return Err(ProbeError::new(ErrorClass::Protocol, format!("{name} showed nothing")));
        }
        // What was not shown may have failed: success is not of all of them. A failure stays one.
        let succeeded = results.iter().all(|record| success(record));
        if !results.is_empty() && succeeded {
            if !self.errors.is_empty() {
                let reason = format!("{name} shows success and errors: {}", self.errors.join("; "));
                unknown.push(("succeeded", reason));
            } else if self.count > self.came {
                let reason =
                    format!("{name} shows {} results, of which {} are kept: see `most`", self.count, self.came);
                unknown.push(("succeeded", reason));
            }
        }
        if !self.errors.is_empty() && !spec.name.0.tests() {
            let reason = format!("{name} listed some and then failed: {}", self.errors.join("; "));
            unknown.extend([("records", reason.clone()), ("count", reason)]);
        } else if self.count > self.came {
            let reason = format!("{name} listed {}, of which {} are kept: see `most`", self.count, self.came);
            unknown.push(("records", reason));
        }
        let facts = CmdletFacts {
            name: name.to_owned(),
            count: self.count,
            module: self.module.clone(),
            succeeded,
            result: told.and_then(word).unwrap_or_default(),
            target_fqdn: get("TargetFqdn"),
            target_uri: get("TargetUri"),
            latency_ms: told.and_then(|record| milliseconds(field(record, "Latency")?)),
            error: get("Error"),
            diagnosis: get("Diagnosis").as_deref().and_then(Diagnosis::read),
            warnings: self.warnings.clone(),
            records: self.records.iter().map(renamed).collect(),
            elapsed_ms: millis(elapsed),
        };
        Ok(Answer { unknown, evidence, ..Answer::of(facts) })
    }

    fn evidence(&self, shown: String) -> Vec<Evidence> {
        let mut evidence = vec![Evidence { label: "call".to_owned(), text: shown }];
        let records: Vec<String> = self.records.iter().take(10).map(|record| format!("{record:#}")).collect();
        let texts = [
            ("records", records.join("\n")),
            ("errors", self.errors.join("\n")),
            ("warnings", self.warnings.join("\n")),
            ("standard error", self.complaints.join("\n")),
            ("other output", self.noise.text().unwrap_or_default()),
        ];
        for (label, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            let text = crate::report::text::shorten(&text, 16 * 1024).into_owned();
            evidence.push(Evidence { label: label.to_owned(), text });
        }
        evidence
    }
}

/// The facts that are a result's.
const OF_A_RESULT: [&str; 7] = ["succeeded", "result", "target_fqdn", "target_uri", "latency_ms", "error", "diagnosis"];

/// The record, where it is a synthetic transaction's result.
fn result(record: &Value) -> Option<&Map<String, Value>> {
    record.as_object().filter(|record| field(record, "Result").is_some())
}

fn field<'a>(record: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    record.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A property's text; none where it is null or empty.
fn text(record: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match field(record, name)? {
        Value::String(text) => text.trim(),
        _ => return None,
    };
    (!text.is_empty()).then(|| text.to_owned())
}

/// The result's word. Which numbers stand for which is not known.
fn word(record: &Map<String, Value>) -> Option<String> {
    match field(record, "Result")? {
        Value::String(word) if !word.trim().is_empty() && word.parse::<i64>().is_err() => Some(word.trim().to_owned()),
        Value::Object(object) => text(object, "Value"),
        _ => None,
    }
}

/// The record as expressions name its properties.
fn renamed(record: &Value) -> Value {
    match record {
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (snake_case(name), value.clone())).collect())
        }
        other => other.clone(),
    }
}
