//! One client's connection: what it says, and what it hears.

use tokio::sync::mpsc::Sender;

use super::challenges::{self, challenge, complete, status};
use super::handshake::{Pending, random};
use super::registry::Registry;
use super::{media, routing};
use crate::mock::deployment::{Signatures, SipAnswer, SipServer, User};
use crate::protocol::mras::{self, Settings};
use crate::protocol::sip::{Association, Challenge, Message, Proof, Start};
use crate::values::fold;

/// Beyond this NTLM doesn't work (wire facts of registrars; diagnostic 1013).
const MOST_MINUTES: i32 = 15;
/// How long a registration lasts, in seconds.
const EXPIRES: u32 = 7200;

/// One client's connection.
pub(super) struct Visitor<'a> {
    server: &'a SipServer,
    registry: &'a Registry,
    outbox: Sender<Message>,
    number: u64,
    pending: Option<Pending>,
    signed: Option<Association>,
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        self.registry.forget(self.number);
    }
}

impl<'a> Visitor<'a> {
    pub(super) fn new(server: &'a SipServer, registry: &'a Registry, outbox: Sender<Message>) -> Self {
        Self { server, registry, outbox, number: registry.visitor(), pending: None, signed: None }
    }

    /// What goes back at once.
    pub(super) fn hear(&mut self, message: &Message) -> Vec<Vec<u8>> {
        let Start::Request { method, uri } = &message.start else {
            routing::answer(message, self.registry);
            return Vec::new();
        };
        let proven = self.signed.as_mut().is_some_and(|association| association.verify(message).is_ok());
        if proven {
            return match self.server.instead(uri) {
                Some(SipAnswer::Status { code, reason, headers }) if !is_dropped(method) => {
                    self.send(status(message, *code, reason, headers))
                }
                _ => self.of_user(message, method),
            };
        }
        if let Some(bytes) = challenges::instead(message, uri, self.server) {
            return if is_dropped(method) { Vec::new() } else { vec![bytes] };
        }
        // Any request without credentials is challenged, but for ACK and CANCEL, which are
        // dropped ([MS-SIPAE] 3.3.5).
        if is_dropped(method) {
            return Vec::new();
        }
        let credentials = ["authorization", "proxy-authorization"];
        let credentials = credentials.iter().find_map(|name| message.headers.first(name));
        let data = credentials.and_then(|value| Challenge::read(&value)).and_then(|read| read.gssapi_data);
        let reply = match (data, self.pending.take()) {
            (Some(data), Some(pending)) if !data.is_empty() => return self.credential(message, &data, &pending),
            (Some(_), _) => {
                let (pending, reply) = Pending::begin(message, self.server);
                self.pending = Some(pending);
                reply
            }
            (None, _) => challenge(message, self.server),
        };
        self.send(reply)
    }

    /// A message of another client's, or an answer to this one's request.
    pub(super) fn hand_on(&mut self, mut message: Message) -> Vec<u8> {
        if let Some(association) = &mut self.signed {
            let _ = association.sign(&mut message, u32::from_be_bytes(random()));
        }
        message.encode()
    }

    /// A credential: it is judged, and so is what its owner may do here.
    fn credential(&mut self, request: &Message, data: &str, pending: &Pending) -> Vec<Vec<u8>> {
        let Some(answer) = Pending::read(data) else { return self.send(challenge(request, self.server)) };
        let who = &answer.credentials;
        self.registry.count(&if who.domain.is_empty() {
            who.user.clone()
        } else {
            format!("{}\\{}", who.domain, who.user)
        });
        let known = self.registry.with_logon(&who.domain, &who.user);
        let Some((address, user)) = known else {
            return self.reject(request, "0xC3E93EC3(SIP_E_AUTH_UNAUTHORIZED)");
        };
        if let Some(number) = &user.rejected {
            return self.reject(request, number);
        }
        if self.server.minutes_fast.abs() > MOST_MINUTES {
            let mut reply = challenge(request, self.server);
            let reason = "There is a significant time skew between client and server";
            reply.headers.push("ms-diagnostics", self.told(1013, reason));
            return self.send(reply);
        }
        match pending.accept(&answer, &user.password, self.server) {
            Some(mut association) => {
                let unsigned = association.verify(request).is_err();
                if Proof::of_client(&request.headers).is_some() && unsigned {
                    return self.reject(request, "0xC3E93EC3(SIP_E_AUTH_UNAUTHORIZED)");
                }
                self.signed = Some(association);
                self.register(request, (address, user))
            }
            None => self.reject(request, "0xC3E93EC3(SIP_E_AUTH_UNAUTHORIZED)"),
        }
    }

    fn reject(&mut self, request: &Message, number: &str) -> Vec<Vec<u8>> {
        let mut reply = challenge(request, self.server);
        let diagnostics = format!("{};HRESULT=\"{number}\"", self.told(1000, "Final handshake failed"));
        reply.headers.push("ms-diagnostics", diagnostics);
        self.send(reply)
    }

    /// `1000;reason="…";source="…"`
    fn told(&self, id: u32, reason: &str) -> String {
        format!(r#"{id};reason="{reason}";source="{}""#, self.server.server)
    }

    /// REGISTER of somebody whose credential was accepted.
    fn register(&mut self, request: &Message, (address, user): (&str, &User)) -> Vec<Vec<u8>> {
        let from = routing::address(request, "from").unwrap_or_default();
        let epid = routing::epid(request, "from").unwrap_or_default();
        let agent = request.headers.first("user-agent").unwrap_or_default().into_owned();
        let refused = |code, reason: &str, header: &str, id, why: &str| {
            status(request, code, reason, &[format!("{header}: {}", self.told(id, why))])
        };
        let reply = if self.server.clients.as_ref().is_some_and(|wanted| !agent.starts_with(wanted.as_str())) {
            refused(403, "Forbidden", "ms-diagnostics", 17002, "Client version is not valid")
        } else if fold(&from) != fold(address) {
            refused(
                403,
                "Forbidden",
                "ms-diagnostics",
                4004,
                "Credentials provided are not authorized to act as specified from URI",
            )
        } else if self.server.remote && !user.remote {
            refused(403, "Forbidden", "ms-diagnostics-public", 4003, "From URI not enabled for remote access")
        } else if let Some(SipAnswer::Status { code, reason, headers }) = &user.answer {
            status(request, *code, reason, headers)
        } else if !self.server.remote && self.server.pool.as_ref().is_some_and(|pool| *pool != user.pool) {
            status(request, 301, "Moved Permanently", &[format!("Contact: <sip:{}:5061;transport=TLS>", user.pool)])
        } else if request.headers.first("expires").as_deref().map(str::trim) == Some("0") {
            self.registry.leave(&epid, self.number);
            status(request, 200, "OK", &["Expires: 0".to_owned()])
        } else {
            self.registry.enter(address, &epid, self.number, &self.outbox);
            self.registered(request, address, &epid)
        };
        self.send(reply)
    }

    fn registered(&self, request: &Message, address: &str, epid: &str) -> Message {
        let contact = request.headers.first("contact").unwrap_or_default().into_owned();
        let own = contact.find('>').and_then(|end| contact.get(..=end)).unwrap_or("*").to_owned();
        let headers = [
            format!("Contact: {own};expires={EXPIRES};gruu=\"sip:{address};opaque=user:epid:{epid};gruu\""),
            format!("Expires: {EXPIRES}"),
            "presence-state: register-action=\"added\";primary-cluster-type=\"central\";is-connected-to-primary=\"yes\""
                .to_owned(),
            "Allow-Events: vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence,\
             presence.wpending,vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2"
                .to_owned(),
            "Supported: adhoclist".to_owned(),
            "Supported: msrtc-event-categories".to_owned(),
            "ms-keep-alive: UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300".to_owned(),
        ];
        let remote = self.server.remote.then(|| "ms-user-logon-data: RemoteUser".to_owned());
        let headers: Vec<String> = headers.into_iter().chain(remote).collect();
        status(request, 200, "OK", &headers)
    }

    /// A signed request of somebody who is signed in.
    fn of_user(&mut self, request: &Message, method: &str) -> Vec<Vec<u8>> {
        let from = routing::address(request, "from").unwrap_or_default();
        match method {
            "REGISTER" => match self.registry.user(&from) {
                Some(user) => self.register(request, (&from, user)),
                None => self.send(challenge(request, self.server)),
            },
            "INVITE" | "MESSAGE" | "ACK" | "BYE" | "CANCEL" | "INFO" => {
                let refusal = routing::request(request, self.registry, &self.outbox, self.server);
                refusal.map(|reply| self.send(reply)).unwrap_or_default()
            }
            "SUBSCRIBE" => {
                let event = request.headers.first("event").unwrap_or_default().into_owned();
                let expires = request.headers.first("expires").unwrap_or("3600".into()).into_owned();
                let headers = [
                    format!("Contact: <sip:{}:5061;transport=tls>", self.server.server),
                    format!("Event: {event}"),
                    format!("Expires: {expires}"),
                    format!("subscription-state: active;expires={expires}"),
                ];
                let mut reply = status(request, 200, "OK", &headers);
                // The other end of the dialog, which a message within it names.
                complete(&mut reply, self.server);
                let settings = event.eq_ignore_ascii_case(Settings::EVENT);
                let by = self.server.settings;
                let behind = settings.then(|| media::settings(&mut reply, &from, self.registry, by)).flatten();
                let mut said = self.sign(reply);
                said.extend(behind.map(|notification| self.hand_on(notification)));
                said
            }
            "SERVICE" if is_for_media(request) => {
                media::credentials(request, &from, self.registry).map(|reply| self.send(reply)).unwrap_or_default()
            }
            _ => self.send(Message::reply(request, 200, "OK")),
        }
    }

    /// Completes and signs an answer.
    fn send(&mut self, mut reply: Message) -> Vec<Vec<u8>> {
        complete(&mut reply, self.server);
        self.sign(reply)
    }

    /// Signs a complete answer, as well as this server does it.
    fn sign(&mut self, mut reply: Message) -> Vec<Vec<u8>> {
        let Some(association) = &mut self.signed else { return vec![reply.encode()] };
        let number = u32::from_be_bytes(random());
        let mut before = None;
        match self.server.signatures {
            Signatures::None => return vec![reply.encode()],
            Signatures::Sound | Signatures::Corrupt => {}
            Signatures::Replayed => {
                let mut trying = reply.clone();
                trying.start = Start::Response { status: 100, reason: "Trying".to_owned() };
                let _ = association.clone().sign(&mut trying, number);
                before = Some(trying.encode());
            }
        }
        let _ = association.sign(&mut reply, number);
        if self.server.signatures == Signatures::Corrupt {
            corrupt(&mut reply);
        }
        before.into_iter().chain([reply.encode()]).collect()
    }
}

fn is_for_media(request: &Message) -> bool {
    request.headers.first("content-type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case(mras::CONTENT_TYPE))
}

fn is_dropped(method: &str) -> bool {
    method == "ACK" || method == "CANCEL"
}

/// Makes one digit of the signature another.
fn corrupt(reply: &mut Message) {
    const BEFORE: &str = "rspauth=\"01000000";
    for header in reply.headers.0.iter_mut().filter(|header| header.long_name() == "authentication-info") {
        let value = header.value().into_owned();
        let Some(at) = value.find(BEFORE).map(|at| at + BEFORE.len()) else { continue };
        if let Some(digit) = header.raw.get_mut(at) {
            *digit = if *digit == b'0' { b'1' } else { b'0' };
        }
    }
}
