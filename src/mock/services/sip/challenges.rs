//! What a registrar, or an Access Edge before one, answers whoever has not signed in.

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use crate::mock::deployment::{Scheme, SipAnswer, SipServer};
use crate::protocol::sip::Message;

pub(super) const REALM: &str = "SIP Communications Service";

/// What is answered in the place of everything else; none where nothing is.
pub(super) fn instead(request: &Message, uri: &str, server: &SipServer) -> Option<Vec<u8>> {
    match server.instead(uri)? {
        SipAnswer::Raw(text) => Some(text.clone().into_bytes()),
        SipAnswer::Status { code, reason, headers } => {
            let mut reply = status(request, *code, reason, headers);
            complete(&mut reply, server);
            Some(reply.encode())
        }
    }
}

/// A response with header fields of its own, each `Name: value`.
pub(super) fn status(request: &Message, code: u16, reason: &str, headers: &[String]) -> Message {
    let mut reply = Message::reply(request, code, reason);
    for (name, value) in headers.iter().filter_map(|header| header.split_once(':')) {
        reply.headers.push(name.trim(), value.trim());
    }
    reply
}

/// What every answer has: a date, the server's name, and the dialog's other end (RFC 3261 8.2.6.2).
pub(super) fn complete(reply: &mut Message, server: &SipServer) {
    let now = Timestamp::now();
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&clock(server)) {
        reply.headers.push("Date", date);
    }
    reply.headers.push("Server", format!("RTC/{}", server.version));
    for to in reply.headers.0.iter_mut().filter(|header| header.long_name() == "to") {
        let value = to.value().into_owned();
        if !value.contains(";tag=") {
            to.raw = format!("{value};tag={:032X}", now.as_nanosecond()).into_bytes();
        }
    }
}

/// The time as a server has it.
pub(super) fn clock(server: &SipServer) -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(SignedDuration::from_mins(i64::from(server.minutes_fast))).unwrap_or(now)
}

/// 401 with a challenge for each scheme ([MS-SIPAE] 2.2.1, 3.3.5).
pub(super) fn challenge(request: &Message, SipServer { server, schemes, web, .. }: &SipServer) -> Message {
    let web = web.as_ref().unwrap_or(server);
    let mut reply = Message::reply(request, 401, "Unauthorized");
    for scheme in schemes {
        let value = match scheme {
            Scheme::Ntlm => format!(r#"NTLM realm="{REALM}", targetname="{server}", version=4"#),
            Scheme::Kerberos => format!(r#"Kerberos realm="{REALM}", targetname="sip/{server}", version=4"#),
            Scheme::TlsDsk => format!(
                r#"TLS-DSK realm="{REALM}", targetname="{server}", version=4, sts-uri="https://{web}:443/CertProv/CertProvisioningService.svc""#
            ),
        };
        reply.headers.push("WWW-Authenticate", value);
    }
    reply
}
