//! The request.

use std::net::SocketAddr;

use super::spec::SipSpec;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::sip::random;
use crate::protocol::sip::Message;

/// A request of one's own for one connection.
///
/// # Errors
/// A parameter can't stand in a SIP message, or the system has no random numbers.
pub(super) fn build(spec: &SipSpec, local: SocketAddr) -> Result<Message, ProbeError> {
    let host = if spec.host.contains(':') { format!("[{}]", spec.host) } else { spec.host.clone() };
    let uri = spec.uri.clone().unwrap_or_else(|| format!("sip:{host}"));
    let from =
        spec.from.as_ref().map_or_else(|| format!("poolproof@{host}"), |from| bare(&from.to_string()).to_owned());
    let to = spec.to.as_ref().map_or_else(|| uri.clone(), |to| format!("sip:{}", bare(&to.to_string())));
    let agent = spec.user_agent.clone().unwrap_or_else(|| concat!("Poolproof/", env!("CARGO_PKG_VERSION")).to_owned());
    for (name, value) in [("uri", &uri), ("from", &from), ("to", &to)] {
        if value.is_empty()
            || value.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "<>\"".contains(letter))
        {
            return Err(unfit(spec, name, value));
        }
    }
    if agent.contains(char::is_control) {
        return Err(unfit(spec, "user_agent", &agent));
    }
    let method = spec.method.name();
    let mut request = Message::request(method, uri);
    let headers = &mut request.headers;
    headers.push("Via", format!("SIP/2.0/{} {local};branch=z9hG4bK{}", spec.transport.name(), digits::<8>()?));
    headers.push("Max-Forwards", "70");
    // Without an epid a registrar refuses ([MS-SIPRE] 3.1; error 4010).
    headers.push("From", format!("<sip:{from}>;tag={};epid={}", digits::<5>()?, digits::<5>()?));
    headers.push("To", format!("<{to}>"));
    headers.push("Call-ID", digits::<16>()?);
    headers.push("CSeq", format!("1 {method}"));
    headers.push("User-Agent", agent);
    headers.push("Accept", "application/sdp");
    Ok(request)
}

fn bare(address: &str) -> &str {
    address.strip_prefix("sip:").unwrap_or(address)
}

fn unfit(spec: &SipSpec, name: &str, value: &str) -> ProbeError {
    let message =
        format!("sip {}:{}: `{name}` can't stand in a request: `{}`", spec.host, spec.port, value.escape_default());
    ProbeError::new(ErrorClass::NotAsked, message)
}

/// As many random bytes, in hexadecimal digits.
fn digits<const N: usize>() -> Result<String, ProbeError> {
    Ok(random::<N>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
