//! The recipes for CI servers and schedulers: each parses, has the settings without which its
//! server would not fail the job, and asks for nothing that the command line does not take.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser as _;
use poolproof::commands::Cli;
use poolproof::yaml::{Limits, Node, NodeKind, parse, read_source};
use quick_xml::events::Event;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci")
}

fn text(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("\r\n", "\n")
}

fn recipe(name: &str) -> String {
    text(&folder().join(name))
}

fn yaml(name: &str) -> Node {
    let source = read_source(&folder().join(name), Limits::default()).expect("read");
    parse(&Arc::clone(&source), Limits::default()).unwrap_or_else(|found| panic!("{name}: {}", found[0]))
}

/// The node at a path of keys and indexes.
fn at<'n>(node: &'n Node, path: &str) -> &'n Node {
    path.split('/').fold(node, |node, step| match (&node.kind, step.parse::<usize>()) {
        (NodeKind::List(items), Ok(index)) => &items[index],
        _ => node.get(step).unwrap_or_else(|| panic!("{path}: there is no {step}")),
    })
}

fn all_texts<'n>(node: &'n Node, into: &mut Vec<&'n str>) {
    match &node.kind {
        NodeKind::Text(text, _) => into.push(text),
        NodeKind::List(items) => items.iter().for_each(|item| all_texts(item, into)),
        NodeKind::Map(entries) => entries.iter().for_each(|(_, value)| all_texts(value, into)),
        _ => {}
    }
}

/// The words of each `poolproof …` line of a shell script, up to a redirection.
fn command_lines(script: &str) -> Vec<Vec<String>> {
    let script = script.replace("\\\n", " ");
    let lines = script.lines().map(str::trim).filter(|line| line.starts_with("poolproof "));
    lines.map(words).collect()
}

/// As a shell takes a line apart; what a server puts in stands for itself.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    let mut depth = 0_usize;
    for character in line.chars() {
        match (quote, character) {
            (None, '{') => (depth, begun) = (depth + 1, true),
            (None, '}') => depth = depth.saturating_sub(1),
            (None, '\'' | '"') => (quote, begun) = (Some(character), true),
            (Some(open), close) if open == close => quote = None,
            (None, '>' | '|' | '#' | ';' | '&') if !begun && depth == 0 => break,
            (None, ' ') if depth == 0 => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (_, character) => {
                word.push(character);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

fn accepted(of: &str, words: &[String]) {
    if let Err(error) = Cli::try_parse_from(words) {
        let help = matches!(error.kind(), clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion);
        assert!(help, "{of}: {words:?}: {error}");
    }
}

fn all_accepted(of: &str, lines: &[Vec<String>], least: usize) {
    assert!(lines.len() >= least, "{of}: {lines:?}");
    for words in lines {
        accepted(of, words);
    }
}

#[test]
fn yaml_recipes_parse_and_ask_for_what_there_is() {
    for (name, least) in [("github-actions.yml", 3), ("gitlab-ci.yml", 3), ("azure-pipelines.yml", 2)] {
        let node = yaml(name);
        let mut texts = Vec::new();
        all_texts(&node, &mut texts);
        let lines: Vec<Vec<String>> = texts.iter().flat_map(|text| command_lines(text)).collect();
        all_accepted(name, &lines, least);
    }
}

#[test]
fn github_keeps_the_reports_of_a_job_that_failed() {
    let node = yaml("github-actions.yml");
    let mut uploads = 0;
    for job in ["inside", "outside", "gate"] {
        let NodeKind::List(steps) = &at(&node, &format!("jobs/{job}/steps")).kind else { panic!("no steps") };
        for step in steps {
            assert!(step.get("continue-on-error").is_none(), "{job}");
            let uses = step.get("uses").and_then(Node::as_text).unwrap_or_default();
            if uses.starts_with("actions/upload-artifact") {
                assert_eq!(at(step, "if").as_text(), Some("always()"), "{job}");
                uploads += 1;
            }
            // What somebody typed is never part of a script.
            let run = step.get("run").and_then(Node::as_text).unwrap_or_default();
            assert!(!run.contains("${{"), "{run}");
        }
    }
    assert_eq!(uploads, 3);
}

#[test]
fn gitlab_keeps_the_report_and_lets_nothing_fail_quietly() {
    let node = yaml("gitlab-ci.yml");
    assert_eq!(at(&node, ".run/artifacts/when").as_text(), Some("always"));
    assert_eq!(at(&node, ".run/artifacts/reports/junit").as_text(), Some("junit.xml"));
    assert!(at(&node, ".run").get("allow_failure").is_none());
    assert_eq!(at(&node, "open-cutover-window/allow_failure").kind, NodeKind::Bool(false));
}

#[test]
fn azure_is_told_to_fail() {
    let node = yaml("azure-pipelines.yml");
    let NodeKind::List(steps) = &at(&node, "steps").kind else { panic!("no steps") };
    let publish = steps.iter().find(|step| step.get("task").is_some()).expect("results are published");
    for name in ["failTaskOnFailedTests", "failTaskOnMissingResultsFile"] {
        assert_eq!(at(publish, &format!("inputs/{name}")).kind, NodeKind::Bool(true), "{name}");
    }
    assert_eq!(at(publish, "condition").as_text(), Some("succeededOrFailed()"));
    assert!(steps.iter().all(|step| step.get("continueOnError").is_none()));
}

#[test]
fn jenkins_takes_the_exit_code() {
    let text = recipe("Jenkinsfile");
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |all, line| all + line + "\n");
    let (mut open, mut quoted) = (Vec::new(), false);
    for character in code.chars() {
        match character {
            '\'' => quoted = !quoted,
            '"' => assert!(quoted, "Groovy would put parameters in: {code}"),
            '{' | '(' | '[' if !quoted => open.push(character),
            '}' | ')' | ']' if !quoted => {
                let wanted = [('}', '{'), (')', '('), (']', '[')].into_iter().find(|(close, _)| *close == character);
                assert_eq!(open.pop(), wanted.map(|(_, open)| open), "{code}");
            }
            _ => {}
        }
    }
    assert!(open.is_empty() && !quoted, "{open:?}");
    assert!(!code.contains("returnStatus"), "{code}");
    let (_, post) = code.split_once("post {").expect("a post section");
    assert!(post.contains("always {") && post.contains("junit testResults: 'junit.xml', allowEmptyResults: false"));
    let scripts: Vec<&str> =
        code.lines().filter_map(|line| line.trim().strip_prefix("sh '")?.strip_suffix('\'')).collect();
    let lines: Vec<Vec<String>> = scripts.iter().flat_map(|script| command_lines(script)).collect();
    all_accepted("Jenkinsfile", &lines, 2);
}

#[test]
fn the_windows_task_is_xml_and_bounded() {
    let text = recipe("windows-task.xml");
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut path, mut values): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => path.push(String::from_utf8_lossy(tag.name().as_ref()).into_owned()),
            Event::Text(value) => {
                let value = value.decode().expect("UTF-8").trim().to_owned();
                if !value.is_empty() {
                    values.push((path.join("/"), value));
                }
            }
            Event::End(_) => drop(path.pop()),
            Event::Eof => break,
            _ => {}
        }
    }
    let value = |of: &str| values.iter().find(|(path, _)| path == of).unwrap_or_else(|| panic!("no {of}")).1.as_str();
    assert!(value("Task/Actions/Exec/Command").ends_with(r"\poolproof.exe"));
    let arguments = words(&format!("poolproof {}", value("Task/Actions/Exec/Arguments")));
    accepted("windows-task.xml", &arguments);
    // Task Scheduler tells nobody.
    assert!(arguments.iter().any(|word| word == "--notify"));
    assert_eq!(value("Task/Settings/ExecutionTimeLimit"), "PT1H");
    assert_eq!(value("Task/Settings/MultipleInstancesPolicy"), "IgnoreNew");
    // It is handed over as a string, which a declared encoding would contradict.
    assert!(text.starts_with("<?xml version=\"1.0\"?>"));
}

/// The settings of a unit file, by section.
fn unit(name: &str) -> Vec<(String, String, String)> {
    let (mut section, mut settings) = (String::new(), Vec::new());
    for line in recipe(name).lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(named) = line.strip_prefix('[') {
            named.strip_suffix(']').expect("a section").clone_into(&mut section);
        } else {
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{name}: {line}"));
            settings.push((section.clone(), key.to_owned(), value.to_owned()));
        }
    }
    settings
}

#[test]
fn the_systemd_unit_is_bounded_and_its_timer_starts_it() {
    let service = unit("systemd/poolproof.service");
    let setting = |key: &str| service.iter().find(|(_, known, _)| known == key).map(|(_, _, value)| value.as_str());
    assert_eq!((setting("Type"), setting("TimeoutStartSec")), (Some("oneshot"), Some("1h")));
    // A `-` before it, or a success status, would hide an exit code.
    let start = setting("ExecStart").expect("a command");
    assert!(start.starts_with("/usr/local/bin/poolproof ") && setting("SuccessExitStatus").is_none());
    accepted("poolproof.service", &words(start));
    let timer = unit("systemd/poolproof.timer");
    assert!(timer.iter().any(|(section, key, _)| section == "Timer" && key == "OnCalendar"));
    assert!(
        timer.iter().any(|(section, key, value)| section == "Install" && key == "WantedBy" && value == "timers.target")
    );
}

/// Every page, not the recipes alone.
#[test]
fn every_command_line_of_the_docs_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), folder().join("README.md")];
    let docs = std::fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|end| end == "md")));
    let mut seen = 0;
    for page in pages {
        let text = text(&page);
        // Every other part between fences is code.
        for block in text.split("```").skip(1).step_by(2).filter(|block| block.starts_with("sh\n")) {
            for words in command_lines(block).iter().filter(|words| !words.concat().contains('<')) {
                accepted(&page.display().to_string(), words);
                seen += 1;
            }
        }
    }
    assert!(seen > 15, "{seen}");
}
