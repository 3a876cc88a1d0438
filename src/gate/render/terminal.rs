//! The answer for somebody who has to decide now: the answer, what stands in the way and
//! how to mend it, and what the answer leans on.

use std::fmt::Write as _;

use super::word;
use crate::gate::{Answer, GateAnswer, Item, Standing};
use crate::report::Mode;
use crate::report::terminal::Style;
use crate::report::text::{clip, line};
use anstyle::{AnsiColor, Style as Paint};

/// How many things of a kind are shown.
const MOST: usize = 40;
/// How many members and pieces of evidence of one thing are shown.
const FEW: usize = 5;

/// The answer as text for a terminal.
#[must_use]
pub fn terminal(answer: &GateAnswer, style: &Style) -> String {
    let mut page = Page { text: String::new(), style };
    let paint = match answer.answer {
        Answer::Go => AnsiColor::Green,
        Answer::NoGo => AnsiColor::Red,
        Answer::Undecided => AnsiColor::Yellow,
    };
    page.painted(paint.on_default().bold(), &answer.headline());
    let mock = if answer.mode == Mode::Mock { " · a mock deployment" } else { "" };
    page.line(&format!("{} · {}{mock} · {}", answer.gate, answer.environment, answer.scope()));
    page.line(&answer.question);
    page.head(answer);
    page.items("Blockers, in the order in which to work through them", &answer.blockers);
    page.items("Not determined, in the order in which to work through them", &answer.undetermined);
    page.leaning(answer);
    page.items("Does not hold, and does not stop this gate", &answer.lesser);
    page.list("Not promised by this gate", &answer.not_promised);
    page.list("Remarks", &answer.remarks);
    if !answer.roll_back.is_empty() {
        page.line("");
        page.line("To roll back:");
        for (index, command) in answer.roll_back.iter().enumerate() {
            page.whole(&format!("  {}. {command}", index + 1));
        }
    }
    page.line("");
    page.line(&answer.counts.told());
    page.text
}

struct Page<'a> {
    text: String,
    style: &'a Style,
}

impl Page<'_> {
    fn head(&mut self, answer: &GateAnswer) {
        for run in &answer.runs {
            let vantages: Vec<String> = run.vantages.iter().map(ToString::to_string).collect();
            let joined = match run.joined.len() {
                0 => String::new(),
                several => format!(", joined from {several} runs"),
            };
            self.line(&format!("rests on {} from {} at {}{joined}", run.id, vantages.join(", "), run.started));
        }
        let (at, until, end) = (answer.asked_at, answer.valid_until, &answer.ends_with);
        self.line(&format!("asked at {at}, good until {until}, the end of {end}"));
        if let Some(window) = &answer.window {
            self.painted(AnsiColor::Yellow.on_default().bold(), &window.told());
        }
    }

    fn items(&mut self, title: &str, items: &[Item]) {
        if items.is_empty() {
            return;
        }
        self.line("");
        self.line(&format!("{title}:"));
        let mut groups: Vec<Vec<&Item>> = Vec::new();
        for item in items {
            match groups.iter_mut().find(|group| group.first().is_some_and(|first| alike(first, item))) {
                Some(group) => group.push(item),
                None => groups.push(vec![item]),
            }
        }
        let (mut number, mut left_out) = (0, 0);
        for group in &groups {
            match group.as_slice() {
                _ if number >= MOST => left_out += group.len(),
                [first, _, _, ..] => {
                    number += 1;
                    self.several(number, first, group);
                }
                few => {
                    for item in few {
                        number += 1;
                        self.item(number, item);
                    }
                }
            }
        }
        if left_out > 0 {
            self.line(&format!("  … and {left_out} more: see the answer's JSON"));
        }
    }

    /// What is mended by one and the same step, all of it by name.
    fn several(&mut self, number: usize, first: &Item, all: &[&Item]) {
        let (severity, kind) = (first.severity.as_str(), word(first.kind));
        self.line(&format!("  {number}. {} cases ({severity}): each {kind}", all.len()));
        self.line(&format!("     {}", first.message));
        let keys: Vec<&str> = all.iter().map(|item| item.key.as_str()).collect();
        self.whole(&format!("     {}", keys.join(", ")));
        if let Some(fix) = &first.fix {
            self.whole(&format!("     fix: {fix}"));
        }
    }

    fn item(&mut self, number: usize, item: &Item) {
        self.line(&format!("  {number}. {} ({}): {}", item.key, item.severity.as_str(), word(item.kind)));
        self.line(&format!("     {}", item.message));
        for one in item.evidence.iter().take(FEW) {
            self.painted(Paint::new().dimmed(), &format!("     {one}"));
        }
        for member in item.members.iter().take(FEW) {
            self.line(&format!("     {}: {}", member.key, member.message));
        }
        if item.members.len() > FEW {
            self.line(&format!("     … and {} more", item.members.len() - FEW));
        }
        if !item.holds_back.is_empty() {
            let more = item.holds_back.len();
            let shown: Vec<&str> = item.holds_back.iter().take(FEW).map(String::as_str).collect();
            let rest = if more > FEW { format!(", … and {} more", more - FEW) } else { String::new() };
            self.line(&format!("     holds back {}{rest}", shown.join(", ")));
        }
        if let Some(fix) = &item.fix {
            self.whole(&format!("     fix: {fix}"));
        }
    }

    /// Waivers and attestations.
    fn leaning(&mut self, answer: &GateAnswer) {
        if !answer.waivers.is_empty() {
            self.line("");
            self.line("Waivers in force:");
            for waiver in &answer.waivers {
                let (owner, ticket, until) = (&waiver.owner, &waiver.ticket, &waiver.until);
                self.line(&format!("  {} until {until} by {owner} ({ticket}): {}", waiver.case, waiver.reason));
                let covers: Vec<&str> = waiver.covers.iter().take(FEW).map(String::as_str).collect();
                self.line(&format!("     covers {}: {}", waiver.covers.len(), covers.join(", ")));
            }
        }
        let good: Vec<_> = answer.attestations.iter().filter(|one| one.standing == Standing::Holds).collect();
        if !good.is_empty() {
            self.line("");
            self.line("Attested:");
            for one in good {
                let [by, at, evidence, until] =
                    [&one.by, &one.at, &one.evidence, &one.until].map(|text| text.as_deref().unwrap_or_default());
                self.line(&format!("  {}: {by}, {at}, {evidence}; until {until}", one.item));
            }
        }
    }

    fn list(&mut self, title: &str, texts: &[String]) {
        if texts.is_empty() {
            return;
        }
        self.line("");
        self.line(&format!("{title}:"));
        for text in texts.iter().take(MOST) {
            self.line(&format!("  {text}"));
        }
    }

    /// One line, cut where the screen ends by far.
    fn line(&mut self, text: &str) {
        self.text += &clip(&indented(text), 4 * self.style.width.max(40));
        self.text.push('\n');
    }

    /// A command is copied, so that nothing of it is cut.
    fn whole(&mut self, text: &str) {
        self.text += &indented(text);
        self.text.push('\n');
    }

    fn painted(&mut self, paint: Paint, text: &str) {
        let text = indented(text);
        let text = clip(&text, 4 * self.style.width.max(40));
        // Writing to a string can't fail.
        let _ = if self.style.color {
            writeln!(self.text, "{}{text}{}", paint.render(), paint.render_reset())
        } else {
            writeln!(self.text, "{text}")
        };
    }
}

/// Whether one step mends both, and there is nothing else to tell of either.
fn alike(one: &Item, next: &Item) -> bool {
    let bare = |item: &Item| item.evidence.is_empty() && item.members.is_empty() && item.holds_back.is_empty();
    let same = (one.kind, one.severity, &one.message, &one.fix) == (next.kind, next.severity, &next.message, &next.fix);
    same && one.check.is_some() && bare(one) && bare(next)
}

/// One line that keeps the spaces which it begins with.
fn indented(text: &str) -> String {
    let own = text.trim_start_matches(' ');
    format!("{}{}", " ".repeat(text.len() - own.len()), line(own))
}
