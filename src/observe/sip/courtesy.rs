//! What somebody gets for an answer who asks us something that this run didn't begin.

use crate::protocol::sip::{Message, Start};

/// The answer to a request that is nobody's here; none where none is due. Whoever would
/// talk to a probe account is told at once that nobody is there.
pub(super) fn answer(request: &Message, tag: u32) -> Option<Message> {
    let Start::Request { method, .. } = &request.start else { return None };
    let mut reply = match method.as_str() {
        // BENOTIFY is a NOTIFY that nobody answers ([MS-SIP] 2.2.1).
        "ACK" | "BENOTIFY" => return None,
        // Not 603, which would speak for every endpoint of the account, and so for another run's.
        "INVITE" | "MESSAGE" => Message::reply(request, 486, "Busy Here"),
        "OPTIONS" | "NOTIFY" => Message::reply(request, 200, "OK"),
        "BYE" | "CANCEL" | "INFO" | "UPDATE" => Message::reply(request, 481, "Call/Transaction Does Not Exist"),
        _ => Message::reply(request, 405, "Method Not Allowed"),
    };
    // The answer makes the dialog's other end (RFC 3261 8.2.6.2).
    for to in reply.headers.0.iter_mut().filter(|header| header.long_name() == "to") {
        let value = to.value().into_owned();
        if !value.to_ascii_lowercase().contains(";tag=") {
            to.raw = format!("{value};tag={tag:08x}").into_bytes();
        }
    }
    Some(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_begins_something_is_told_that_nobody_is_there() {
        let status = |method: &str| {
            let mut request = Message::request(method, "sip:probe1@contoso.com");
            for (name, value) in
                [("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"), ("Call-ID", "x"), ("CSeq", "1 INVITE")]
            {
                request.headers.push(name, value);
            }
            answer(&request, 10).map(|reply| {
                assert_eq!(reply.headers.first("to").as_deref(), Some("<sip:c@d>;tag=0000000a"));
                let Start::Response { status, .. } = reply.start else { panic!("a response") };
                status
            })
        };
        let asked = ["INVITE", "MESSAGE", "OPTIONS", "NOTIFY", "BYE", "CANCEL", "REFER", "ACK", "BENOTIFY"];
        let told = [Some(486), Some(486), Some(200), Some(200), Some(481), Some(481), Some(405), None, None];
        assert_eq!(asked.map(status), told);
    }
}
