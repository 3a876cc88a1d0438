//! How it is asked.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::credentials::{self, Provisioned};
use super::facts::RelayFacts;
use super::spec::RelaySpec;
use crate::observe::network::nobody_is_at;
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::probes::turn::{Allocation, Credentials, TurnSpec, TurnTransport, in_earnest};
use crate::observe::sip::{self, Beginning, Session};
use crate::protocol::mras::{CredentialsResponse, MediaRelay};
use crate::protocol::sip::{How, Start};
use crate::values::{HostPort, millis};

/// How long signing out may take.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) async fn ask(spec: RelaySpec, context: Context) -> Result<Answer<RelayFacts>, ProbeError> {
    let started = Instant::now();
    let deadline = started + context.patience();
    let member = context.member()?;
    let beginning = Beginning {
        member,
        target: HostPort::new(&spec.host, spec.port),
        address: None,
        sni: None,
        user_agent: spec.user_agent.as_deref(),
    };
    let done = sip::sign_in(&beginning, &context, deadline).await?;
    let mut connect: Vec<String> = done.hops.iter().filter_map(|hop| hop.connect.clone()).collect();
    let last = done.hops.last().filter(|hop| hop.how == How::Registered);
    let (Some(last), Some(mut session)) = (last, done.session) else {
        let message = format!("relay: {} could not sign in; a `sign-in` step tells why", member.address());
        return Err(ProbeError::new(ErrorClass::Auth, message));
    };
    let mut facts = nothing_yet(member.address(), last.registrar.clone(), &spec);
    let mut evidence: Vec<Evidence> = done.exchange.into_iter().map(|(label, text)| Evidence { label, text }).collect();
    // Without an answer the session is left in the background: waiting for more of a server that was silent all the
    // time would end after the probe's, and its error say less.
    let given = given(&mut session, &spec, &mut facts, &mut evidence, deadline).await?;
    // A server that says nothing to that must not use up the relay's time.
    let farewell = deadline.min(Instant::now() + FAREWELL);
    facts.signed_out = session.leave(farewell).await.is_ok();
    if let Some((credentials, relay, port)) = given {
        facts.granted = true;
        (facts.host, facts.port) = (Some(relay.host.clone()), Some(port));
        let turn = TurnSpec { host: relay.host, port, transport: spec.transport, credentials: None };
        let (shown, allocation, by) = in_earnest(turn, &credentials, &context.network, deadline).await?;
        connect.extend(by);
        (facts.address, facts.alternate_server) = (Some(shown.address), shown.alternate_server);
        match allocation {
            Ok(Some(allocation)) => {
                let unproven = unproven(&allocation);
                facts.allocated = unproven.is_none();
                facts.why =
                    unproven.map(|why| format!("the answer of the relay {}:{port} proves nothing: {why}", shown.host));
                facts.allocation = Some(allocation);
            }
            Ok(None) => {
                let told = shown.otherwise.or(shown.reason).unwrap_or_default();
                facts.why = Some(format!("the relay {}:{port} gave no relayed address: {told}", shown.host));
            }
            // What a relay says to credentials that were just given for it is a fact; that it says nothing is not.
            Err(error) if matches!(error.class, ErrorClass::Auth | ErrorClass::Protocol) => {
                facts.why = Some(error.message);
            }
            Err(error) => return Err(error),
        }
    }
    facts.elapsed_ms = millis(started.elapsed());
    Ok(Answer { facts, unknown: Vec::new(), connect, evidence })
}

/// The credentials, and the relay to use them at; none where `facts` says why.
async fn given(
    session: &mut Session,
    spec: &RelaySpec,
    facts: &mut RelayFacts,
    evidence: &mut Vec<Evidence>,
    deadline: Instant,
) -> Result<Option<(Credentials, MediaRelay, u16)>, ProbeError> {
    let party = session.party().ok_or_else(|| ProbeError::new(ErrorClass::Internal, "relay: a session was left"))?;
    let settings = match credentials::settings(session, &party, deadline).await? {
        Provisioned::Settings(settings) => settings,
        Provisioned::Refused(answer) => {
            let message = format!("relay: the user's settings were refused: {}", sip::told(&answer));
            return Err(ProbeError::new(ErrorClass::Protocol, message));
        }
    };
    facts.service.clone_from(&settings.mras);
    let Some(service) = settings.mras else {
        facts.why = Some(format!(
            "the settings of {} name no service that gives credentials for media relays: no Edge is associated with \
             the pool for media",
            facts.account
        ));
        return Ok(None);
    };
    let begun = Instant::now();
    let answer = credentials::ask(session, &party, &service, spec.location, deadline).await?;
    facts.credentials_ms = Some(millis(begun.elapsed()));
    // Its body is the credentials, and is shown to nobody.
    evidence.push(Evidence { label: "answer to the request for credentials".to_owned(), text: sip::text(&answer) });
    let Start::Response { status, reason } = &answer.start else { return Ok(None) };
    (facts.status, facts.reason) = (Some(*status), Some(sip::reason(reason).to_owned()));
    facts.diagnostics = sip::all_diagnostics(&answer.headers);
    if !(200..300).contains(status) {
        facts.why = Some(format!("{service} gave no credentials: {}", sip::told(&answer)));
        return Ok(None);
    }
    let read = match CredentialsResponse::read(&answer.body) {
        Ok(read) => read,
        Err(malformed) => {
            facts.why = Some(format!("the answer of {service} can't be used: {malformed}"));
            return Ok(None);
        }
    };
    let phrase: String = read.phrase.chars().take(200).collect();
    facts.phrase = Some(phrase.clone());
    facts.relays = read.relays.iter().map(Into::into).collect();
    if !read.is_ok() {
        facts.why = Some(format!("{service} gave no credentials: it says `{}`", phrase.escape_debug()));
        return Ok(None);
    }
    let Some(given) = read.credentials else {
        facts.why = Some(format!("{service} says that all is well, and gave no credentials"));
        return Ok(None);
    };
    facts.lifetime_minutes = given.minutes;
    let Some((relay, port)) = fitting(read.relays, spec) else {
        facts.why = Some(format!(
            "{service} gave credentials, and told of no relay over {} for the {}",
            spec.transport.as_str(),
            spec.location.as_str()
        ));
        return Ok(None);
    };
    if relay.host.parse().is_ok_and(|ip| nobody_is_at(SocketAddr::new(ip, port))) {
        facts.why = Some(format!("{service} tells of a relay at {}, where nobody can be", relay.host));
        return Ok(None);
    }
    Ok(Some((Credentials::of_bytes(given.user, given.password), relay, port)))
}

/// Why an answer is no proof of a relayed address. Each has to be signed with the key of the credentials
/// ([MS-TURN] 3.2.5.1): otherwise whoever answers need not know them.
fn unproven(allocation: &Allocation) -> Option<&'static str> {
    if !allocation.signed {
        Some("it is not signed")
    } else if allocation.relay.address.is_unspecified() || allocation.relay.port == 0 {
        Some("its relayed address is none")
    } else if allocation.lifetime_seconds == Some(0) {
        Some("its address ends at once")
    } else {
        None
    }
}

/// The first relay that is for where the client is, or doesn't say so, and has a port for how it would ask. That a
/// service may tell of relays for elsewhere too, or leave the location out, is UNCONFIRMED, and both are taken.
fn fitting(relays: Vec<MediaRelay>, spec: &RelaySpec) -> Option<(MediaRelay, u16)> {
    let (told, untold): (Vec<_>, Vec<_>) = relays.into_iter().partition(|relay| relay.location.is_some());
    let mut here = told.into_iter().filter(|relay| relay.location == Some(spec.location)).chain(untold);
    let port = |relay: &MediaRelay| match spec.transport {
        TurnTransport::Udp => relay.udp_port,
        TurnTransport::Tcp => relay.tcp_port,
    };
    here.find_map(|relay| port(&relay).map(|port| (relay, port)))
}

fn nothing_yet(account: &str, registrar: Option<String>, spec: &RelaySpec) -> RelayFacts {
    RelayFacts {
        account: account.to_owned(),
        registrar,
        service: None,
        granted: false,
        allocated: false,
        why: None,
        status: None,
        reason: None,
        phrase: None,
        diagnostics: Vec::new(),
        lifetime_minutes: None,
        relays: Vec::new(),
        host: None,
        port: None,
        transport: spec.transport,
        address: None,
        alternate_server: None,
        allocation: None,
        signed_out: false,
        credentials_ms: None,
        elapsed_ms: 0,
    }
}
