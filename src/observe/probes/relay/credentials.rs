//! From the settings to the credentials, over a session.

use tokio::time::Instant;

use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::sip::{self, Session, random};
use crate::protocol::mras::{CONTENT_TYPE, CredentialsRequest, Location, Settings};
use crate::protocol::sip::{Message, Party, Start};

/// Messages that are looked at before an answer.
const MOST_MESSAGES: usize = 64;
/// As long as clients ask for, and as long as the service gives at most.
const MINUTES: u32 = 480;

/// What asking for the settings came to.
pub(super) enum Provisioned {
    Settings(Settings),
    /// A final answer that holds none.
    Refused(Message),
}

/// Asks for the user's settings once. They come in the answer, or in a notification of their own.
///
/// # Errors
/// They don't come, or can't be read.
pub(super) async fn settings(
    session: &mut Session,
    party: &Party,
    deadline: Instant,
) -> Result<Provisioned, ProbeError> {
    let own = format!("sip:{}", party.address);
    let mut request = party.outside("SUBSCRIBE", &own, random()?);
    for (name, value) in [
        ("Event", Settings::EVENT),
        ("Accept", Settings::CONTENT_TYPE),
        // Both as SIPE sends them; that a server needs them is UNCONFIRMED.
        ("Supported", "ms-benotify, ms-piggyback-first-notify"),
        ("Proxy-Require", "ms-benotify"),
        // A question, and no subscription.
        ("Expires", "0"),
        ("Content-Type", Settings::CONTENT_TYPE),
    ] {
        request.headers.push(name, value);
    }
    request.body = Settings::request().into_bytes();
    session.say(request.clone(), deadline).await?;
    for _ in 0..MOST_MESSAGES {
        let message = heard(session, "the user's settings", deadline).await?;
        let body = match &message.start {
            Start::Response { status: 200..300, .. } if message.answers(&request) => &message.body,
            Start::Response { status: 300.., .. } if message.answers(&request) => {
                return Ok(Provisioned::Refused(message));
            }
            Start::Response { .. } => continue,
            Start::Request { method, .. } => {
                let ours = matches!(method.as_str(), "NOTIFY" | "BENOTIFY")
                    && message.headers.first("call-id") == request.headers.first("call-id");
                session.decline(&message, deadline).await?;
                if !ours {
                    continue;
                }
                if message.body.is_empty() && is_end(&message) {
                    let told = sip::told(&message);
                    let why = if told.is_empty() { "no reason is told" } else { &told };
                    let words = format!("relay: a notification ended the question for the user's settings: {why}");
                    return Err(ProbeError::new(ErrorClass::Protocol, words));
                }
                &message.body
            }
        };
        if !body.is_empty() {
            let read = Settings::read(body).map_err(|malformed| {
                ProbeError::new(ErrorClass::Protocol, format!("relay: the user's settings can't be read: {malformed}"))
            })?;
            return Ok(Provisioned::Settings(read));
        }
    }
    Err(endless("the user's settings"))
}

/// Whether nothing comes after a notification (RFC 6665 4.1.3).
fn is_end(notification: &Message) -> bool {
    let state = notification.headers.first("subscription-state").unwrap_or_default();
    state.split(';').next().is_some_and(|state| state.trim().eq_ignore_ascii_case("terminated"))
}

/// Asks the service for credentials: its final answer.
///
/// # Errors
/// There is none.
pub(super) async fn ask(
    session: &mut Session,
    party: &Party,
    service: &str,
    location: Location,
    deadline: Instant,
) -> Result<Message, ProbeError> {
    let asked = CredentialsRequest {
        from: format!("sip:{}", party.address),
        to: service.to_owned(),
        location,
        minutes: MINUTES,
    };
    let mut request = party.outside("SERVICE", service, random()?);
    request.headers.push("Content-Type", CONTENT_TYPE);
    request.body = asked.write().into_bytes();
    session.say(request.clone(), deadline).await?;
    let what = format!("credentials for media relays, asked of {service}");
    for _ in 0..MOST_MESSAGES {
        let message = heard(session, &what, deadline).await?;
        match &message.start {
            Start::Request { .. } => session.decline(&message, deadline).await?,
            Start::Response { status: 200.., .. } if message.answers(&request) => return Ok(message),
            Start::Response { .. } => {}
        }
    }
    Err(endless(&what))
}

async fn heard(session: &mut Session, what: &str, deadline: Instant) -> Result<Message, ProbeError> {
    let heard = session.hear(deadline).await;
    heard.map_err(|error| ProbeError::new(error.class, format!("{what}: {}", error.message)))
}

fn endless(what: &str) -> ProbeError {
    ProbeError::new(ErrorClass::Protocol, format!("{what}: {MOST_MESSAGES} messages, none of them the answer"))
}
