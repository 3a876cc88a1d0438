//! What users say to each other.

use tokio::sync::mpsc::Sender;

use super::challenges::status;
use super::registry::Registry;
use crate::mock::deployment::{SipAnswer, SipServer};
use crate::protocol::parameters::split;
use crate::protocol::sip::{Header, Message};

/// Sends a request on to whom it is for; the answer where that can't be.
pub(super) fn request(
    request: &Message,
    registry: &Registry,
    back: &Sender<Message>,
    server: &SipServer,
) -> Option<Message> {
    let is_ack = matches!(&request.cseq(), Some((_, method)) if method == "ACK");
    let told = |code, reason: &str, id: u32, why: &str| {
        let diagnostics = format!(r#"ms-diagnostics: {id};reason="{why}";source="{}""#, server.server);
        (!is_ack).then(|| status(request, code, reason, &[diagnostics]))
    };
    let to = address(request, "to").unwrap_or_default();
    let Some(user) = registry.user(&to) else {
        return match registry.partners().answer(request, &to, server) {
            Some(reply) => (!is_ack).then_some(reply),
            None => told(404, "Not Found", 1003, "User does not exist"),
        };
    };
    if let Some(SipAnswer::Status { code, reason, headers }) = &user.messages {
        return (!is_ack).then(|| status(request, *code, reason, headers));
    }
    let Some(there) = registry.find(&to, epid(request, "to").as_deref()) else {
        return (!is_ack).then(|| Message::reply(request, 480, "Temporarily Unavailable"));
    };
    let mut copy = request.clone();
    copy.headers.0.retain(|header| !matches!(header.long_name().as_str(), "authorization" | "proxy-authorization"));
    let via = format!("SIP/2.0/TLS {};branch={}", server.server, registry.branch(back.clone()));
    copy.headers.0.insert(0, Header::new("Via", via));
    match there.try_send(copy) {
        Ok(()) => None,
        Err(_) => told(480, "Temporarily Unavailable", 1007, "Temporarily cannot route"),
    }
}

/// Hands an answer back to whoever asked.
pub(super) fn answer(answer: &Message, registry: &Registry) {
    let via = answer.headers.first("via").unwrap_or_default().into_owned();
    let Some(back) = parameter(&via, "branch").and_then(|branch| registry.asked(&branch)) else { return };
    let mut copy = answer.clone();
    if let Some(top) = copy.headers.0.iter().position(|header| header.long_name() == "via") {
        copy.headers.0.remove(top);
    }
    copy.headers.0.retain(|header| !matches!(header.long_name().as_str(), "authorization" | "proxy-authorization"));
    // A client that no longer listens gets nothing.
    let _ = back.try_send(copy);
}

/// `user@domain` of a header's SIP address.
pub(super) fn address(message: &Message, header: &str) -> Option<String> {
    let value = message.headers.first(header)?.into_owned();
    let uri = value.split_once('<').map_or(value.as_str(), |(_, rest)| rest.split('>').next().unwrap_or(rest));
    let (scheme, rest) = uri.split_once(':')?;
    let bare = rest.split([';', '?']).next()?;
    scheme.to_ascii_lowercase().starts_with("sip").then(|| bare.to_owned())
}

/// A header's `epid`.
pub(super) fn epid(message: &Message, header: &str) -> Option<String> {
    parameter(&message.headers.first(header)?, "epid")
}

fn parameter(value: &str, name: &str) -> Option<String> {
    split(value, ';').into_iter().skip(1).find_map(|one| {
        let (key, value) = one.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
