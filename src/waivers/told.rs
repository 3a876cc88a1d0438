//! What became of each waiver: whether it covered anything, and whether it should go.

use super::list::Waivers;
use crate::report::{CaseResult, Standing, Verdict, WaiverState};

impl Waivers {
    /// What became of each, given the cases of a run.
    #[must_use]
    pub fn states(&self, cases: &[&CaseResult]) -> Vec<WaiverState> {
        let covered = |pattern: &str| {
            cases
                .iter()
                .flat_map(|case| {
                    let own = case.waived.iter();
                    own.chain(case.members.iter().filter_map(|member| member.waived.as_ref()))
                })
                .filter(|waived| waived.case == pattern)
                .count()
        };
        let judged = |case: &&&CaseResult| case.verdict != Verdict::Skip;
        self.all
            .iter()
            .map(|waiver| {
                let pattern = waiver.pattern.as_str();
                let covers = if waiver.lapsed { 0 } else { covered(pattern) };
                let asked = cases.iter().filter(judged).any(|case| waiver.pattern.is_about(&case.check));
                let standing = match (waiver.lapsed, covers, asked) {
                    (true, ..) => Standing::Expired,
                    (false, 0, true) => Standing::Unused,
                    (false, 0, false) => Standing::NotAsked,
                    (false, ..) => Standing::InForce,
                };
                WaiverState {
                    case: pattern.to_owned(),
                    reason: waiver.reason.clone(),
                    owner: waiver.owner.clone(),
                    ticket: waiver.ticket.clone(),
                    until: waiver.until.to_string(),
                    location: waiver.place.to_string(),
                    standing,
                    covers,
                }
            })
            .collect()
    }
}
