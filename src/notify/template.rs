//! What is posted instead of the notice itself, in the shape that a chat or a ticket system
//! takes: a JSON or YAML file, parsed first, whose texts may have expressions in them.
//!
//! Since it is parsed before anything is put in, nothing that came from outside can change its
//! shape.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::notice::Notice;
use crate::diagnostic::{Diagnostic, Source};
use crate::expression::{Scope, Slots, Template, Type, Value};
use crate::yaml::{self, Limits, Node, NodeKind};

/// The shape of what is posted.
#[derive(Debug)]
pub struct NoticeTemplate {
    body: Part,
}

#[derive(Debug)]
enum Part {
    Constant(Json),
    Text(Template),
    List(Vec<Part>),
    Map(Vec<(String, Part)>),
}

impl NoticeTemplate {
    /// Reads one.
    ///
    /// # Errors
    /// All that is wrong with it, in the order of the file.
    pub fn load(path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let source = yaml::read_source(path, Limits::default()).map_err(|diagnostic| vec![diagnostic])?;
        Self::of_source(&source)
    }

    /// From a text that was read already.
    ///
    /// # Errors
    /// All that is wrong with it, in the order of the file.
    pub fn of_source(source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let node = yaml::parse(source, Limits::default())?;
        let mut found = Vec::new();
        let body = part(&node, source, &scope(), &mut found);
        if found.is_empty() { Ok(Self { body }) } else { Err(found) }
    }

    /// What is posted for a notice.
    ///
    /// # Errors
    /// An expression has no value.
    pub fn render(&self, notice: &Notice) -> Result<Json, String> {
        let json = serde_json::to_value(notice).map_err(|error| error.to_string())?;
        let source: Arc<str> = Arc::from("the notice");
        let Type::Record(record) = notice_type() else { return Err("a notice is no record".to_owned()) };
        let values: Vec<Result<Value, String>> = record
            .fields
            .iter()
            .map(|field| Ok(Value::from_json(json.get(&field.name).unwrap_or(&Json::Null), &field.ty, &source)))
            .collect();
        let slots = Slots { values: &values, now: Timestamp::UNIX_EPOCH };
        self.body.render(&slots)
    }
}

impl Part {
    fn render(&self, slots: &Slots<'_>) -> Result<Json, String> {
        Ok(match self {
            Self::Constant(json) => json.clone(),
            Self::Text(template) => template.eval(slots).map_err(|error| error.to_string())?.to_json(),
            Self::List(parts) => parts.iter().map(|part| part.render(slots)).collect::<Result<Vec<_>, _>>()?.into(),
            Self::Map(parts) => {
                let entries = parts.iter().map(|(key, part)| Ok((key.clone(), part.render(slots)?)));
                Json::Object(entries.collect::<Result<Map<_, _>, String>>()?)
            }
        })
    }
}

fn notice_type() -> &'static Type {
    static TYPE: OnceLock<Type> = OnceLock::new();
    TYPE.get_or_init(Type::of::<Notice>)
}

/// The names that expressions may read: the fields of a notice.
fn scope() -> Scope {
    let mut scope = Scope::default();
    if let Type::Record(record) = notice_type() {
        for field in &record.fields {
            scope.add(&field.name, field.ty.clone());
        }
    }
    scope
}

fn part(node: &Node, source: &Arc<Source>, scope: &Scope, found: &mut Vec<Diagnostic>) -> Part {
    match &node.kind {
        NodeKind::Text(text, _) => match Template::compile(text, scope) {
            Ok(template) => Part::Text(template),
            Err(flaws) => {
                found.extend(flaws.into_iter().map(|flaw| {
                    let range = node.place_inside(source, flaw.span.clone());
                    let diagnostic = Diagnostic::at(flaw.code, source, range, flaw.message);
                    match flaw.hint {
                        Some(hint) => diagnostic.hint(hint),
                        None => diagnostic,
                    }
                }));
                Part::Constant(Json::Null)
            }
        },
        NodeKind::List(items) => Part::List(items.iter().map(|item| part(item, source, scope, found)).collect()),
        NodeKind::Map(entries) => Part::Map(
            entries
                .iter()
                .filter_map(|(key, value)| Some((key.as_text()?.to_owned(), part(value, source, scope, found))))
                .collect(),
        ),
        _ => Part::Constant(node.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ExitCode;
    use crate::report::sample::{case, run};

    fn template(text: &str) -> Result<NoticeTemplate, Vec<Diagnostic>> {
        NoticeTemplate::of_source(&Arc::new(Source::new("chat.json", text)))
    }

    fn notice(message: &str) -> Notice {
        Notice::of_run(&run([case("a").fail().message(message), case("b")]), None, ExitCode::Failed)
    }

    #[test]
    fn texts_are_filled_in_and_what_is_all_expression_keeps_its_type() {
        let text = r#"{
            "title": "${answer} at ${environment}", "code": "${exit_code}", "worst": "${findings[0].key}",
            "color": "${'attention' if exit_code == 1 else 'good'}", "list": ["${runs}", 1, null, true],
            "literal": "${'${'}answer}"
        }"#;
        let body = template(text).expect("it is right").render(&notice("x")).expect("it has values");
        assert_eq!(
            body,
            serde_json::json!({
                "title": "FAILED at contoso", "code": 1, "worst": "a", "color": "attention",
                "list": [["20261122T190000-7f3a"], 1, null, true], "literal": "${answer}"
            })
        );
    }

    #[test]
    fn nothing_from_outside_changes_its_shape() {
        let evil = r#"", "admin": true, "x": "${exit_code}"#;
        let body = template(r#"{ "text": "${findings[0].message}" }"#).expect("right").render(&notice(evil));
        assert_eq!(body, Ok(serde_json::json!({ "text": evil })));
    }

    #[test]
    fn names_are_checked_when_it_is_loaded() {
        let found = template("{\n  \"a\": \"${headlin}\",\n  \"b\": \"${findings[0].keys}\"\n}").expect_err("wrong");
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("chat.json:2:") && told[0].contains("`headline`"), "{told:?}");
        assert!(told[1].contains("chat.json:3:") && told[1].contains("`key`"), "{told:?}");
        assert!(template("{ \"a\": ").is_err());
    }
}
