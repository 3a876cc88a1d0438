//! A comparison for people.

use std::io::{self, Write};

use super::model::{Became, Change, Comparison, Weighs};
use crate::report::explain::elapsed;
use crate::report::text::line;

/// Changes of a kind that are shown one by one, unless all are asked for.
const SHOWN: usize = 20;
/// Subjects of a case that are named.
const MEMBERS: usize = 5;

/// Writes it for people: of each kind the first few changes, or all of them.
///
/// # Errors
/// What `out` says.
pub fn write(comparison: &Comparison, all: bool, out: &mut dyn Write) -> io::Result<()> {
    for (name, side) in [("before", &comparison.before), ("after", &comparison.after)] {
        let run = &side.run;
        let label = format!("{name}:");
        writeln!(out, "{label:<8}run {}, began {}, phase {}", line(&run.id), run.started, line(&run.phase))?;
    }
    for remark in &comparison.remarks {
        writeln!(out, "note:   {}", line(remark))?;
    }
    writeln!(out, "\n{}  {}", comparison.outcome.word(), comparison.counted())?;
    for became in Became::ALL {
        let changes: Vec<&Change> = comparison.changes.iter().filter(|change| change.became == became).collect();
        if changes.is_empty() {
            continue;
        }
        let title = if became == Became::Same { "the same, but" } else { became.words() };
        writeln!(out, "\n{title}: {}", changes.len())?;
        let most = if all { changes.len() } else { SHOWN };
        for change in changes.iter().take(most) {
            told(change, out)?;
        }
        let more = changes.len().saturating_sub(most);
        if more > 0 {
            writeln!(out, "  and {more} more")?;
        }
    }
    Ok(())
}

fn told(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let now = change.after.as_ref().map_or_else(|| was(change), |after| after.message.clone());
    let severity = change.severity.as_str();
    writeln!(out, "  {severity:<8} {}: {}", line(&change.key), line(&now))?;
    for aside in asides(change) {
        writeln!(out, "      {}", line(&aside))?;
    }
    if let Some(members) = &change.members {
        for member in members.newly.iter().take(MEMBERS) {
            writeln!(out, "      now also {}: {}", line(&member.key), line(&member.message))?;
        }
        let more = members.newly.len().saturating_sub(MEMBERS);
        if more > 0 {
            writeln!(out, "      and {more} more")?;
        }
    }
    change.fix.as_deref().map_or(Ok(()), |fix| writeln!(out, "      fix: {}", line(fix)))
}

/// What else is to be said of a change, a line each.
pub(super) fn asides(change: &Change) -> Vec<String> {
    let mut asides = Vec::new();
    match (&change.before, &change.after) {
        (Some(_), Some(_)) if change.became != Became::Same => asides.push(was(change)),
        (None, Some(_)) if matches!(change.became, Became::NewlyFailing | Became::NewlyUndetermined) => {
            asides.push("there was no such case".to_owned());
        }
        _ => {}
    }
    if change.became == Became::Gone && change.weighs == Weighs::Open {
        asides.push("that it is not there any more does not prove that it was fixed".to_owned());
    }
    if let Some(subjects) = change.subjects {
        asides.push(format!("ranged over {} subjects, and now over {}", subjects.before, subjects.after));
    }
    if let Some(members) = &change.members {
        asides.push(format!(
            "{} newly do not hold, {} are not named any more, {} as before",
            members.newly.len(),
            members.no_longer.len(),
            members.still
        ));
    }
    if let Some(slower) = change.slower_ms {
        let time = |ms| elapsed(std::time::Duration::from_millis(ms));
        asides.push(format!("took {}, and now {}", time(slower.before), time(slower.after)));
    }
    if change.check_changed {
        asides.push("the file of its check differs".to_owned());
    }
    asides
}

fn was(change: &Change) -> String {
    use crate::report::Verdict;
    change.before.as_ref().map_or_else(String::new, |before| {
        let verdict = match before.verdict {
            Verdict::Pass => return "it held".to_owned(),
            Verdict::Fail => "it failed",
            Verdict::Error => "it could not be determined",
            Verdict::Skip => "it was not judged",
            Verdict::Waived => "it was waived",
        };
        format!("{verdict}: {}", before.message)
    })
}
