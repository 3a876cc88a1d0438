//! Nobody is written to or called who has not agreed: only the environment's `accounts` and
//! its partners' `probe` addresses.

use std::fmt;

use jiff::Timestamp;

use super::case::{Case, State};
use super::question::known_of;
use super::range::cause;
use crate::check::Step;
use crate::environment::Environment;
use crate::expression::Slots;
use crate::facts::Roots;
use crate::observe::Touched;

/// Refuses cases that would touch anybody else, or that don't say whom before anything is asked.
pub(super) fn refuse(cases: &mut [Case], environment: &Environment, roots: &Roots, now: Timestamp) {
    let leaves_traces = |case: &&mut Case| case.state == State::Ready && !case.check.effects.is_empty();
    for case in cases.iter_mut().filter(leaves_traces) {
        let values = case.slots(roots);
        let slots = Slots { values: &values, now };
        let refused = case.check.steps.iter().find_map(|step| refused(step, &slots, environment));
        if let Some(why) = refused {
            case.state = State::Error(cause("not-agreed", why));
        }
    }
}

fn refused(step: &Step, slots: &Slots<'_>, environment: &Environment) -> Option<String> {
    let touched = (step.probe.touches)(&known_of(step, slots));
    let stranger = touched.iter().find(|touched| !agreed(touched, environment))?;
    let stranger = Stranger(stranger);
    Some(format!(
        "nothing was asked: `{}` would touch {stranger}, and may touch only the environment's `accounts` and its partners' `probe`",
        step.name
    ))
}

fn agreed(touched: &Touched, environment: &Environment) -> bool {
    let file = &environment.file;
    match touched {
        Touched::Address(address) => {
            let accounts = file.accounts.iter().map(|account| &account.sip.value);
            let probes = file.partners.iter().flatten().filter_map(|partner| partner.probe.as_ref());
            accounts.chain(probes).any(|known| known.folded() == address.folded())
        }
        Touched::Number(number) => {
            let phones = file.accounts.iter().filter_map(|account| account.phone.as_deref());
            dialled(number).is_some_and(|number| phones.filter_map(dialled).any(|known| known == number))
        }
        Touched::Unsaid(_) => false,
    }
}

/// A number without what people put between digits; none where it is more than a number.
fn dialled(text: &str) -> Option<String> {
    let text = text.trim();
    let number: String = text.strip_prefix("tel:").unwrap_or(text).chars().filter(|c| !" -().".contains(*c)).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

struct Stranger<'a>(&'a Touched);

impl fmt::Display for Stranger<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Touched::Address(address) => write!(f, "{address}"),
            Touched::Number(number) => write!(f, "whoever answers {number}"),
            Touched::Unsaid(parameter) => write!(f, "somebody whom `{parameter}` does not name beforehand"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_is_dialled() {
        for (text, number) in [
            ("+14255550100", Some("+14255550100")),
            ("tel:+1 (425) 555-0100", Some("+14255550100")),
            ("4255550100", Some("4255550100")),
            // The extension would not be dialled: somebody else's telephone rings.
            ("tel:+14255550100;ext=12", None),
            ("tel:", None),
            ("++1", None),
        ] {
            assert_eq!(dialled(text).as_deref(), number, "{text}");
        }
    }
}
