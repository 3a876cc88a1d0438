//! How it is asked.

use std::time::Duration;

use tokio::time::Instant;

use super::exchange::{Sent, exchange, is_success};
use super::facts::ImFacts;
use super::spec::ImSpec;
use crate::accounts::Member;
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::sip::{self, Beginning, Session, SignIn};
use crate::protocol::sip::{Conversation, How, Message, Start};
use crate::values::{HostPort, millis};

pub(super) async fn ask(spec: ImSpec, context: Context) -> Result<Answer<ImFacts>, ProbeError> {
    let started = Instant::now();
    let deadline = started + context.patience();
    let sender = context.member()?;
    let receiver = context.roster.member(spec.to.as_str());
    if receiver.is_some_and(|receiver| receiver.address().eq_ignore_ascii_case(sender.address())) {
        let message = format!("im: {} would write to itself", sender.address());
        return Err(ProbeError::new(ErrorClass::NotAsked, message));
    }
    let begin = |host: &str, port: u16| HostPort::new(host, port);
    let there =
        spec.receiver.as_ref().map_or_else(|| begin(&spec.host, spec.port), |there| begin(&there.host, there.port));
    let agent = spec.user_agent.as_deref();
    // Who gets it is there before it is sent.
    let mut receiving = match receiver {
        Some(member) => Some(Present::sign_in(member, there, agent, &context, deadline).await?),
        None => None,
    };
    let mut sending = Present::sign_in(sender, begin(&spec.host, spec.port), agent, &context, deadline).await?;
    let to = receiver.map_or_else(|| bare(spec.to.as_str()).to_owned(), |receiver| receiver.address().to_owned());
    let text = text()?;
    let party = sending.session.party().ok_or_else(gone)?;
    let mut conversation = Conversation::with(&to, party, sip::random()?);
    let pair = match receiving.as_mut() {
        Some(present) => {
            let party = present.session.party().ok_or_else(gone)?;
            Some((&mut present.session, party))
        }
        None => None,
    };
    let (sent, delivered) = exchange(&mut conversation, &text, &mut sending.session, pair, deadline).await?;
    let mut signed_out = sending.session.leave(deadline).await.is_ok();
    if let Some(present) = receiving.as_mut() {
        signed_out &= present.session.leave(deadline).await.is_ok();
    }
    let Start::Response { status, reason } = &sent.invitation.start else { return Err(gone()) };
    let facts = ImFacts {
        from: sender.address().to_owned(),
        to,
        delivered: delivered.is_some(),
        accepted: is_success(&sent.invitation),
        why: why(&sent, delivered, receiver.is_some()),
        status: *status,
        reason: sip::reason(reason).to_owned(),
        diagnostics: diagnostics(&sent),
        message_status: sent.text.as_ref().and_then(status_of),
        sender_registrar: sending.registrar,
        receiver_registrar: receiving.as_ref().and_then(|present| present.registrar.clone()),
        signed_out,
        invite_ms: millis(sent.invited),
        delivery_ms: delivered.map(millis),
        elapsed_ms: millis(started.elapsed()),
    };
    let unread = receiver.is_none().then(|| ("delivered", format!("nobody here reads what {} gets", facts.to)));
    let mut evidence = sending.evidence;
    let mut connect = sending.connect;
    if let Some(present) = receiving {
        evidence.extend(present.evidence);
        connect.extend(present.connect);
    }
    evidence.push(Evidence { label: "answer to the invitation".to_owned(), text: sip::text(&sent.invitation) });
    evidence.extend(
        sent.text.iter().map(|answer| Evidence { label: "answer to the text".to_owned(), text: sip::text(answer) }),
    );
    Ok(Answer { facts, unknown: unread.into_iter().collect(), connect, evidence })
}

/// An account that is signed in.
struct Present {
    session: Session,
    registrar: Option<String>,
    connect: Vec<String>,
    evidence: Vec<Evidence>,
}

impl Present {
    /// Signs in; who can't has no part in it, and nothing is known of messages then.
    async fn sign_in(
        member: &Member,
        target: HostPort,
        user_agent: Option<&str>,
        context: &Context,
        deadline: Instant,
    ) -> Result<Self, ProbeError> {
        let beginning = Beginning { member, target, address: None, sni: None, user_agent };
        let done = sip::sign_in(&beginning, context, deadline).await?;
        let SignIn { hops, exchange, session, .. } = done;
        let connect = hops.iter().filter_map(|hop| hop.connect.clone()).collect();
        let last = hops.into_iter().next_back();
        let (Some(last), Some(session)) = (last, session) else { return Err(not_in(member, None)) };
        if last.how != How::Registered {
            return Err(not_in(member, Some(&last.answer)));
        }
        let evidence = exchange.into_iter().map(|(label, text)| Evidence { label, text }).collect();
        Ok(Self { session, registrar: last.registrar, connect, evidence })
    }
}

fn not_in(member: &Member, answer: Option<&Message>) -> ProbeError {
    let told = answer.map(|answer| format!(": {}", sip::told(answer))).unwrap_or_default();
    let message = format!("im: {} could not sign in{told}; a `sign-in` step tells more of that", member.address());
    ProbeError::new(ErrorClass::Auth, message)
}

fn gone() -> ProbeError {
    ProbeError::new(ErrorClass::Internal, "im: a session was left too early")
}

/// A text that nobody else writes.
fn text() -> Result<String, ProbeError> {
    let token: String = sip::random::<8>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("This is a test by Poolproof, please ignore it ({token})"))
}

fn bare(address: &str) -> &str {
    address
        .get(..4)
        .filter(|scheme| scheme.eq_ignore_ascii_case("sip:"))
        .and_then(|_| address.get(4..))
        .unwrap_or(address)
}

fn why(sent: &Sent, delivered: Option<Duration>, ours: bool) -> Option<String> {
    if !is_success(&sent.invitation) {
        return Some(format!("the invitation was answered {}", sip::told(&sent.invitation)));
    }
    match &sent.text {
        Some(answer) if !is_success(answer) => Some(format!("the text was answered {}", sip::told(answer))),
        Some(_) if ours && delivered.is_none() => {
            Some("the servers say that the text was delivered, and the other endpoint has not got it".to_owned())
        }
        _ => None,
    }
}

fn diagnostics(sent: &Sent) -> Vec<crate::protocol::diagnostics::Diagnostics> {
    let answers = std::iter::once(&sent.invitation).chain(&sent.text);
    answers.flat_map(|answer| sip::all_diagnostics(&answer.headers)).collect()
}

fn status_of(answer: &Message) -> Option<u16> {
    match answer.start {
        Start::Response { status, .. } => Some(status),
        Start::Request { .. } => None,
    }
}
