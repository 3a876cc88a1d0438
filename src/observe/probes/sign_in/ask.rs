//! How it is asked.

use tokio::time::Instant;

use super::facts::{Redirect, SignInFacts, SignInOutcome};
use super::outcome;
use super::spec::SignInSpec;
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::secure::Seen;
use crate::observe::sip::{self, Beginning, Hop, SignIn};
use crate::protocol::parameters;
use crate::protocol::sip::{Headers, Start};
use crate::values::{HostPort, millis};

pub(super) async fn ask(spec: SignInSpec, context: Context) -> Result<Answer<SignInFacts>, ProbeError> {
    let started = Instant::now();
    let deadline = started + context.patience();
    let target = HostPort::new(&spec.host, spec.port);
    let member = context.member()?;
    let beginning = Beginning {
        member,
        target,
        address: spec.address,
        sni: spec.sni.as_ref(),
        user_agent: spec.user_agent.as_deref(),
    };
    let mut done = sip::sign_in(&beginning, &context, deadline).await?;
    let sign_in = started.elapsed();
    let mut faults = Vec::new();
    let signed_out = match done.session.take() {
        Some(mut session) => {
            let left = session.leave(deadline).await;
            faults.extend(left.as_ref().err().cloned());
            Some(left.is_ok())
        }
        None => None,
    };
    let Some(last) = done.hops.last() else {
        return Err(ProbeError::new(
            ErrorClass::Internal,
            format!("sign-in to {}: no server was asked", beginning.target),
        ));
    };
    let Start::Response { status, reason } = &last.answer.start else {
        return Err(ProbeError::new(ErrorClass::Internal, format!("sign-in to {}: no answer", beginning.target)));
    };
    let headers = &last.answer.headers;
    faults.extend(last.answer.faults());
    let (outcome, why) = outcome::of(&done, last, member.user());
    let server = sip::server(headers);
    let date = sip::date(headers);
    let facts = SignInFacts {
        account: member.address().to_owned(),
        host: spec.host.clone(),
        port: spec.port,
        signed_in: outcome == SignInOutcome::SignedIn,
        outcome,
        why,
        status: *status,
        reason: sip::reason(reason).to_owned(),
        diagnostics: sip::all_diagnostics(headers),
        scheme: done.shown.then(|| "NTLM".to_owned()),
        schemes: last.offered.clone(),
        registrar: last.registrar.clone(),
        registered_at: last.target.host.clone(),
        redirects: redirects(&done.hops),
        address: last.address.ip(),
        remote: parameter(headers, "ms-user-logon-data", "remoteuser").is_some(),
        connected_to_primary: parameter(headers, "presence-state", "is-connected-to-primary")
            .map(|value| value.eq_ignore_ascii_case("yes")),
        expires_seconds: headers.first("expires").and_then(|value| value.trim().parse().ok()),
        generation: server.as_deref().and_then(sip::generation).map(str::to_owned),
        server,
        clock_offset_seconds: date.map(|date| sip::offset_seconds(date, last.at)),
        date,
        signed_out,
        faults,
        tls: last.seen.endpoint(),
        answer_ms: millis(last.took),
        sign_in_ms: millis(sign_in),
        elapsed_ms: millis(started.elapsed()),
    };
    let undecided = last.seen.undecided().map(|error| ("tls", error.message.clone()));
    // Whoever was not let try has not failed.
    let untried = facts.why.clone().filter(|_| outcome.says_nothing_of_users()).map(|why| ("signed_in", why));
    let connect = done.hops.iter().filter_map(|hop| hop.connect.clone()).collect();
    let evidence = evidence(done, member.takes_any_certificate());
    Ok(Answer { facts, unknown: undecided.into_iter().chain(untried).collect(), connect, evidence })
}

fn redirects(hops: &[Hop]) -> Vec<Redirect> {
    let pairs = hops.iter().zip(hops.iter().skip(1));
    let redirect = |(from, to): (&Hop, &Hop)| Redirect {
        from: from.registrar.clone().unwrap_or_else(|| from.target.host.clone()),
        to: to.target.host.clone(),
        port: to.target.port,
    };
    pairs.map(redirect).collect()
}

/// A parameter of a header whose values are `word;name=value` lists.
fn parameter(headers: &Headers, header: &str, name: &str) -> Option<String> {
    let values = headers.all(header).flat_map(|header| parameters::read(&header.value(), ';'));
    let mut values = values.filter(|one| one.name == name);
    values.next().map(|one| one.value)
}

fn evidence(done: SignIn, any_certificate: bool) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for hop in &done.hops {
        let seen = hop.seen.endpoint();
        if let Some(cause) = seen.filter(|seen| any_certificate && !seen.verified).and_then(|seen| seen.verify_error) {
            let text = format!(
                "the certificate of {} can't be relied on ({cause}), and the credential was sent all the same: the \
                 account says `any_certificate: true`",
                hop.target
            );
            evidence.push(Evidence { label: "warning".to_owned(), text });
        }
    }
    evidence.extend(done.exchange.into_iter().map(|(label, text)| Evidence { label, text }));
    let several = done.hops.len() > 1;
    for hop in &done.hops {
        let at = if several { format!(" of {}", hop.target) } else { String::new() };
        evidence.extend(Seen::evidence(&hop.seen, &at));
    }
    evidence
}
