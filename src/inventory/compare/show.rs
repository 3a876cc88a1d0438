//! Differences for people, and as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::store::{Table, cell};
use super::{Became, Compared, Derivation, Difference, Differences, NONE, differing};

/// A difference in words.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// What became of the object.
    pub became: Became,
    /// The object, as the later inventory calls it.
    pub identity: String,
    /// As the earlier one called it, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// The field that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Its value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Why somebody approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<String>,
}

/// How names from the deployment are made fit for a terminal.
pub type Clean = for<'a> fn(&'a str) -> Cow<'a, str>;

/// Differences of a kind that are shown to people one by one, unless all are asked for.
const SHOWN: usize = 20;

impl Differences {
    /// A difference in words.
    #[must_use]
    pub fn shown(&self, compared: &Compared, found: &Difference) -> Shown {
        let name = compared.dataset.name;
        let identity = |table: Option<&Table>, row: u32| {
            let text = (row != NONE).then(|| table?.identity(row as usize)).flatten();
            (row != NONE).then(|| text.unwrap_or_else(|| format!("record {}", row + 1)))
        };
        let (before, after) = (self.before.table(name), self.after.table(name));
        let (was, is) = (identity(before, found.before), identity(after, found.after));
        let identity = is.clone().or_else(|| was.clone()).unwrap_or_default();
        let field = compared.dataset.fields.get(found.field as usize);
        let bytes = |table: Option<&Table>, row: u32| {
            table.map(|table| table.cell(row as usize, found.field as usize).to_vec()).unwrap_or_default()
        };
        let (mut from, mut to) = (None, None);
        if let Some(field) = field {
            let (a, b) = (bytes(before, found.before), bytes(after, found.after));
            if field.derived == Some(Derivation::Settings) {
                let differing = differing(compared.dataset, &a, &b);
                let said = |name: &str, value: &[u8]| format!("{name}: {}", cell::show(value));
                let before: Vec<String> = differing.iter().map(|(name, before, _)| said(name, before)).collect();
                let after: Vec<String> = differing.iter().map(|(name, _, after)| said(name, after)).collect();
                (from, to) = (Some(before.join(", ")), Some(after.join(", ")));
            } else {
                (from, to) = (Some(cell::show(&a)), Some(cell::show(&b)));
            }
        }
        Shown {
            became: found.became,
            was: was.filter(|was| is.is_some() && *was != identity),
            identity,
            field: field.map(|field| field.name.clone()),
            before: from,
            after: to,
            approved: self.approvals.get(found.approval as usize).map(|approval| approval.reason.clone()),
        }
    }

    /// Writes all of it as JSON.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\n  \"diff\": 1,\n  \"before\": {},\n", side(&self.before))?;
        write!(out, "  \"after\": {},\n  \"datasets\": [", side(&self.after))?;
        for (number, compared) in self.datasets.iter().enumerate() {
            let name = compared.dataset.name;
            let comma = if number == 0 { "" } else { "," };
            let facts = serde_json::json!({
                "dataset": name,
                "records_before": self.before.count(name),
                "records_after": self.after.count(name),
                "doubt_before": compared.doubt_before,
                "doubt_after": compared.doubt_after,
                "uncompared": compared.uncompared,
            });
            let facts = facts.to_string();
            // One object at a time: a million of them have no room beside the inventories.
            write!(out, "{comma}\n    {}, \"differences\": [", facts.strip_suffix('}').unwrap_or(&facts))?;
            for (number, found) in compared.found.iter().enumerate() {
                let comma = if number == 0 { "" } else { "," };
                write!(out, "{comma}\n      {}", serde_json::to_string(&self.shown(compared, found))?)?;
            }
            write!(out, "{}]}}", if compared.found.is_empty() { "" } else { "\n    " })?;
        }
        writeln!(out, "\n  ]\n}}")
    }

    /// Writes it for people: counts, and of each kind the first few, or all of them. `clean` makes
    /// names from the deployment fit for a terminal.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_text(&self, all: bool, clean: Clean, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "before: {}, read at {}", sources(&self.before), self.before.now())?;
        writeln!(out, "after:  {}, read at {}", sources(&self.after), self.after.now())?;
        let mut quiet = Vec::new();
        for compared in &self.datasets {
            let name = compared.dataset.name;
            let doubtful = compared.doubt_before.is_some() || compared.doubt_after.is_some();
            if compared.found.is_empty() && compared.uncompared.is_empty() && !doubtful {
                quiet.push(name);
                continue;
            }
            writeln!(out, "\n{name}: {} before, {} after", self.before.count(name), self.after.count(name))?;
            for (side, doubt) in [("before", &compared.doubt_before), ("after", &compared.doubt_after)] {
                if let Some(doubt) = doubt {
                    writeln!(out, "  {side}, these may not be all: {}", clean(doubt))?;
                }
            }
            self.write_found(compared, all, clean, out)?;
            for (field, count) in &compared.uncompared {
                writeln!(out, "  not compared: {field}, unknown on one side for {count}")?;
            }
        }
        if !quiet.is_empty() {
            writeln!(out, "\nno difference: {}", quiet.join(", "))?;
        }
        Ok(())
    }

    fn write_found(&self, compared: &Compared, all: bool, clean: Clean, out: &mut dyn Write) -> io::Result<()> {
        let mut by_kind: BTreeMap<(bool, Became), Vec<&Difference>> = BTreeMap::new();
        for found in &compared.found {
            by_kind.entry((found.is_approved(), found.became)).or_default().push(found);
        }
        for ((approved, became), found) in by_kind {
            let word = match became {
                Became::Appeared => "appeared",
                Became::Vanished => "vanished",
                Became::Moved => "moved",
                Became::Renamed => "renamed",
                Became::Changed => "changed",
            };
            writeln!(out, "  {word}{}: {}", if approved { ", approved" } else { "" }, found.len())?;
            let most = if all { found.len() } else { SHOWN };
            for one in found.iter().take(most) {
                let shown = self.shown(compared, one);
                let what = match (&shown.field, &shown.before, &shown.after) {
                    (Some(field), Some(before), Some(after)) => format!(": {field} {before} → {after}"),
                    _ => String::new(),
                };
                let why = shown.approved.map(|reason| format!(" ({reason})")).unwrap_or_default();
                writeln!(out, "    {}", clean(&format!("{}{what}{why}", shown.identity)))?;
            }
            let more = found.len().saturating_sub(most);
            if more > 0 {
                writeln!(out, "    and {more} more")?;
            }
        }
        Ok(())
    }
}

fn sources(inventory: &super::Inventory) -> String {
    let names: Vec<String> = inventory.sources().iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn side(inventory: &super::Inventory) -> serde_json::Value {
    serde_json::json!({"sources": inventory.sources(), "now": inventory.now()})
}
