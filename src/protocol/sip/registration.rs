//! Signing in: REGISTER, a challenge, the credential, and the answer ([MS-SIPAE] 3.2.5,
//! [MS-SIPREGE] 3.1). No I/O, no clock and no chance of its own: answers in, requests out.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::addresses;
use super::association::{self, Association, Side, Unproven};
use super::challenge::Challenge;
use super::dialog::Party;
use super::message::{Message, Start};
use super::signed::SignatureVersion;
use super::target::Target;
use crate::protocol::ntlm::{self, Authenticate, Credentials, Nonces, ResponseKey, SessionKeys};
use crate::protocol::parameters;

/// Who signs in. It can't be printed: it holds a key that is as good as the password.
#[derive(Clone)]
pub struct Identity {
    /// The address, without `sip:`.
    pub address: String,
    /// The logon name.
    pub credentials: Credentials,
    /// What the password makes.
    pub key: ResponseKey,
    /// The machine's name, as NTLM tells it.
    pub workstation: String,
    /// What we call ourselves, which a client version policy may act on.
    pub user_agent: String,
}

/// One endpoint of a user: one sign-in over one connection.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Our end of the connection.
    pub local: SocketAddr,
    call_id: String,
    tag: String,
    epid: String,
    opaque: String,
    instance: String,
}

impl Endpoint {
    /// An endpoint of its own, made of random bytes.
    #[must_use]
    pub fn of(local: SocketAddr, random: [u8; 48]) -> Self {
        let mut digits = random.iter().map(|byte| format!("{byte:02x}"));
        let mut take = |count: usize| digits.by_ref().take(count).collect::<String>();
        let (call_id, tag, epid, opaque) = (take(16), take(5), take(5), take(5));
        let instance = [4, 2, 2, 2, 6].map(&mut take).join("-");
        Self { local, call_id, tag, epid, opaque, instance }
    }
}

/// What an answer may need of chance and time.
pub struct Fresh {
    /// For the credential.
    pub nonces: Nonces,
    /// For a signature.
    pub random: u32,
}

/// What follows from a message.
pub enum Next {
    /// Nothing: it is no final answer to the last request.
    Wait,
    /// This is sent. It shows nothing secret.
    Send(Message),
    /// This is sent. It is the credential: where it is rejected, it is never sent again.
    Show(Message),
    /// That was the end.
    End(How),
}

/// How signing in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It is registered, and the server has proven itself.
    Registered,
    /// It is sent on to other servers, the first of them first.
    Redirected(Vec<Target>),
    /// The credential was not accepted.
    Rejected,
    /// NTLM is not among the challenges.
    NotOffered,
    /// NTLM is offered, and when asked for its challenge the server began anew.
    NoChallenge,
    /// Its NTLM challenge can't be answered.
    Unusable(String),
    /// It registers whoever asks.
    Unchallenged,
    /// It said no, or that it can't.
    Refused {
        /// Whether it has proven that it knows the credential, which was accepted then.
        proven: bool,
    },
    /// It said that all is well, and didn't prove who it is.
    Unproven(Unproven),
}

impl How {
    /// Whether something may be registered after it, where the credential was shown or not.
    #[must_use]
    pub fn may_have_registered(&self, shown: bool) -> bool {
        match self {
            Self::Registered | Self::Unproven(_) | Self::Unchallenged => true,
            // A no that proves nothing need not be the server's.
            Self::Refused { proven } => shown && !proven,
            Self::Redirected(_) | Self::Rejected | Self::NotOffered | Self::NoChallenge | Self::Unusable(_) => false,
        }
    }
}

/// A sign-in on its way.
pub struct Registration {
    identity: Identity,
    endpoint: Endpoint,
    cseq: u32,
    last: Message,
    /// Every scheme that was offered, in order, once.
    offered: Vec<String>,
    registrar: Option<String>,
    begun: bool,
    gruu: Option<String>,
    association: Option<Association>,
}

impl Registration {
    /// Begins: the state, and the request without credentials.
    #[must_use]
    pub fn begin(identity: Identity, endpoint: Endpoint) -> (Self, Message) {
        let mut registration = Self {
            identity,
            endpoint,
            cseq: 0,
            last: Message::response(200, ""),
            offered: Vec::new(),
            registrar: None,
            begun: false,
            gruu: None,
            association: None,
        };
        let request = registration.register(None);
        registration.last = request.clone();
        (registration, request)
    }

    /// Every scheme that was offered, in order.
    #[must_use]
    pub fn offered(&self) -> &[String] {
        &self.offered
    }

    /// The server that the challenges name.
    #[must_use]
    pub fn registrar(&self) -> Option<&str> {
        self.registrar.as_deref()
    }

    /// Whether the credential was made, and so was shown.
    #[must_use]
    pub fn has_shown(&self) -> bool {
        self.association.is_some()
    }

    /// Takes a message that has come.
    pub fn hear(&mut self, message: &Message, fresh: &Fresh) -> Next {
        let Start::Response { status, .. } = message.start else { return Next::Wait };
        if status < 200 {
            self.provisional(message);
            return Next::Wait;
        }
        if !message.answers(&self.last) {
            return Next::Wait;
        }
        if matches!(status, 401 | 407) {
            let challenges = Challenge::all(&message.headers);
            self.note(&challenges);
            return if self.has_shown() {
                Next::End(How::Rejected)
            } else {
                self.challenged(&challenges, status, fresh)
            };
        }
        let proven = self.association.as_mut().map(|association| association.verify(message));
        self.gruu = self.own_gruu(message);
        Next::End(match (status, proven) {
            (200..300, Some(Ok(()))) => How::Registered,
            (200..300, None) => How::Unchallenged,
            (200..400, Some(Err(cause))) => How::Unproven(cause),
            (300..400, _) => How::Redirected(Target::all(&message.headers)),
            (_, proven) => How::Refused { proven: proven == Some(Ok(())) },
        })
    }

    /// The address that a registrar gives this endpoint alone ([MS-SIPRE] 3.1): that of the contact with
    /// our instance, else of the only one.
    fn own_gruu(&self, answer: &Message) -> Option<String> {
        let values: Vec<String> = answer.headers.all("contact").map(|header| header.value().into_owned()).collect();
        let contacts = || values.iter().flat_map(|value| addresses::several(value));
        let ours = |one: &&str| one.to_ascii_lowercase().contains(&self.endpoint.instance);
        let contact = contacts().find(ours).or_else(|| contacts().next().filter(|_| contacts().count() == 1))?;
        let parameters = addresses::Address::read(contact).ok()?.parameters;
        let gruu = parameters::read(parameters, ';').into_iter().find(|one| one.name == "gruu")?.value;
        let plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && !"<>\"".contains(letter);
        (gruu.starts_with("sip:") && gruu.chars().all(plain)).then_some(gruu)
    }

    /// A provisional answer may be signed, and uses up a number then.
    fn provisional(&mut self, message: &Message) {
        if let Some(association) = self.association.as_mut().filter(|_| message.answers(&self.last)) {
            let _ = association.verify(message);
        }
    }

    fn note(&mut self, challenges: &[Challenge]) {
        for challenge in challenges {
            if !self.offered.contains(&challenge.scheme) {
                self.offered.push(challenge.scheme.clone());
            }
        }
        let named = challenges.iter().find_map(Challenge::server);
        self.registrar = named.map(str::to_owned).or(self.registrar.take());
    }

    /// A challenge before the credential was shown: the offer, or what NTLM begins with.
    fn challenged(&mut self, challenges: &[Challenge], status: u16, fresh: &Fresh) -> Next {
        let Some(challenge) = challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case("NTLM")) else {
            return Next::End(How::NotOffered);
        };
        let of_proxy = status == 407;
        let realm = challenge.realm.clone().unwrap_or_default();
        let targetname = challenge.targetname.clone().unwrap_or_default();
        let version = challenge.version.as_deref().map(str::trim).filter(|version| is_number(version));
        let data = challenge.gssapi_data.as_deref().map(str::trim).filter(|data| !data.is_empty());
        let Some(data) = data else {
            if self.begun {
                return Next::End(How::NoChallenge);
            }
            // There is no NEGOTIATE here: empty data asks the server to begin.
            self.begun = true;
            let names = association::names(&realm, &targetname, None);
            let mut request = self.register(None);
            request
                .headers
                .push(field(of_proxy), format!("NTLM qop=\"auth\", {names}, gssapi-data=\"\"{}", told(version)));
            self.last = request.clone();
            return Next::Send(request);
        };
        let (blob, keys) = match self.answer(data, &fresh.nonces) {
            Ok(answer) => answer,
            Err(cause) => return Next::End(How::Unusable(cause)),
        };
        let opaque = challenge.opaque.clone().unwrap_or_default();
        let names = [realm.as_str(), targetname.as_str(), opaque.as_str()];
        let side = Side::Client { of_proxy };
        let mut association = Association::new(side, names, SignatureVersion::of(version), keys);
        let mut request = self.register(None);
        let mut value = format!("NTLM qop=\"auth\", {}, gssapi-data=\"{blob}\"{}", association.names(), told(version));
        // From version 4 on the credential comes with the first signature.
        if version.and_then(|version| version.parse().ok()).unwrap_or(2) >= 4 {
            match association.signature(&request, fresh.random) {
                Ok(signature) => value = format!("{value}, {signature}"),
                Err(cause) => return Next::End(How::Unusable(format!("{cause} can't be signed"))),
            }
        }
        request.headers.push(field(of_proxy), value);
        self.association = Some(association);
        self.last = request.clone();
        Next::Show(request)
    }

    fn answer(&self, data: &str, nonces: &Nonces) -> Result<(String, SessionKeys), String> {
        let unreadable = |cause: &dyn std::fmt::Display| format!("the server's NTLM challenge can't be read: {cause}");
        let bytes = STANDARD.decode(data).map_err(|_| unreadable(&"it is no Base64"))?;
        let challenge = ntlm::Challenge::read(&bytes).map_err(|cause| unreadable(&cause))?;
        let Identity { credentials, key, workstation, .. } = &self.identity;
        let answer = Authenticate::answer(&challenge, credentials, key, workstation, nonces);
        let (blob, keys) = answer.map_err(|cause| cause.to_string())?;
        Ok((STANDARD.encode(blob), keys))
    }

    /// The request that ends the registration, signed where the credential was shown: who
    /// registers whoever asks lets him go as easily.
    ///
    /// # Errors
    /// It can't be signed.
    pub fn leave(&mut self, random: u32) -> Result<Message, &'static str> {
        let mut request = self.register(Some(0));
        if let Some(association) = self.association.as_mut() {
            association.sign(&mut request, random)?;
        }
        self.last = request.clone();
        Ok(request)
    }

    /// What a message means once the registration is to end: the answer's status, or why it
    /// proves nothing; none where it is no answer to that.
    pub fn left(&mut self, message: &Message) -> Option<Result<u16, Unproven>> {
        let Start::Response { status, .. } = message.start else { return None };
        if status < 200 {
            self.provisional(message);
            return None;
        }
        if !message.answers(&self.last) {
            return None;
        }
        let proven = self.association.as_mut().map_or(Ok(()), |association| association.verify(message));
        Some(proven.map(|()| status))
    }

    /// This endpoint as others see it, with the address that an answer to its registration gave it.
    #[must_use]
    pub fn party(&self) -> Party {
        let Identity { address, user_agent, .. } = &self.identity;
        Party {
            address: address.clone(),
            epid: self.endpoint.epid.clone(),
            local: self.endpoint.local,
            gruu: self.gruu.clone(),
            user_agent: user_agent.clone(),
        }
    }

    /// What signs everything else; none before the credential was shown.
    pub fn association(&mut self) -> Option<&mut Association> {
        self.association.as_mut()
    }

    fn register(&mut self, expires: Option<u32>) -> Message {
        self.cseq = self.cseq.saturating_add(1);
        let Self { identity: Identity { address, user_agent, .. }, cseq, .. } = &*self;
        let Endpoint { local, call_id, tag, epid, opaque, instance } = &self.endpoint;
        let domain = address.rsplit_once('@').map_or(address.as_str(), |(_, domain)| domain);
        let mut request = Message::request("REGISTER", format!("sip:{domain}"));
        let headers = &mut request.headers;
        headers.push("Via", format!("SIP/2.0/TLS {local};branch=z9hG4bK{tag}{cseq}"));
        headers.push("Max-Forwards", "70");
        headers.push("From", format!("<sip:{address}>;tag={tag};epid={epid}"));
        headers.push("To", format!("<sip:{address}>"));
        headers.push("Call-ID", call_id.clone());
        headers.push("CSeq", format!("{cseq} REGISTER"));
        headers.push(
            "Contact",
            format!(
                "<sip:{local};transport=tls;ms-opaque={opaque}>;methods=\"{METHODS}\";proxy=replace;+sip.instance=\"<urn:uuid:{instance}>\""
            ),
        );
        headers.push("User-Agent", user_agent.clone());
        headers.push("Supported", "gruu-10, adhoclist, msrtc-event-categories");
        headers.push("Supported", "ms-forking");
        headers.push("ms-keep-alive", "UAC;hop-hop=yes");
        headers.push("Event", "registration");
        if let Some(seconds) = expires {
            headers.push("Expires", seconds.to_string());
        }
        request
    }
}

const METHODS: &str = "INVITE, MESSAGE, INFO, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY";

/// A registrar is answered in Authorization, a proxy in Proxy-Authorization (RFC 3261 22.2, 22.3).
fn field(of_proxy: bool) -> &'static str {
    if of_proxy { "Proxy-Authorization" } else { "Authorization" }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The version that was offered, as it goes back.
fn told(version: Option<&str>) -> String {
    version.map(|version| format!(", version={version}")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
