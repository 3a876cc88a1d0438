//! Which questions are known before the run: equal ones once.

use std::collections::BTreeMap;

use super::case::State;
use super::expand::Plan;
use super::question::{Asked, question_of};
use crate::environment::Environment;
use crate::expression::Slots;
use crate::observe::{ProbeKind, QuestionKey};
use crate::values::HostPort;

/// A question that is known before the run, and who asks it.
pub struct Known {
    /// The question, and how it is asked.
    pub asked: Asked,
    /// Who asks it.
    pub probe: ProbeKind,
    /// How many steps of cases ask it.
    pub cases: usize,
}

impl Known {
    /// Where it goes, as `host:port`; `None` where only the resolver is asked.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        // What has no port is asked on this machine.
        let shown = |target: HostPort| if target.port == 0 { target.host } else { target.to_string() };
        (self.probe.target)(&self.asked.question.params).map(shown)
    }
}

/// The questions that are known before anything is asked.
pub struct Questions {
    /// Each once, with the largest settings of all that ask it.
    pub known: BTreeMap<QuestionKey, Known>,
    /// How many steps ask what follows from answers.
    pub later: usize,
    /// How many steps ask, all together.
    pub askings: usize,
}

/// Works out the questions that are known before anything is asked.
#[must_use]
pub fn questions(plan: &Plan, environment: &Environment) -> Questions {
    let (mut questions, mut later, mut askings) = (BTreeMap::<QuestionKey, Known>::new(), 0, 0);
    for case in plan.cases.iter().filter(|case| case.state == State::Ready) {
        let values = case.slots(&plan.roots);
        let slots = Slots { values: &values, now: plan.request.now };
        for step in &case.check.steps {
            askings += 1;
            let vantage = plan.vantage(&case.check);
            let question = question_of(step, &slots, vantage, case.check.account.as_ref());
            let Some(question) = question.ok().filter(|_| step.after.is_empty()) else {
                later += 1;
                continue;
            };
            let asked = Asked::of(question, &case.check, environment);
            questions
                .entry(asked.question.key())
                .and_modify(|known| {
                    known.cases += 1;
                    known.asked.settings = known.asked.settings.merge(&asked.settings);
                })
                .or_insert(Known { asked, probe: step.probe, cases: 1 });
        }
    }
    Questions { known: questions, later, askings }
}
