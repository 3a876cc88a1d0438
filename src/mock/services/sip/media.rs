//! The settings that name the service for media relays, and that service.

use zeroize::Zeroizing;

use super::challenges::status;
use super::handshake::random;
use super::registry::Registry;
use crate::mock::deployment::{MediaAnswer, MediaService, SettingsBy, SipAnswer};
use crate::protocol::mras::{
    CONTENT_TYPE, Credentials, CredentialsRequest, CredentialsResponse, Location, MediaRelay, Settings,
};
use crate::protocol::sip::Message;

/// The address of a pool's service.
fn service(media: &MediaService, domain: &str) -> String {
    format!("sip:{}@{domain};gruu;opaque=srvr:MRAS:mock", media.edge)
}

/// Puts a user's settings into the answer to its SUBSCRIBE, or into a message of its own behind it.
pub(super) fn settings(reply: &mut Message, from: &str, registry: &Registry, by: SettingsBy) -> Option<Message> {
    let domain = from.rsplit('@').next().unwrap_or(from);
    let mras = registry.media(from).map(|media| service(media, domain));
    let body = Settings { mras }.write().into_bytes();
    let method = match by {
        SettingsBy::Answer => {
            reply.headers.push("Content-Type", Settings::CONTENT_TYPE);
            reply.body = body;
            return None;
        }
        SettingsBy::Notify => "NOTIFY",
        SettingsBy::Benotify => "BENOTIFY",
    };
    let field = |name: &str| reply.headers.first(name).unwrap_or_default().into_owned();
    let mut notification = Message::request(method, format!("sip:{from}"));
    for (name, value) in [
        ("Via", "SIP/2.0/TLS 127.0.0.1".to_owned()),
        ("Max-Forwards", "70".to_owned()),
        // The same dialog, from its other end (RFC 6665 4.1.2.4).
        ("From", field("to")),
        ("To", field("from")),
        ("Call-ID", field("call-id")),
        ("CSeq", format!("1 {method}")),
        ("Event", Settings::EVENT.to_owned()),
        ("subscription-state", "terminated;expires=0".to_owned()),
        ("Content-Type", Settings::CONTENT_TYPE.to_owned()),
    ] {
        notification.headers.push(name, value);
    }
    notification.body = body;
    Some(notification)
}

/// The answer to a request for credentials; none where the service is silent.
pub(super) fn credentials(request: &Message, from: &str, registry: &Registry) -> Option<Message> {
    let Some(media) = registry.media(from) else { return Some(Message::reply(request, 404, "Not Found")) };
    let Ok(asked) = CredentialsRequest::read(&request.body) else {
        return Some(Message::reply(request, 400, "Bad Request"));
    };
    let mut response = CredentialsResponse { phrase: "OK".to_owned(), credentials: None, relays: Vec::new() };
    match &media.answer {
        Some(MediaAnswer::Silent) => return None,
        Some(MediaAnswer::Sip(SipAnswer::Status { code, reason, headers })) => {
            return Some(status(request, *code, reason, headers));
        }
        Some(MediaAnswer::Refusal(why)) => response.phrase.clone_from(why),
        Some(MediaAnswer::Sip(SipAnswer::Raw(_))) | None => {
            let (user, password) = match &media.credentials {
                Some(fixed) => (fixed.username.clone().into_bytes(), fixed.password.clone().into_bytes()),
                None => (random::<24>().to_vec(), random::<20>().to_vec()),
            };
            registry.issue(&media.edge, &user, &password);
            let (user, password) = (Zeroizing::new(user), Zeroizing::new(password));
            response.credentials = Some(Credentials { user, password, minutes: Some(asked.minutes.min(480)) });
            let host = match asked.location {
                Location::Intranet => media.internal.as_ref().unwrap_or(&media.edge),
                Location::Internet => &media.external,
            };
            response.relays.push(MediaRelay {
                location: Some(asked.location),
                host: host.to_string(),
                udp_port: Some(media.udp_port),
                tcp_port: Some(media.tcp_port),
            });
        }
    }
    let mut reply = Message::reply(request, 200, "OK");
    reply.headers.push("Content-Type", CONTENT_TYPE);
    reply.body = response.write(&asked.to, &asked.from).as_bytes().to_vec();
    Some(reply)
}
