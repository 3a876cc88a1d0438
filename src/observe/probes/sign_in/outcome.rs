//! What the end of a sign-in means.

use super::facts::SignInOutcome;
use crate::observe::sip::{Hop, SignIn, all_diagnostics, told};
use crate::protocol::sip::{How, Start};

/// How it ended, and why in words where it did not end well.
pub(super) fn of(done: &SignIn, last: &Hop, user: &str) -> (SignInOutcome, Option<String>) {
    let (outcome, why) = judged(done, last, user);
    (outcome, (outcome != SignInOutcome::SignedIn).then_some(why))
}

fn judged(done: &SignIn, last: &Hop, user: &str) -> (SignInOutcome, String) {
    let server = last.registrar.as_deref().unwrap_or(&last.target.host);
    let offered = if last.offered.is_empty() { "nothing".to_owned() } else { last.offered.join(", ") };
    let again = "the account is not used again until it is re-armed (`poolproof accounts rearm`)";
    match &last.how {
        How::Registered => (SignInOutcome::SignedIn, String::new()),
        How::Redirected(_) => (SignInOutcome::Astray, done.astray.clone().unwrap_or_default()),
        How::Rejected if has(last, &[1013]) => {
            let why = format!("{server} says that the clocks are too far apart ({}); {again}", told(&last.answer));
            (SignInOutcome::Clock, why)
        }
        How::Rejected => {
            let why = format!("{server} did not accept the credential of `{user}` ({}); {again}", told(&last.answer));
            (SignInOutcome::Rejected, why)
        }
        How::NotOffered => {
            let why = format!("{server} doesn't offer NTLM: offered are {offered}; the credential was not sent");
            (SignInOutcome::NotOffered, why)
        }
        How::NoChallenge => {
            let why = format!(
                "{server} offers NTLM, and when asked for its challenge it began anew ({}), as where the domain's \
                 policy forbids NTLM; the credential was not sent",
                told(&last.answer)
            );
            (SignInOutcome::NoChallenge, why)
        }
        How::Unusable(cause) => (SignInOutcome::NoChallenge, format!("{server}: {cause}; the credential was not sent")),
        How::Unchallenged => {
            (SignInOutcome::Unchallenged, format!("{} registers whoever asks, without a credential", last.target))
        }
        How::Unproven(cause) => {
            let why = format!("the answer of {} ({}) is not to be believed: {cause}", last.target, told(&last.answer));
            (SignInOutcome::Unproven, why)
        }
        How::Refused { .. } => (refused(last), format!("{} answered {}", last.target, told(&last.answer))),
    }
}

fn refused(last: &Hop) -> SignInOutcome {
    let Start::Response { status, .. } = last.answer.start else { return SignInOutcome::Refused };
    match status {
        _ if has(last, &[17002, 17003]) => SignInOutcome::ClientVersion,
        _ if has(last, &[1013]) => SignInOutcome::Clock,
        403 => SignInOutcome::NotAllowed,
        404 => SignInOutcome::UnknownUser,
        408 | 480 | 500..600 => SignInOutcome::Unavailable,
        _ => SignInOutcome::Refused,
    }
}

fn has(hop: &Hop, ids: &[u32]) -> bool {
    all_diagnostics(&hop.answer.headers).iter().any(|one| ids.contains(&one.id))
}
