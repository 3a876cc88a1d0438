//! Partners: by which way a message gets to them, and what they say to it.
//!
//! Nothing is sent: what comes back follows from the ports, certificates and authorities that the deployment has.
//! That a server tells of it with these numbers is [MS-OCER]'s, and of 1046 UNCONFIRMED.

use std::collections::{BTreeMap, HashMap};

use super::challenges::status;
use super::handshake::random;
use crate::mock::deployment::{Deployment, FaultKind, Federation, Partner, PartnerUser, Port, SipAnswer, SipServer};
use crate::mock::notation::{Address, PortKey, Transport};
use crate::protocol::sip::Message;
use crate::values::fold;

/// Who is written to outside.
#[derive(Debug, Default)]
pub(super) struct Partners(HashMap<String, Way>);

/// What becomes of a message for a partner.
#[derive(Debug)]
enum Way {
    /// It gets nowhere.
    Closed(Failure),
    /// This comes back, whoever is written to.
    Answered(SipAnswer),
    /// It arrives.
    Open(BTreeMap<String, PartnerUser>),
}

/// Why it gets nowhere.
#[derive(Debug)]
enum Failure {
    /// Our Front End does not reach our Edge.
    OurEdge,
    /// Our Edge, which is called so, does not reach theirs.
    TheirEdge(String),
    /// Their Edge ends the handshake with ours, which is called so.
    Handshake(String),
}

impl Partners {
    pub(super) fn of(deployment: &Deployment) -> Self {
        let Some(federation) = &deployment.federation else { return Self::default() };
        let way = |partner| way(deployment, federation, partner);
        Self(federation.partners.iter().map(|(domain, partner)| (domain.folded(), way(partner))).collect())
    }

    /// The answer of whoever stands for a partner, to a request for an address there; none where it is nobody's.
    pub(super) fn answer(&self, request: &Message, to: &str, server: &SipServer) -> Option<Message> {
        let (_, domain) = to.rsplit_once('@')?;
        Some(match self.0.get(&fold(domain))? {
            Way::Closed(failure) => failure.answer(request, server),
            Way::Answered(instead) => given(request, instead),
            Way::Open(users) => match users.get(&fold(to)) {
                Some(user) => user.take(request, to),
                None => Message::reply(request, 404, "Not Found"),
            },
        })
    }
}

fn way(deployment: &Deployment, federation: &Federation, partner: &Partner) -> Way {
    // What is wrong before that port keeps partners out, and nothing in.
    let Some(ours) = port(deployment, federation.edge, federation.port) else {
        return Way::Closed(Failure::OurEdge);
    };
    let certificate = ours.tls.as_ref().and_then(|name| deployment.certificates.get(&name.value));
    let edge = certificate.map_or_else(|| federation.edge.to_string(), |certificate| certificate.subject.clone());
    let Some(theirs) = port(deployment, partner.edge, partner.port).filter(|port| !is_silent(port)) else {
        return Way::Closed(Failure::TheirEdge(edge));
    };
    let is_trusted = certificate.is_some_and(|certificate| {
        let issuer = certificate.issuer.as_ref().map(|issuer| issuer.value.as_str());
        certificate.days_left >= 0 && issuer.is_some_and(|issuer| trusts(deployment, partner, issuer))
    });
    if theirs.fault.as_ref().is_some_and(|fault| fault.kind.is_some()) || !is_trusted {
        return Way::Closed(Failure::Handshake(edge));
    }
    match &partner.answer {
        Some(answer) => Way::Answered(answer.clone()),
        None => Way::Open(partner.users.iter().map(|(address, user)| (address.folded(), user.clone())).collect()),
    }
}

fn port(deployment: &Deployment, address: Address, number: u16) -> Option<&Port> {
    deployment.hosts.get(&address)?.ports.get(&PortKey { number, transport: Transport::Tcp })
}

/// Whether nobody gets a connection there.
fn is_silent(port: &Port) -> bool {
    port.fault.as_ref().is_some_and(|fault| matches!(fault.kind, Some(FaultKind::Refuse | FaultKind::Drop)))
}

/// Whether a partner trusts an authority, or one of those above it. The deployment is known to have no circles.
fn trusts(deployment: &Deployment, partner: &Partner, name: &str) -> bool {
    let Some(authority) = deployment.authorities.get(name) else { return false };
    let here = match &partner.trusts {
        Some(trusted) => trusted.iter().any(|one| one.value == name),
        None => authority.is_trusted_root(),
    };
    here || authority.issuer.as_ref().is_some_and(|above| trusts(deployment, partner, &above.value))
}

impl Failure {
    fn answer(&self, request: &Message, server: &SipServer) -> Message {
        let diagnostics = match self {
            Self::OurEdge => format!(r#"2;reason="See response code and reason phrase";source="{}""#, server.server),
            Self::TheirEdge(edge) => format!(
                r#"1046;reason="Failed to connect to a federated peer server";WinsockFailureCode="10060(WSAETIMEDOUT)";source="{edge}""#
            ),
            Self::Handshake(edge) => format!(
                r#"1047;reason="Failed to complete TLS negotiation with a federated peer server";WinsockFailureCode="10054(WSAECONNRESET)";source="{edge}""#
            ),
        };
        status(request, 504, "Server time-out", &[format!("ms-diagnostics: {diagnostics}")])
    }
}

impl PartnerUser {
    /// What it says to a request: it takes what it is not told to refuse.
    fn take(&self, request: &Message, address: &str) -> Message {
        let method = request.cseq().map(|(_, method)| method).unwrap_or_default();
        match (method.as_str(), &self.invitations, &self.texts) {
            ("INVITE", Some(instead), _) | ("MESSAGE", _, Some(instead)) => given(request, instead),
            ("INVITE", None, _) => {
                let mut reply = Message::reply(request, 200, "OK");
                reply.headers.push("Contact", format!("<sip:{address};opaque=user:epid:{};gruu>", epid()));
                reply.headers.push("Content-Type", "application/sdp");
                reply.body = SESSION.into();
                reply
            }
            _ => Message::reply(request, 200, "OK"),
        }
    }
}

/// Text alone, over the connections that there are.
const SESSION: &str = "v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=session\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain\r\n";

fn epid() -> String {
    random::<5>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A stated answer; characters of its own can't be signed, and are no answer here.
fn given(request: &Message, answer: &SipAnswer) -> Message {
    match answer {
        SipAnswer::Status { code, reason, headers } => status(request, *code, reason, headers),
        SipAnswer::Raw(_) => Message::reply(request, 500, "Server Internal Error"),
    }
}
