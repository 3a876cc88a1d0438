//! Judged evidence → an answer. No clock of its own, no I/O: the same evidence and the
//! same clock give the same answer.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{AttestationState, Counts, Item, Kind, Standing, WaiverUsed};
use super::model::Gate;
use super::statements::Statements;
use crate::Judged;
use crate::check::Check;
use crate::environment::Phase;
use crate::observe::Vantage;
use crate::plan::AskedAbout;
use crate::report::{
    CaseResult, ExpectationOutcome, RunResult, Severity, SkipReason, Verdict, question_text, skip_text,
};
use crate::values::fold;

/// How many observations are shown of one case.
const MOST_SHOWN: usize = 8;

/// What was found, on its way to an answer.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) blockers: Vec<Item>,
    pub(super) undetermined: Vec<Item>,
    pub(super) lesser: Vec<Item>,
    pub(super) waivers: BTreeMap<String, WaiverUsed>,
    pub(super) counts: Counts,
}

/// What decides, besides the evidence.
pub(super) struct Deciding<'a> {
    pub(super) gate: &'a Gate,
    pub(super) judged: &'a Judged,
    /// The ids of the checks that the runs were asked for.
    pub(super) ran: &'a [String],
    /// The ids of the checks that the gate names itself.
    pub(super) own: &'a BTreeSet<String>,
    /// The ids of the checks that stop the gate whatever their severity.
    pub(super) strict: &'a BTreeSet<String>,
    pub(super) about: &'a [AskedAbout],
    pub(super) accept_flaky: bool,
    pub(super) statements: Statements,
}

impl Deciding<'_> {
    /// Goes through all that the gate asks for.
    pub(super) fn findings(&self, demanded: &[&Check]) -> Findings {
        let mut found = Findings::default();
        found.undetermined.extend(self.not_in_phase());
        let mut by_check: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
        for case in self.judged.result.cases() {
            by_check.entry(&case.check).or_default().push(case);
        }
        let mut proved = 0;
        for check in demanded {
            found.counts.checks += 1;
            let cases = by_check.remove(check.id.as_str()).unwrap_or_default();
            let before = found.counts.proved();
            self.check(check, &cases, &mut found);
            // What is only needed proves nothing of what was asked.
            proved += if self.own.contains(&check.id) { found.counts.proved() - before } else { 0 };
        }
        found.undetermined.extend(self.proved_nothing(&found).filter(|_| proved == 0));
        self.hold_back(&mut found);
        found
    }

    /// Where everything was left out, nothing is known, and nothing is no proof.
    fn proved_nothing(&self, found: &Findings) -> Option<Item> {
        if self.own.is_empty() || !found.blockers.is_empty() || !found.undetermined.is_empty() {
            return None;
        }
        let (kind, message) = match (found.counts.out_of_scope, found.counts.not_due) {
            (0, 0) => (Kind::NotRun, "nothing that the gate asks for holds"),
            (0, _) => (Kind::NotDue, "nothing that the gate asks for is due by now"),
            _ => (Kind::NotRun, "nothing that the gate asks for is about what it was asked about"),
        };
        Some(self.plain("nothing", "Something of what the gate asks for holds", kind, message.to_owned()))
    }

    /// Something that no check says.
    fn plain(&self, key: &str, title: &str, kind: Kind, message: String) -> Item {
        let fix = "see that the environment file states what the gate is about, and run again";
        Item {
            key: key.to_owned(),
            check: None,
            title: title.to_owned(),
            severity: Severity::Blocker,
            kind,
            message,
            evidence: Vec::new(),
            members: Vec::new(),
            fix: Some(fix.to_owned()),
            because: None,
            source: Some(self.gate.source.name.clone()),
            location: None,
            holds_back: Vec::new(),
        }
    }

    fn check(&self, check: &Check, cases: &[&CaseResult], found: &mut Findings) {
        if !self.ran.contains(&check.id) || cases.is_empty() {
            let message = "no run was asked for it".to_owned();
            let fix = Some(format!("poolproof run {}", check.id));
            self.unknown(found, Item { fix, ..item_of(check, Kind::NotRun, message) });
            return;
        }
        let not_due = |case: &&&CaseResult| case.skipped == Some(SkipReason::NotDue);
        let late = cases.iter().filter(not_due).count();
        // What is due at this time, and of nobody, is due of somebody who was not looked at.
        if late == cases.len() && self.standing().iter().any(|(_, phase)| check.window.contains(*phase)) {
            let message = "it is due by now, and not in the phase of any of its subjects".to_owned();
            let fix = Some("see how far each pool and site has come, as the environment file states it".to_owned());
            self.unknown(found, Item { fix, ..item_of(check, Kind::NotDue, message) });
            return;
        }
        found.counts.not_due += late;
        for case in cases.iter().filter(|case| !not_due(case)) {
            found.counts.cases += 1;
            self.case(check, case, found);
        }
    }

    fn case(&self, check: &Check, case: &CaseResult, found: &mut Findings) {
        found.counts.under_connect += usize::from(!case.connect.is_empty());
        found.lean_on(case, &self.judged.result);
        match case.verdict {
            Verdict::Fail if self.stops(&case.check, case.severity) => {
                found.blockers.push(self.item(case, Kind::Fails));
            }
            Verdict::Fail => found.lesser.push(self.item(case, Kind::Fails)),
            Verdict::Error => {
                let asked = case.cause.as_ref().is_none_or(|cause| cause.kind != "not-asked");
                let kind = if asked { Kind::Error } else { Kind::NotRun };
                let fix = Some(if asked {
                    format!("poolproof explain {}", case.check)
                } else {
                    format!("poolproof run {}{}", case.check, at(case.vantage.as_ref()))
                });
                self.unknown(found, Item { fix, ..self.item(case, kind) });
            }
            Verdict::Skip => self.skipped(check, case, found),
            Verdict::Pass | Verdict::Waived => self.held(case, found),
        }
    }

    fn stops(&self, check: &str, severity: Severity) -> bool {
        severity >= self.gate.blocks || self.strict.contains(check)
    }

    /// What is not known stops a gate where its failure would.
    fn unknown(&self, found: &mut Findings, item: Item) {
        let stops = self.stops(item.check.as_deref().unwrap_or_default(), item.severity);
        if stops { &mut found.undetermined } else { &mut found.lesser }.push(item);
    }

    /// What holds, if it was seen as it must be.
    fn held(&self, case: &CaseResult, found: &mut Findings) {
        if case.held_back > 0 {
            let message = format!("{} of its subjects were not judged", case.held_back);
            self.unknown(found, Item { message, ..self.item(case, Kind::HeldBack) });
        } else if !case.connect.is_empty() && !self.gate.accepts_connect {
            let message = format!("it was seen under `connect`: {}", case.connect.join(", "));
            let fix = Some("remove `connect` from the environment file, and run again".to_owned());
            self.unknown(found, Item { message, fix, ..self.item(case, Kind::NotTheRealPath) });
        } else if case.flaky && case.severity == Severity::Blocker && !self.accept_flaky {
            let message = "it held only after it had failed".to_owned();
            let fix = Some("find out why, or accept it with --accept-flaky".to_owned());
            self.unknown(found, Item { message, fix, ..self.item(case, Kind::Flaky) });
        } else if case.verdict == Verdict::Waived {
            found.counts.waived += 1;
        } else {
            found.counts.hold += 1;
        }
    }

    fn skipped(&self, check: &Check, case: &CaseResult, found: &mut Findings) {
        let Some(reason) = &case.skipped else {
            return self.unknown(found, self.item(case, Kind::NotRun));
        };
        let (kind, fix) = match reason {
            SkipReason::NotDue => return found.counts.not_due += 1,
            SkipReason::OutOfScope => return found.counts.out_of_scope += 1,
            SkipReason::Nothing(_) => match self.statements.lacks_for(check) {
                None => return found.counts.nothing += 1,
                Some(key) => {
                    let message = format!("it ranges over nothing, and the environment file says nothing of `{key}`");
                    let fix = Some(format!("if there are none, state it: `{key}: []`"));
                    let item = self.item(case, Kind::NothingStated);
                    return self.unknown(found, Item { message, fix, ..item });
                }
            },
            SkipReason::NotObservedFromHere => (
                Kind::NotObservedFromHere,
                Some(format!("poolproof run{}, and name that run too", at(case.vantage.as_ref()))),
            ),
            SkipReason::NoInventory => {
                (Kind::NoInventory, Some("name an `inventory` in the environment file".to_owned()))
            }
            SkipReason::NeedFailed(_) => (Kind::HeldBack, None),
            SkipReason::EffectNotAllowed(effect) => (Kind::NotAllowed, Some(format!("poolproof run --allow {effect}"))),
            SkipReason::FailFast => (Kind::NotRun, Some("run without --fail-fast".to_owned())),
        };
        let message = match (&reason, &case.vantage) {
            (SkipReason::NotObservedFromHere, Some(vantage)) => format!("it has to be seen from `{vantage}`"),
            _ => skip_text(reason),
        };
        self.unknown(found, Item { message, fix, ..self.item(case, kind) });
    }

    /// Hands what was held back to what holds it back.
    fn hold_back(&self, found: &mut Findings) {
        let held: Vec<(&str, &str)> = self
            .judged
            .result
            .cases()
            .filter_map(|case| match &case.skipped {
                Some(SkipReason::NeedFailed(key)) => Some((key.as_str(), case.key.as_str())),
                _ => None,
            })
            .collect();
        for item in found.blockers.iter_mut().chain(&mut found.undetermined).chain(&mut found.lesser) {
            let own = |key: &str| key == item.key || item.members.iter().any(|member| member.key == key);
            item.holds_back = held.iter().filter(|(by, _)| own(by)).map(|(_, key)| (*key).to_owned()).collect();
        }
    }

    /// What is asked about, and how far each of it has come.
    fn standing(&self) -> Vec<(String, Phase)> {
        let view = &self.judged.environment.view;
        let pool = |fqdn: &str| view.pools.iter().find(|pool| fold(&pool.fqdn) == fold(fqdn));
        let of = |one: &AskedAbout| match one {
            AskedAbout::Pool(name) => pool(name).map(|pool| pool.phase),
            AskedAbout::Site(name) => {
                view.sites.iter().find(|site| fold(&site.name) == fold(name)).map(|site| site.phase)
            }
            AskedAbout::Wave(name) => {
                let waves = &self.judged.environment.file.waves;
                let wave = waves.iter().find(|wave| fold(&wave.name.value) == fold(name));
                wave.and_then(|wave| pool(wave.to.value.as_str())).map(|pool| pool.phase)
            }
        };
        if self.about.is_empty() {
            return vec![(view.name.clone(), view.phase)];
        }
        self.about.iter().filter_map(|one| Some((one.to_string(), of(one)?))).collect()
    }

    /// Whether what is asked about has come as far as the gate is for.
    fn not_in_phase(&self) -> Option<Item> {
        let standing = self.standing();
        let wrong = standing.iter().filter(|(_, phase)| !self.gate.phases.contains(phase));
        let wrong: Vec<String> = wrong.map(|(name, phase)| format!("{name} is in the phase {phase}")).collect();
        if wrong.is_empty() {
            return None;
        }
        let phases: Vec<&str> = self.gate.phases.iter().map(|phase| phase.as_str()).collect();
        let title = format!("The gate is asked in the phase {}", phases.join(" or "));
        Some(self.plain("phase", &title, Kind::NotDue, wrong.join("; ")))
    }

    fn item(&self, case: &CaseResult, kind: Kind) -> Item {
        let unmet = case.expectations.iter().filter(|one| one.outcome != ExpectationOutcome::Holds);
        let mut evidence: Vec<String> = unmet
            .map(|one| {
                let values: Vec<String> = one.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                if values.is_empty() { one.that.clone() } else { format!("{} ({})", one.that, values.join("; ")) }
            })
            .collect();
        let observed = case.observations.values().filter_map(|id| self.judged.result.observations.get(id));
        evidence.extend(observed.take(MOST_SHOWN).map(|one| {
            let text = question_text(&one.question);
            format!("asked from {} at {}: {text}", one.question.vantage, one.started)
        }));
        Item {
            key: case.key.clone(),
            check: Some(case.check.clone()),
            title: case.title.clone(),
            severity: case.severity,
            kind,
            message: case.message.clone(),
            evidence,
            members: case.members.clone(),
            fix: case.fix.clone(),
            because: case.because.clone(),
            source: case.source.clone(),
            location: Some(case.location.clone()),
            holds_back: Vec::new(),
        }
    }
}

impl Findings {
    /// What persons should have stated.
    pub(super) fn attested(&mut self, states: &[AttestationState]) {
        for state in states.iter().filter(|state| state.standing != Standing::Holds) {
            let until = state.until.as_deref().unwrap_or_default();
            let message = match state.standing {
                Standing::Expired => format!("what was attested ended at {until}"),
                Standing::FromTheFuture => "what was attested is dated later than now".to_owned(),
                Standing::Missing | Standing::Holds => "nobody has attested it".to_owned(),
            };
            self.undetermined.push(Item {
                key: state.item.clone(),
                check: None,
                title: state.title.clone(),
                severity: Severity::Blocker,
                kind: Kind::NotAttested,
                message,
                evidence: Vec::new(),
                members: Vec::new(),
                fix: Some(format!("see it, and add `{}` to the attestations file", state.item)),
                because: None,
                source: None,
                location: state.location.clone(),
                holds_back: Vec::new(),
            });
        }
    }

    /// Notes the waivers that cover a case or its members, or what it needs.
    fn lean_on(&mut self, case: &CaseResult, result: &RunResult) {
        let own = case.waived.iter().map(|waived| (waived, &case.key));
        let members = case.members.iter().filter_map(|member| Some((member.waived.as_ref()?, &member.key)));
        for (waived, key) in own.chain(members) {
            let place = result.waivers.iter().find(|state| state.case == waived.case);
            let used = self.waivers.entry(waived.case.clone()).or_insert_with(|| WaiverUsed {
                case: waived.case.clone(),
                reason: waived.reason.clone(),
                owner: waived.owner.clone(),
                ticket: waived.ticket.clone(),
                until: waived.until.clone(),
                location: place.map(|state| state.location.clone()).unwrap_or_default(),
                covers: Vec::new(),
            });
            used.covers.push(key.clone());
        }
    }
}

fn at(vantage: Option<&Vantage>) -> String {
    vantage.map(|vantage| format!(" --at {vantage}")).unwrap_or_default()
}

/// Of a check that made no case.
fn item_of(check: &Check, kind: Kind, message: String) -> Item {
    Item {
        key: check.id.clone(),
        check: Some(check.id.clone()),
        title: check.title_text.clone(),
        severity: check.severity.value,
        kind,
        message,
        evidence: Vec::new(),
        members: Vec::new(),
        fix: None,
        because: check.because.clone(),
        source: check.source.clone(),
        location: Some(check.place.to_string()),
        holds_back: Vec::new(),
    }
}
