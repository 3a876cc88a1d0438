//! Messages for people and for facts. What proves a credential, or is made of one, is hidden.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::protocol::diagnostics::{self, Diagnostics};
use crate::protocol::sip::{Header, Headers, Message, Start};

/// Headers whose values are credentials, or proofs made with them.
const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info"];
/// The parameter of a challenge that NTLM's own messages are in.
const BLOB: &str = "gssapi-data";
/// How every message of NTLM begins, `NTLMSSP` and a zero byte, in Base64.
const NTLM: &str = "TlRMTVNTU";

/// Characters of an answer that people are told in one sentence.
const MOST_TOLD: usize = 1_000;

/// Long names and values of all header fields, in their order.
pub(crate) fn fields(headers: &Headers) -> impl Iterator<Item = (String, String)> {
    headers.0.iter().map(|header| (header.long_name(), value(header)))
}

fn value(header: &Header) -> String {
    let (name, value) = (header.long_name(), header.value());
    let hidden = SECRET.contains(&name.as_str()) || value.to_ascii_lowercase().contains(BLOB) || betrays(&value);
    if hidden { "(hidden)".to_owned() } else { value.into_owned() }
}

/// Whether a text holds a message of NTLM's: a server may send ours back anywhere.
fn betrays(text: &str) -> bool {
    text.contains(NTLM)
}

/// A reason phrase for people.
pub(crate) fn reason(words: &str) -> &str {
    if betrays(words) { "(hidden)" } else { words }
}

/// A message for people, its body left out.
pub(crate) fn text(message: &Message) -> String {
    let first = match &message.start {
        Start::Request { method, uri } => format!("{method} {uri} SIP/2.0"),
        Start::Response { status, reason: words } => format!("SIP/2.0 {status} {}", reason(words)),
    };
    let fields = message.headers.0.iter().map(|header| format!("\n{}: {}", header.name, value(header)));
    let body =
        if message.body.is_empty() { String::new() } else { format!("\n\n({} bytes of body)", message.body.len()) };
    format!("{first}{}{body}", fields.collect::<String>())
}

/// Every diagnostics header that can be read, in order.
pub(crate) fn all_diagnostics(headers: &Headers) -> Vec<Diagnostics> {
    let told = headers.0.iter().map(|header| (header.long_name(), header));
    let told = told.filter(|(name, _)| diagnostics::HEADERS.contains(&name.as_str()));
    let told = told.filter(|(_, header)| !betrays(&header.value()));
    told.filter_map(|(name, header)| Diagnostics::read(&name, &header.value())).collect()
}

/// An answer's status, reason and diagnostics, in words; of a request, its diagnostics.
pub(crate) fn told(answer: &Message) -> String {
    let status = match &answer.start {
        Start::Response { status, reason: words } => Some(format!("{status} {}", reason(words))),
        Start::Request { .. } => None,
    };
    let told = all_diagnostics(&answer.headers).into_iter().map(|one| one.in_words());
    let mut text = status.into_iter().chain(told).collect::<Vec<_>>().join(", ");
    if let Some((end, _)) = text.char_indices().nth(MOST_TOLD) {
        let length = text.len();
        text.truncate(end);
        text.push_str(&format!("… ({length} bytes)"));
    }
    text
}

/// What a server calls itself.
pub(crate) fn server(headers: &Headers) -> Option<String> {
    headers.first("server").or_else(|| headers.first("user-agent")).map(std::borrow::Cow::into_owned)
}

/// The generation behind `RTC/x.y`. The numbers of 2015 and 2019 follow their builds
/// (6.0.9319, 7.0.2046); that the header shows them so is UNCONFIRMED.
pub(crate) fn generation(server: &str) -> Option<&'static str> {
    let version = server.split([' ', '/']).skip_while(|part| !part.eq_ignore_ascii_case("RTC")).nth(1)?;
    let mut numbers = version.split('.');
    match (numbers.next()?, numbers.next()) {
        ("3", Some("5")) => Some("Office Communications Server 2007 R2"),
        ("4", _) => Some("Lync Server 2010"),
        ("5", _) => Some("Lync Server 2013"),
        ("6", _) => Some("Skype for Business Server 2015"),
        ("7", _) => Some("Skype for Business Server 2019"),
        _ => None,
    }
}

/// A server's clock.
pub(crate) fn date(headers: &Headers) -> Option<Timestamp> {
    headers.first("date").and_then(|date| rfc2822::parse(date.trim()).ok()).map(|date| date.timestamp())
}

/// How far a clock is ahead, as it was told at a moment.
pub(crate) fn offset_seconds(date: Timestamp, at: Timestamp) -> i64 {
    date.as_second().saturating_sub(at.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_sends_back_of_ntlm_is_hidden_wherever_it_stands() {
        let blob = "TlRMTVNTUAADAAAAGAAYAEgAAAAYARgBYAAAAA==";
        let answer = format!(
            "SIP/2.0 403 NTLM {blob}\r\nX-Debug: NTLM {blob}\r\nms-diagnostics: 1000;reason=\"{blob}\";source=\"fe21\"\r\nContent-Length: 0\r\n\r\n"
        );
        let mut decoder = crate::protocol::sip::Decoder::new(crate::protocol::sip::Limits::default());
        decoder.push(answer.as_bytes());
        let message = decoder.message().expect("it is right").expect("it is whole");
        let shown = text(&message);
        assert!(!shown.contains(NTLM) && shown.contains("403 (hidden)"), "{shown}");
        assert!(all_diagnostics(&message.headers).is_empty());
    }
}
