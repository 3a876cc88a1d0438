//! The record for people: one page that needs no script and asks the network for nothing.

use std::io;

use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::GateRecord;
use super::file::{blank, sealed};
use crate::gate::render::word;
use crate::gate::{Answer, Item, RunUsed, Standing};
use crate::report::Mode;
use crate::report::html::{STYLE, digest};
use crate::report::text::{line, printable, shorten};

const TEMPLATE: &str = include_str!("page.html");

/// How many things of a kind are told.
const ITEMS: usize = 200;
/// How many members, and pieces of evidence, of one thing are told.
const FEW: usize = 20;
/// How long a text may be, in bytes.
const LONGEST: usize = 4_000;

/// What a list shows, and how much it leaves to the other file.
#[derive(Serialize)]
struct List<T> {
    title: &'static str,
    tone: &'static str,
    shown: Vec<T>,
    left: usize,
}

#[derive(Serialize)]
struct Shown {
    key: String,
    title: String,
    label: String,
    message: String,
    more: Vec<String>,
    fix: Option<String>,
}

#[derive(Serialize)]
struct Leaning {
    name: String,
    told: String,
}

#[derive(Serialize)]
struct Facts {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct File {
    of: String,
    name: String,
    sha256: String,
}

/// The page of a record, its own digest in it.
///
/// # Errors
/// It can't be rendered.
pub fn page(record: &GateRecord) -> io::Result<String> {
    let answer = &record.answer;
    let mut engine = Environment::new();
    // A name that ends in `.html` makes the engine escape.
    engine.add_template("page.html", TEMPLATE).map_err(io::Error::other)?;
    let template = engine.get_template("page.html").map_err(io::Error::other)?;
    let tone = match answer.answer {
        Answer::Go => "pass",
        Answer::NoGo => "fail",
        Answer::Undecided => "error",
    };
    let context = context! {
        style => STYLE,
        style_hash => digest(STYLE),
        poolproof => text(&answer.poolproof),
        headline => text(&answer.headline()),
        tone,
        gate => text(&answer.gate),
        environment => text(&answer.environment),
        question => text(&answer.question),
        because => answer.because.as_deref().map(text),
        mock => answer.mode == Mode::Mock,
        facts => Serde(facts(record)),
        window => answer.window.as_ref().map(|window| text(&window.told())),
        open => Serde([
            items("Blockers, in the order in which to work through them", "fail", &answer.blockers),
            items("Not determined, in the order in which to work through them", "error", &answer.undetermined),
        ]),
        leaning => Serde([waivers(record), attestations(record), lesser(record)]),
        texts => Serde([
            texts("Not promised by this gate", &answer.not_promised),
            texts("To be known", &answer.remarks),
        ]),
        roll_back => Serde(texts("To roll back", &answer.roll_back)),
        counts => text(&answer.counts.told()),
        files => Serde(files(record)),
        record_digest => text(&record.digest),
        page_digest => blank(),
    };
    let text = template.render(context).map_err(io::Error::other)?;
    Ok(sealed(text).0)
}

fn text(raw: &str) -> String {
    printable(&shorten(raw, LONGEST)).into_owned()
}

fn facts(record: &GateRecord) -> Vec<Facts> {
    let answer = &record.answer;
    let fact = |name, value: String| Facts { name, value: text(&value) };
    let mut facts = vec![
        fact("Asked about", answer.scope()),
        fact("Phase", answer.phase.clone()),
        fact("Asked at", answer.asked_at.to_string()),
        fact("Asked by", format!("{} on {}", record.asked_by, answer.host)),
        fact("Good until", format!("{}, the end of {}", answer.valid_until, answer.ends_with)),
    ];
    facts.extend(answer.runs.iter().map(|run| fact("Rests on", told(run))));
    facts
}

fn told(run: &RunUsed) -> String {
    let vantages: Vec<String> = run.vantages.iter().map(ToString::to_string).collect();
    let from = if vantages.is_empty() { "nowhere".to_owned() } else { vantages.join(" and ") };
    format!("run {} from {from}, {} on {}", run.id, run.started, run.host)
}

fn limited<T, S>(title: &'static str, all: &[T], shown: impl Fn(&T) -> S) -> List<S> {
    List { title, tone: "", shown: all.iter().take(ITEMS).map(shown).collect(), left: all.len().saturating_sub(ITEMS) }
}

fn items(title: &'static str, tone: &'static str, all: &[Item]) -> List<Shown> {
    let list = limited(title, all, |item| {
        let mut more: Vec<String> = item.evidence.iter().take(FEW).map(|one| text(one)).collect();
        let waived = |by: &crate::report::Waived| format!(" (waived: {})", line(&by.ticket));
        more.extend(item.members.iter().take(FEW).map(|member| {
            let waived = member.waived.as_ref().map(waived).unwrap_or_default();
            format!("{}: {}{waived}", line(&member.key), text(&member.message))
        }));
        if item.members.len() > FEW {
            more.push(format!("… and {} more", item.members.len() - FEW));
        }
        if !item.holds_back.is_empty() {
            let first: Vec<&str> = item.holds_back.iter().take(FEW).map(String::as_str).collect();
            more.push(text(&format!("holds back {}: {}", item.holds_back.len(), first.join(", "))));
        }
        Shown {
            key: line(&item.key).into_owned(),
            title: text(&item.title),
            label: format!("{} {}", item.severity.as_str(), word(item.kind)),
            message: text(&item.message),
            more,
            fix: item.fix.as_deref().map(text),
        }
    });
    List { tone, ..list }
}

fn waivers(record: &GateRecord) -> List<Leaning> {
    limited("Waivers in force", &record.answer.waivers, |waiver| {
        let covers: Vec<&str> = waiver.covers.iter().take(FEW).map(String::as_str).collect();
        let (until, owner, ticket, reason) = (&waiver.until, &waiver.owner, &waiver.ticket, &waiver.reason);
        let covered = format!("covers {}: {}", waiver.covers.len(), covers.join(", "));
        Leaning {
            name: line(&waiver.case).into_owned(),
            told: text(&format!("until {until} by {owner} ({ticket}): {reason}; {covered}")),
        }
    })
}

fn attestations(record: &GateRecord) -> List<Leaning> {
    let good: Vec<_> = record.answer.attestations.iter().filter(|one| one.standing == Standing::Holds).collect();
    limited("Attested", &good, |one| {
        let [by, at, evidence, until] =
            [&one.by, &one.at, &one.evidence, &one.until].map(|text| text.as_deref().unwrap_or_default());
        Leaning {
            name: line(&one.item).into_owned(),
            told: text(&format!("{}; by {by}, {at}; {evidence}; until {until}", one.title)),
        }
    })
}

fn lesser(record: &GateRecord) -> List<Leaning> {
    limited("Does not hold, and does not stop this gate", &record.answer.lesser, |item| Leaning {
        name: line(&item.key).into_owned(),
        told: text(&format!("{} {}: {}", item.severity.as_str(), word(item.kind), item.message)),
    })
}

fn texts(title: &'static str, all: &[String]) -> List<String> {
    limited(title, all, |one| text(one))
}

/// Every file that the answer was made from.
fn files(record: &GateRecord) -> Vec<File> {
    let file = |of: &str, name: &str, sha256: &str| File { of: text(of), name: text(name), sha256: text(sha256) };
    let own = |of: &'static str, source: &crate::run::SourceText| {
        file(of, &source.name, &crate::inventory::sha256(source.text.as_bytes()))
    };
    let mut all = vec![file("environment", &record.environment_file.name, &record.environment_file.sha256)];
    all.extend(record.gates.iter().map(|source| own("gate", source)));
    all.extend(record.waivers.iter().map(|source| own("waivers", source)));
    all.extend(record.attestations.iter().map(|source| own("attestations", source)));
    for run in &record.evidence {
        all.extend(run.files.iter().map(|one| file(&format!("run {}", run.run), &one.name, &one.sha256)));
    }
    all.extend(record.answer.check_files.iter().map(|one| file("checks", &one.name, &one.sha256)));
    all
}
