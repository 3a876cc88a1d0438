//! The words that are kept: those of Poolproof's own formats, and those of the prose of its
//! own checks and formats, which messages are made of.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::check::{Catalogue, suite_schema};
use crate::environment::EnvironmentFile;
use crate::expression::{FILTERS, TESTS, Type};
use crate::facts::{environment_type, inventory_type, user_type};
use crate::inventory::dataset;
use crate::observe::probes::PROBES;
use crate::powershell::cmdlets::CMDLETS;
use crate::report::RunResult;
use crate::waivers::WaiversFile;
use crate::yaml::{Limits, Node, NodeKind, parse};

/// What expressions, topologies, directories and protocols are written with, and no table lists.
const BESIDES: &str = "and or not in is none true false if else null sip sips tel ext smtp http https ldap cn ou dc \
    global tag site service registrar builtin com net org local internal external poolproof localhost \
    csviewonlyadministrator csadministrator rtcuniversalreadonlyadmins rtcuniversalserveradmins \
    rtcuniversaluseradmins rtcuniversal search \
    header judged used settled_after_ms gathered selected suites allowed about waves baseline run by joined digest at";

/// Keys of check files whose values are prose.
const PROSE: [&str; 8] = ["title", "because", "source", "otherwise", "fix", "allow_empty", "doc", "reason"];

/// Words, in lower case.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Those that verdicts hang on.
    pub(super) kept: HashSet<String>,
    /// Those that messages are made of.
    pub(super) prose: HashSet<String>,
}

/// A text's words: letters, digits and underscores.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !is_of_word(char)).filter(|word| !word.is_empty())
}

pub(super) fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

impl Words {
    pub(super) fn of_poolproof() -> &'static Self {
        static WORDS: LazyLock<Words> = LazyLock::new(Words::collected);
        &WORDS
    }

    fn collected() -> Self {
        let mut all = Self::default();
        all.keep(BESIDES);
        let schemas = [suite_schema(), schemars::schema_for!(EnvironmentFile)];
        let more = [schemars::schema_for!(RunResult), schemars::schema_for!(WaiversFile)];
        let probes = PROBES.iter().flat_map(|probe| [(probe.spec_schema)(), (probe.facts_schema)()]);
        for schema in schemas.into_iter().chain(more).chain(probes) {
            all.schema(&schema.to_value());
        }
        for probe in PROBES {
            all.keep(probe.name);
        }
        for about in FILTERS.iter().map(|one| &one.about).chain(TESTS.iter().map(|one| &one.about)) {
            all.keep(about.name);
        }
        for cmdlet in CMDLETS {
            all.keep(cmdlet.name);
            cmdlet.parameters.iter().for_each(|parameter| all.keep(parameter.name));
        }
        let mut seen = HashSet::new();
        for ty in [environment_type(), inventory_type(), user_type()] {
            all.ty(&ty, &mut seen);
        }
        for dataset in dataset::all() {
            all.keep(dataset.name);
            all.say(dataset.doc);
            dataset.calls.iter().for_each(|call| all.keep(call));
            for field in &dataset.fields {
                all.keep(&field.name);
                all.keep(field.property);
                field.spellings.iter().for_each(|spelling| all.keep(spelling));
                all.say(field.doc);
                all.ty(&field.ty(), &mut seen);
            }
        }
        let shipped = Catalogue::load(&[]).unwrap_or_default();
        for suite in &shipped.suites {
            if let Ok(node) = parse(&suite.source, Limits::default()) {
                all.suite(&node, false);
            }
        }
        all
    }

    fn keep(&mut self, text: &str) {
        self.kept.extend(words(text).map(str::to_lowercase));
    }

    fn say(&mut self, text: &str) {
        self.prose.extend(words(text).map(str::to_lowercase));
    }

    /// The names and choices of a schema, and what it says of them.
    fn schema(&mut self, schema: &Json) {
        match schema {
            Json::Array(items) => items.iter().for_each(|item| self.schema(item)),
            Json::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("description" | "title", Json::String(text)) => self.say(text),
                        ("const", Json::String(text)) => self.keep(text),
                        ("enum", Json::Array(choices)) => {
                            choices.iter().filter_map(Json::as_str).for_each(|choice| self.keep(choice));
                        }
                        ("properties" | "$defs", Json::Object(fields)) => {
                            for (name, field) in fields {
                                self.keep(name);
                                self.schema(field);
                            }
                        }
                        (_, value) => self.schema(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn ty(&mut self, ty: &Type, seen: &mut HashSet<String>) {
        match ty {
            Type::Choice(choices) => choices.iter().for_each(|choice| self.keep(choice)),
            Type::List(inner) | Type::Nullable(inner) => self.ty(inner, seen),
            Type::Record(record) if seen.insert(record.name.clone()) => {
                for field in &record.fields {
                    self.keep(&field.name);
                    self.ty(&field.ty, seen);
                }
            }
            _ => {}
        }
    }

    /// A shipped suite: what its expressions and questions are made of, and its prose.
    fn suite(&mut self, node: &Node, prose: bool) {
        match &node.kind {
            NodeKind::Text(text, _) if prose => self.say(text),
            NodeKind::Text(text, _) => self.keep(text),
            NodeKind::List(items) => items.iter().for_each(|item| self.suite(item, prose)),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    let key = key.as_text().unwrap_or_default();
                    self.keep(key);
                    self.suite(value, prose || PROSE.contains(&key));
                }
            }
            _ => {}
        }
    }
}

/// Whether a key's value is prose.
pub(super) fn is_prose(key: &str) -> bool {
    PROSE.contains(&key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::observe::Line;
    use crate::report::SkipReason;

    /// A word that stands in a question to a directory, or in any name, is one of the journal's own all the same.
    #[test]
    fn what_the_journal_itself_is_written_with_is_kept() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let lines = [
            Line::Header { version: 1, run: Json::Null },
            Line::Judged {
                case: String::new(),
                used: BTreeMap::new(),
                settled_after_ms: Some(1),
                skipped: Some(SkipReason::NotDue),
            },
            Line::Finished { at, interrupted: false },
        ];
        for line in lines {
            let Ok(Json::Object(members)) = serde_json::to_value(&line) else { panic!("{line:?} is no object") };
            for word in members.keys().flat_map(|key| words(key)) {
                assert!(Words::of_poolproof().kept.contains(word), "{word} of {line:?}");
            }
        }
    }

    #[test]
    fn what_verdicts_hang_on_is_kept_and_no_sample_name_is() {
        let words = Words::of_poolproof();
        for word in ["lyncdiscover", "_sipfederationtls", "registrar_pool", "noerror", "endingwith", "legacy", "tag"] {
            assert!(words.kept.contains(word), "{word}");
        }
        for name in ["contoso", "northwind", "fabrikam", "redmond", "dublin", "pool01"] {
            assert!(!words.kept.contains(name), "{name} is somebody's");
        }
        assert!(words.prose.contains("answer"));
    }
}
