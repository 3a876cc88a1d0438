//! A comparison for job summaries and change tickets, bounded as the run's own summary is.

use std::io::{self, Write};

use super::model::{Became, Change, Comparison};
use super::show::asides;
use crate::report::markdown::{code, escaped};

/// Changes of a kind that are told.
const SHOWN: usize = 20;
/// Subjects of a case that are named.
const MEMBERS: usize = 5;

/// Writes it.
///
/// # Errors
/// What `out` says.
pub fn write(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = (&comparison.before.run, &comparison.after.run);
    writeln!(out, "# {}: {} since {}\n", comparison.outcome.word(), escaped(&after.environment), before.started)?;
    writeln!(out, "{}\n", escaped(&comparison.counted()))?;
    writeln!(
        out,
        "Run {}, began {}, compared with run {}, began {}.",
        code(&after.id),
        after.started,
        code(&before.id),
        before.started
    )?;
    if !comparison.remarks.is_empty() {
        writeln!(out)?;
    }
    for remark in &comparison.remarks {
        writeln!(out, "- {}", escaped(remark))?;
    }
    for became in Became::ALL {
        let changes: Vec<&Change> = comparison.changes.iter().filter(|change| change.became == became).collect();
        let Some(first) = changes.first() else { continue };
        let words = if first.became == Became::Same { "The same, but" } else { became.words() };
        let title: String = words.chars().take(1).flat_map(char::to_uppercase).chain(words.chars().skip(1)).collect();
        writeln!(out, "\n## {title}\n")?;
        for change in changes.iter().take(SHOWN) {
            told(change, out)?;
        }
        if changes.len() > SHOWN {
            writeln!(out, "- … and {} more", changes.len() - SHOWN)?;
        }
    }
    Ok(())
}

fn told(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let now = change.after.as_ref().or(change.before.as_ref()).map_or("", |was| was.message.as_str());
    writeln!(out, "- **{}** {}: {}", change.severity.as_str(), code(&change.key), escaped(now))?;
    for aside in asides(change) {
        writeln!(out, "  - {}", escaped(&aside))?;
    }
    let newly = change.members.iter().flat_map(|members| &members.newly);
    for member in newly.take(MEMBERS) {
        writeln!(out, "  - now also {}: {}", code(&member.key), escaped(&member.message))?;
    }
    change.fix.as_deref().map_or(Ok(()), |fix| writeln!(out, "  - fix: {}", code(fix)))
}
