//! The answer for job summaries and change tickets.

use std::io::{self, Write};

use super::word;
use crate::gate::{GateAnswer, Item, Standing};
use crate::report::Mode;
use crate::report::markdown::{code, escaped};

/// How many things of a kind are told.
const ITEMS: usize = 50;
/// How many members, and pieces of evidence, of one thing are told.
const FEW: usize = 5;

/// Writes the answer as Markdown.
///
/// # Errors
/// What the writer says.
pub fn markdown(answer: &GateAnswer, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mock = if answer.mode == Mode::Mock { ", a mock deployment" } else { "" };
    writeln!(out, "# {}\n", escaped(&answer.headline()))?;
    writeln!(
        out,
        "{} {}, {}{mock}, {}, phase {}.\n",
        escaped(&answer.question),
        code(&answer.gate),
        escaped(&answer.environment),
        escaped(&answer.scope()),
        escaped(&answer.phase)
    )?;
    writeln!(
        out,
        "Asked at {} on {}. Good until {}, the end of {}.",
        answer.asked_at,
        escaped(&answer.host),
        answer.valid_until,
        escaped(&answer.ends_with)
    )?;
    for run in &answer.runs {
        let vantages: Vec<String> = run.vantages.iter().map(ToString::to_string).collect();
        let from = escaped(&vantages.join(" and "));
        writeln!(out, "Rests on {} from {from}, {}.", code(&run.id), run.started)?;
    }
    if let Some(window) = &answer.window {
        writeln!(out, "\n**{}**", escaped(&window.told()))?;
    }
    items("Blockers, in the order in which to work through them", &answer.blockers, out)?;
    items("Not determined, in the order in which to work through them", &answer.undetermined, out)?;
    let waivers = answer.waivers.iter().map(|waiver| {
        let covers: Vec<String> = waiver.covers.iter().take(FEW).map(|key| code(key)).collect();
        let more = if waiver.covers.len() > FEW { ", …" } else { "" };
        format!(
            "{} until {} by {} ({}): {}; covers {}: {}{more}",
            code(&waiver.case),
            escaped(&waiver.until),
            escaped(&waiver.owner),
            escaped(&waiver.ticket),
            escaped(&waiver.reason),
            waiver.covers.len(),
            covers.join(", ")
        )
    });
    list("Waivers in force", waivers, out)?;
    let attested = answer.attestations.iter().filter(|one| one.standing == Standing::Holds).map(|one| {
        let [by, at, evidence, until] =
            [&one.by, &one.at, &one.evidence, &one.until].map(|text| escaped(text.as_deref().unwrap_or_default()));
        format!("{} {}: {by}, {at}; {evidence}; until {until}", code(&one.item), escaped(&one.title))
    });
    list("Attested", attested, out)?;
    let lesser = answer.lesser.iter().map(|item| format!("{}: {}", code(&item.key), escaped(&item.message)));
    list("Does not hold, and does not stop this gate", lesser, out)?;
    list("Not promised by this gate", answer.not_promised.iter().map(|text| escaped(text)), out)?;
    list("To be known", answer.remarks.iter().map(|text| escaped(text)), out)?;
    if !answer.roll_back.is_empty() {
        writeln!(out, "\n## To roll back\n")?;
        // Nobody takes half a step back: all of it, in its order.
        for (index, command) in answer.roll_back.iter().enumerate() {
            writeln!(out, "{}. {}", index + 1, code(command))?;
        }
    }
    writeln!(out, "\n{}", escaped(&answer.counts.told()))
}

fn items(title: &str, items: &[Item], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {title}\n")?;
    for (index, item) in items.iter().take(ITEMS).enumerate() {
        writeln!(
            out,
            "{}. {} ({}) {}: {}",
            index + 1,
            code(&item.key),
            item.severity.as_str(),
            word(item.kind),
            escaped(&item.message)
        )?;
        for one in item.evidence.iter().take(FEW) {
            writeln!(out, "   - {}", escaped(one))?;
        }
        for member in item.members.iter().take(FEW) {
            writeln!(out, "   - {}: {}", code(&member.key), escaped(&member.message))?;
        }
        if item.members.len() > FEW {
            writeln!(out, "   - … and {} more", item.members.len() - FEW)?;
        }
        if let Some(fix) = &item.fix {
            writeln!(out, "   - fix: {}", code(fix))?;
        }
    }
    more(items.len(), out)
}

fn list(title: &str, entries: impl Iterator<Item = String>, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let entries: Vec<String> = entries.collect();
    let all = entries.len();
    if all == 0 {
        return Ok(());
    }
    writeln!(out, "\n## {title}\n")?;
    for entry in entries.iter().take(ITEMS) {
        writeln!(out, "- {entry}")?;
    }
    more(all, out)
}

fn more(all: usize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    if all > ITEMS { writeln!(out, "\n… and {} more: see record.json.", all - ITEMS) } else { Ok(()) }
}
