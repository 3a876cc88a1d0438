//! A conversation by instant messages, as clients of this family hold it (RFC 3261 12; [MS-SIP]
//! and [MS-CONMGMT] for the headers): INVITE, MESSAGE within the dialog, BYE.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::addresses::{self, Address};
use super::headers::Headers;
use super::message::Message;

/// The header field that tells one conversation from another, whatever a server makes of its Call-ID.
const CONVERSATION: &str = "Ms-Conversation-ID";
const PLAIN: &str = "text/plain; charset=UTF-8";

/// One end of a conversation: a user's endpoint that is registered.
#[derive(Clone, Debug)]
pub struct Party {
    /// The address, without `sip:`.
    pub address: String,
    /// The endpoint among the user's.
    pub epid: String,
    /// Our end of the connection.
    pub local: SocketAddr,
    /// The address of this endpoint alone, where the registrar gave one.
    pub gruu: Option<String>,
    /// What it calls itself.
    pub user_agent: String,
}

/// A conversation, from the side of whoever begins it.
#[derive(Clone, Debug)]
pub struct Conversation {
    party: Party,
    to: String,
    tag: String,
    call_id: String,
    id: String,
    cseq: u32,
    invited: u32,
    /// What the other side has told: the value of To, where it is reached, and by way of whom.
    remote: Option<Remote>,
}

#[derive(Clone, Debug)]
struct Remote {
    to: String,
    target: String,
    routes: Vec<String>,
}

impl Party {
    fn contact(&self) -> String {
        match &self.gruu {
            Some(gruu) => format!("<{gruu}>"),
            None => format!("<sip:{};transport=tls>", self.local),
        }
    }

    /// A request outside of any dialog, with a call of its own, made of random bytes. `to` may be the user's own address.
    #[must_use]
    pub fn outside(&self, method: &str, to: &str, random: [u8; 24]) -> Message {
        let mut digits = random.iter().map(|byte| format!("{byte:02x}"));
        let mut take = |count: usize| digits.by_ref().take(count).collect::<String>();
        let (call_id, tag) = (take(16), take(5));
        let mut request = Message::request(method, to);
        let headers = &mut request.headers;
        headers.push("Via", format!("SIP/2.0/TLS {};branch=z9hG4bK{tag}1{method}", self.local));
        headers.push("Max-Forwards", "70");
        headers.push("From", format!("<sip:{}>;tag={tag};epid={}", self.address, self.epid));
        headers.push("To", format!("<{to}>"));
        headers.push("Call-ID", call_id);
        headers.push("CSeq", format!("1 {method}"));
        headers.push("Contact", self.contact());
        headers.push("User-Agent", self.user_agent.clone());
        request
    }

    /// Takes an invitation: the answer that makes the dialog.
    #[must_use]
    pub fn accept(&self, invitation: &Message, tag: &str) -> Message {
        let mut reply = tagged(Message::reply(invitation, 200, "OK"), tag);
        reply.headers.0.extend(invitation.headers.all("record-route").cloned());
        reply.headers.push("Contact", self.contact());
        reply.headers.push("User-Agent", self.user_agent.clone());
        reply.headers.push("Content-Type", "application/sdp");
        reply.body = self.session().into_bytes();
        reply
    }

    /// What is agreed on: text, over the connections that there are ([MS-SIP] 2.2.3; the port says nothing).
    fn session(&self) -> String {
        let ip = self.local.ip();
        let kind = if ip.is_ipv6() { "IP6" } else { "IP4" };
        format!(
            "v=0\r\no=- 0 0 IN {kind} {ip}\r\ns=session\r\nc=IN {kind} {ip}\r\nt=0 0\r\nm=message {} sip null\r\n\
             a=accept-types:text/plain\r\n",
            self.local.port()
        )
    }
}

impl Conversation {
    /// A conversation with an address, made of random bytes.
    #[must_use]
    pub fn with(to: &str, party: Party, random: [u8; 48]) -> Self {
        let mut digits = random.iter().map(|byte| format!("{byte:02x}"));
        let mut take = |count: usize| digits.by_ref().take(count).collect::<String>();
        let (call_id, tag, id) = (take(16), take(5), take(16));
        Self { party, to: to.to_owned(), tag, call_id, id, cseq: 0, invited: 0, remote: None }
    }

    /// The invitation, with the first text in it, as clients send it along.
    pub fn invite(&mut self, text: &str) -> Message {
        let mut request = self.request("INVITE");
        self.invited = self.cseq;
        let headers = &mut request.headers;
        headers.push("Contact", self.party.contact());
        headers.push("User-Agent", self.party.user_agent.clone());
        headers.push("Supported", "ms-sender");
        headers.push(CONVERSATION, self.id.clone());
        headers.push("ms-text-format", format!("{PLAIN}; ms-body={}", STANDARD.encode(text)));
        headers.push("Content-Type", "application/sdp");
        request.body = self.party.session().into_bytes();
        request
    }

    /// Whether a request is of this conversation.
    #[must_use]
    pub fn owns(&self, request: &Message) -> bool {
        let is = |name: &str, own: &str| request.headers.first(name).is_some_and(|value| value.trim() == own);
        is("call-id", &self.call_id) || is(CONVERSATION, &self.id)
    }

    /// Takes the answer that makes the dialog, and gives its acknowledgement.
    ///
    /// # Errors
    /// Which part of it is missing or can't be read.
    pub fn establish(&mut self, answer: &Message) -> Result<Message, &'static str> {
        let to = answer.headers.first("to").ok_or("To")?.into_owned();
        let contact = answer.headers.first("contact").ok_or("Contact")?.into_owned();
        let target = Address::read(addresses::several(&contact).first().ok_or("Contact")?).map_err(|_| "Contact")?;
        // The dialog's own way, seen from here (RFC 3261 12.1.2).
        let routes = routes(&answer.headers).into_iter().rev().collect();
        self.remote = Some(Remote { to, target: target.uri.to_owned(), routes });
        let cseq = std::mem::replace(&mut self.cseq, self.invited.saturating_sub(1));
        let ack = self.request("ACK");
        self.cseq = cseq;
        Ok(ack)
    }

    /// A text within the dialog.
    pub fn message(&mut self, text: &str) -> Message {
        let mut request = self.request("MESSAGE");
        request.headers.push("User-Agent", self.party.user_agent.clone());
        request.headers.push("Content-Type", PLAIN);
        request.body = text.as_bytes().to_vec();
        request
    }

    /// The end of the dialog.
    pub fn bye(&mut self) -> Message {
        self.request("BYE")
    }

    fn request(&mut self, method: &str) -> Message {
        self.cseq = self.cseq.saturating_add(1);
        let Self { party: Party { address, epid, local, .. }, to, tag, call_id, cseq, remote, .. } = &*self;
        let target = remote.as_ref().map_or_else(|| format!("sip:{to}"), |remote| remote.target.clone());
        let mut request = Message::request(method, target);
        let headers = &mut request.headers;
        headers.push("Via", format!("SIP/2.0/TLS {local};branch=z9hG4bK{tag}{cseq}{method}"));
        for route in remote.iter().flat_map(|remote| &remote.routes) {
            headers.push("Route", route.clone());
        }
        headers.push("Max-Forwards", "70");
        headers.push("From", format!("<sip:{address}>;tag={tag};epid={epid}"));
        headers.push("To", remote.as_ref().map_or_else(|| format!("<sip:{to}>"), |remote| remote.to.clone()));
        headers.push("Call-ID", call_id.clone());
        headers.push("CSeq", format!("{cseq} {method}"));
        request
    }
}

/// Record-Route, one entry each, in order.
fn routes(headers: &Headers) -> Vec<String> {
    let values: Vec<String> = headers.all("record-route").map(|header| header.value().into_owned()).collect();
    values.iter().flat_map(|value| addresses::several(value)).map(|one| one.trim().to_owned()).collect()
}

/// An answer that makes the dialog's other end (RFC 3261 8.2.6.2).
pub(super) fn tagged(mut reply: Message, tag: &str) -> Message {
    for to in reply.headers.0.iter_mut().filter(|header| header.long_name() == "to") {
        let value = to.value().into_owned();
        let has = Address::read(&value).is_ok_and(|address| address.parameters.to_ascii_lowercase().contains(";tag="));
        if !has {
            to.raw = format!("{value};tag={tag}").into_bytes();
        }
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(address: &str, gruu: Option<&str>) -> Party {
        let local = "10.0.0.9:50001".parse().expect("an address");
        let (address, gruu) = (address.to_owned(), gruu.map(str::to_owned));
        Party { address, epid: "0a1b2c3d4e".to_owned(), local, gruu, user_agent: "Poolproof".to_owned() }
    }

    #[test]
    fn a_conversation_is_invited_taken_held_and_ended() {
        let mut alice = Conversation::with("bob@contoso.com", party("alice@contoso.com", None), [5; 48]);
        let invite = alice.invite("are you there");
        assert!(invite.faults().is_empty(), "{:?}", invite.faults());
        assert!(
            invite.headers.first("ms-text-format").is_some_and(|value| value.ends_with("ms-body=YXJlIHlvdSB0aGVyZQ=="))
        );
        let mut arrived = invite.clone();
        for route in ["<sip:fe11.contoso.com;lr>, <sip:fe12.contoso.com;lr>", "<sip:pool02.contoso.com;lr>"] {
            arrived.headers.push("Record-Route", route);
        }
        assert!(alice.owns(&arrived));
        let bob = party("bob@contoso.com", Some("sip:bob@contoso.com;opaque=user:epid:X;gruu"));
        let answer = bob.accept(&arrived, "b0b");
        assert!(answer.answers(&invite) && answer.faults().is_empty(), "{:?}", answer.faults());
        let ack = alice.establish(&answer).expect("a dialog");
        assert_eq!(ack.cseq(), Some((1, "ACK".to_owned())), "it goes with the invitation");
        let text = alice.message("are you there");
        assert_eq!(text.cseq(), Some((2, "MESSAGE".to_owned())));
        assert!(matches!(&text.start, super::super::Start::Request { uri, .. } if uri.ends_with(";gruu")));
        assert!(text.headers.first("to").is_some_and(|to| to.ends_with(";tag=b0b")));
        let routes: Vec<String> = text.headers.all("route").map(|one| one.value().into_owned()).collect();
        assert_eq!(routes, ["<sip:pool02.contoso.com;lr>", "<sip:fe12.contoso.com;lr>", "<sip:fe11.contoso.com;lr>"]);
        assert!(alice.owns(&text) && text.faults().is_empty());
        assert_eq!(alice.bye().cseq(), Some((3, "BYE".to_owned())));
        let other = Conversation::with("bob@contoso.com", party("carol@contoso.com", None), [6; 48]).invite("hello");
        assert!(!alice.owns(&other), "somebody else's");
    }

    #[test]
    fn what_makes_no_dialog_is_told() {
        let mut alice = Conversation::with("bob@contoso.com", party("alice@contoso.com", None), [5; 48]);
        let invite = alice.invite("x");
        assert_eq!(alice.establish(&Message::reply(&invite, 200, "OK")), Err("Contact"));
        let mut odd = Message::reply(&invite, 200, "OK");
        odd.headers.push("Contact", "<sip:bob");
        assert_eq!(alice.establish(&odd), Err("Contact"));
    }
}
