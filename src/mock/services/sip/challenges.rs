//! A registrar, or an Access Edge before one, that nobody has signed in to.

use std::io;

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Stream;
use crate::mock::deployment::{Scheme, SipAnswer, SipServer};
use crate::protocol::sip::{Decoder, Limits, Message, Start};

/// Answers every request until the client leaves, or stops speaking SIP.
pub(super) async fn serve(mut stream: Box<dyn Stream>, server: &SipServer) -> io::Result<()> {
    let mut decoder = Decoder::new(Limits::default());
    let mut buffer = [0; 4096];
    loop {
        while let Some(message) = decoder.message().map_err(io::Error::other)? {
            if let Some(bytes) = answer(&message, server) {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
            }
        }
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return stream.shutdown().await;
        }
        decoder.push(buffer.get(..count).unwrap_or_default());
    }
}

/// Any request without credentials is challenged, but for ACK and CANCEL, which are
/// dropped ([MS-SIPAE] 3.3.5).
fn answer(request: &Message, server: &SipServer) -> Option<Vec<u8>> {
    let Start::Request { method, uri, .. } = &request.start else { return None };
    if method == "ACK" || method == "CANCEL" {
        return None;
    }
    let mut reply = match server.instead(uri) {
        Some(SipAnswer::Raw(text)) => return Some(text.clone().into_bytes()),
        Some(SipAnswer::Status { code, reason, headers }) => {
            let mut reply = Message::reply(request, *code, reason);
            for (name, value) in headers.iter().filter_map(|header| header.split_once(':')) {
                reply.headers.push(name.trim(), value.trim());
            }
            reply
        }
        None => challenge(request, server),
    };
    let now = Timestamp::now();
    let clock = now.checked_add(SignedDuration::from_mins(i64::from(server.minutes_fast))).unwrap_or(now);
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&clock) {
        reply.headers.push("Date", date);
    }
    reply.headers.push("Server", format!("RTC/{}", server.version));
    // The answer makes the dialog's other end (RFC 3261 8.2.6.2).
    for to in reply.headers.0.iter_mut().filter(|header| header.long_name() == "to") {
        let value = to.value().into_owned();
        if !value.contains(";tag=") {
            to.raw = format!("{value};tag={:032X}", now.as_nanosecond()).into_bytes();
        }
    }
    Some(reply.encode())
}

/// 401 with a challenge for each scheme ([MS-SIPAE] 2.2.1, 3.3.5).
fn challenge(request: &Message, SipServer { server, schemes, web, .. }: &SipServer) -> Message {
    const REALM: &str = "SIP Communications Service";
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
