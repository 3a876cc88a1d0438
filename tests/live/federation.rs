//! Messages between two federated domains, each served by a Kamailio: what we write passes both,
//! and what they refuse is understood.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use poolproof::protocol::diagnostics::{Diagnostics, HEADERS};
use poolproof::protocol::sip::{Conversation, Decoder, Limits, Message, Party, Start};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::kamailio::{Kamailio, Server};
use crate::peers;

const OURS: &str = "contoso.test";
const THEIRS: &str = "fabrikam.test";
const SENDER: &str = "probe@contoso.test";
const PARTNER: &str = "probe@fabrikam.test";
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What must hold between a server and its partner's.
type Held = fn([Server; 2]);

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Held); 5] = [
        ("a_conversation_passes_both", a_conversation_passes_both),
        ("a_message_passes_both", a_message_passes_both),
        ("a_partner_who_is_not_there", a_partner_who_is_not_there),
        ("a_domain_that_is_not_routed_to", a_domain_that_is_not_routed_to),
        ("a_partner_whose_server_is_away", a_partner_whose_server_is_away),
    ];
    let trial = |(name, test): (&str, Held)| {
        peers::trial(&format!("federation::{name}"), Kamailio::find, move |kamailio| {
            test(kamailio.federate([OURS, THEIRS]));
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

/// An endpoint with a connection of its own.
struct Phone {
    stream: StreamOwned<ClientConnection, TcpStream>,
    decoder: Decoder,
    party: Party,
}

impl Phone {
    fn connected(server: &Server, domain: &str, address: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(server.root.clone())).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from(format!("sip.{domain}")).expect("a name");
        let tcp = TcpStream::connect(server.address).expect("connected");
        tcp.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let local = tcp.local_addr().expect("an address");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a connection");
        let party = Party {
            address: address.to_owned(),
            epid: "0123456789".to_owned(),
            local,
            gruu: None,
            user_agent: "Poolproof".to_owned(),
        };
        Self { stream: StreamOwned::new(tls, tcp), decoder: Decoder::new(Limits::default()), party }
    }

    /// Registers, as the server lets everybody.
    fn registered(server: &Server, domain: &str, address: &str) -> Self {
        let mut phone = Self::connected(server, domain, address);
        let mut register = phone.party.outside("REGISTER", &format!("sip:{domain}"), [7; 24]);
        for to in register.headers.0.iter_mut().filter(|header| header.long_name() == "to") {
            to.raw = format!("<sip:{address}>").into_bytes();
        }
        register.headers.push("Expires", "600");
        assert_eq!(phone.ask(&register).0, 200, "registered");
        phone
    }

    fn say(&mut self, message: &Message) {
        self.stream.write_all(&message.encode()).expect("sent");
    }

    fn next(&mut self) -> Message {
        let mut buffer = [0; 4096];
        loop {
            if let Some(message) = self.decoder.message().expect("SIP") {
                return message;
            }
            let read = self.stream.read(&mut buffer).expect("something comes");
            assert!(read > 0, "the connection ended");
            self.decoder.push(buffer.get(..read).expect("as much as was read"));
        }
    }

    /// The next request, which must be of a method.
    fn request(&mut self, wanted: &str) -> Message {
        let message = self.next();
        assert!(matches!(&message.start, Start::Request { method, .. } if method == wanted), "{message:?}");
        message
    }

    /// The status of the final answer to a request that was sent, and the answer.
    fn answer(&mut self, request: &Message) -> (u16, Message) {
        loop {
            let message = self.next();
            if let Start::Response { status, .. } = message.start
                && status >= 200
                && message.answers(request)
            {
                return (status, message);
            }
        }
    }

    fn ask(&mut self, request: &Message) -> (u16, Message) {
        self.say(request);
        self.answer(request)
    }
}

fn a_conversation_passes_both([ours, theirs]: [Server; 2]) {
    let mut partner = Phone::registered(&theirs, THEIRS, PARTNER);
    let mut sender = Phone::registered(&ours, OURS, SENDER);
    let mut conversation = Conversation::with(PARTNER, sender.party.clone(), [42; 48]);

    let invite = conversation.invite("Can you read this?");
    sender.say(&invite);
    let invited = partner.request("INVITE");
    let text = invited.headers.first("ms-text-format").expect("the first text comes along").into_owned();
    assert_eq!(Some(text), invite.headers.first("ms-text-format").map(std::borrow::Cow::into_owned));
    let accepted = partner.party.accept(&invited, "partner");
    partner.say(&accepted);
    let (status, answer) = sender.answer(&invite);
    assert_eq!(status, 200, "{answer:?}");
    let ack = conversation.establish(&answer).expect("a dialog");
    sender.say(&ack);
    partner.request("ACK");

    let text = "ä and 山, through two domains";
    let message = conversation.message(text);
    sender.say(&message);
    let told = partner.request("MESSAGE");
    assert_eq!(String::from_utf8(told.body.clone()).expect("UTF-8"), text);
    partner.say(&Message::reply(&told, 200, "OK"));
    assert_eq!(sender.answer(&message).0, 200);

    let bye = conversation.bye();
    sender.say(&bye);
    let ended = partner.request("BYE");
    partner.say(&Message::reply(&ended, 200, "OK"));
    assert_eq!(sender.answer(&bye).0, 200);
}

fn a_message_passes_both([ours, theirs]: [Server; 2]) {
    let mut partner = Phone::registered(&theirs, THEIRS, PARTNER);
    let mut sender = Phone::connected(&ours, OURS, SENDER);
    let mut message = sender.party.outside("MESSAGE", &format!("sip:{PARTNER}"), [9; 24]);
    message.headers.push("Content-Type", "text/plain");
    message.body = b"hello".to_vec();
    sender.say(&message);
    let told = partner.request("MESSAGE");
    assert_eq!((told.body.as_slice(), told.headers.all("via").count()), (b"hello".as_slice(), 3));
    let mut busy = Message::reply(&told, 480, "Temporarily Unavailable");
    busy.headers
        .push("ms-diagnostics", "1034;reason=\"Previous hop federated peer did not report diagnostic information\"");
    partner.say(&busy);
    let (status, answer) = sender.answer(&message);
    assert_eq!((status, diagnosed(&answer)), (480, vec![1034]), "{answer:?}");
    message.headers.0.retain(|header| !["cseq", "via"].contains(&header.long_name().as_str()));
    message.headers.push("Via", format!("SIP/2.0/TLS {};branch=z9hG4bK2", sender.party.local));
    message.headers.push("CSeq", "2 MESSAGE");
    sender.say(&message);
    let told = partner.request("MESSAGE");
    partner.say(&Message::reply(&told, 200, "OK"));
    assert_eq!(sender.answer(&message).0, 200);
}

fn a_partner_who_is_not_there([ours, _theirs]: [Server; 2]) {
    assert_eq!(refused(&ours, PARTNER), (404, vec![1003]));
}

fn a_domain_that_is_not_routed_to([ours, _theirs]: [Server; 2]) {
    assert_eq!(refused(&ours, "probe@nowhere.test"), (504, vec![1008]));
}

fn a_partner_whose_server_is_away([ours, theirs]: [Server; 2]) {
    // Asked to end before it is all there, Kamailio waits a minute.
    drop(Phone::registered(&theirs, THEIRS, PARTNER));
    drop(theirs);
    assert_eq!(refused(&ours, PARTNER), (504, vec![1046]));
}

/// How an invitation is refused: the status, and the numbers that say why.
fn refused(server: &Server, to: &str) -> (u16, Vec<u32>) {
    let mut sender = Phone::registered(server, OURS, SENDER);
    let invite = Conversation::with(to, sender.party.clone(), [3; 48]).invite("Is anybody there?");
    let (status, answer) = sender.ask(&invite);
    (status, diagnosed(&answer))
}

fn diagnosed(answer: &Message) -> Vec<u32> {
    let headers = answer.headers.0.iter().filter(|header| HEADERS.contains(&header.long_name().as_str()));
    headers.filter_map(|header| Diagnostics::read(&header.long_name(), &header.value())).map(|one| one.id).collect()
}
