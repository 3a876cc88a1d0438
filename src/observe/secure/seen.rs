//! What one address showed, taken apart and judged.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::certificate;
use super::facts::{Certificate, TlsEndpoint};
use super::handshake::{Handshake, Offer};
use super::verdict::{Verdict, judge};
use crate::observe::network::Trust;
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::Context;
use crate::values::millis;

/// Certificates read of one chain.
const LONGEST_CHAIN: usize = 16;

/// What one address showed.
pub(crate) struct Seen {
    /// The address, before any wiring.
    pub(crate) address: SocketAddr,
    /// Its certificates, its own first.
    pub(crate) chain: Vec<Certificate>,
    /// Why certificates after the first are not in the chain.
    pub(crate) chain_cut: Option<String>,
    handshake: Handshake,
    verdict: Result<Verdict, ProbeError>,
}

impl Seen {
    /// Reads and judges what a handshake with `peer`, as it is told to people, has shown.
    ///
    /// # Errors
    /// The server's own certificate can't be read, or was not judged in time.
    pub(crate) async fn of(
        handshake: Handshake,
        offer: &Offer,
        (peer, address): (&str, SocketAddr),
        context: &Context,
        deadline: Instant,
    ) -> Result<Self, ProbeError> {
        let (chain, chain_cut) = read(&handshake, peer, context)?;
        let (name, now) = (offer.expected.clone(), context.now);
        if let Trust::Roots(_) = context.network.trust {
            let verdict = judge(&handshake, &chain, &name, &context.network.trust, now);
            return Ok(Self { address, chain, chain_cut, handshake, verdict });
        }
        // A platform's verifier may read files or the network.
        let network = Arc::clone(&context.network);
        let judged = tokio::task::spawn_blocking(move || {
            let verdict = judge(&handshake, &chain, &name, &network.trust, now);
            Self { address, chain, chain_cut, handshake, verdict }
        });
        match timeout_at(deadline, judged).await {
            Ok(Ok(seen)) => Ok(seen),
            Ok(Err(error)) => Err(ProbeError::new(ErrorClass::Internal, format!("tls with {peer}: {error}"))),
            Err(_) => {
                let message = format!("tls with {peer}: the platform has not judged the certificate in time");
                Err(ProbeError::new(ErrorClass::Timeout, message))
            }
        }
    }

    /// Why nothing can be said of what the chain is worth, where that is so.
    pub(crate) fn undecided(&self) -> Option<&ProbeError> {
        self.verdict.as_ref().err()
    }

    /// Its facts. Where there is no verdict it counts as not verified, with the reason; whoever
    /// tells it on says that this is not known: see [`Seen::undecided`].
    pub(crate) fn endpoint(&self) -> Option<TlsEndpoint> {
        let (reasons, name_matches, trusted) = match &self.verdict {
            Ok(verdict) => (verdict.reasons.clone(), verdict.name_matches, verdict.trusted),
            Err(error) => (vec![error.message.clone()], false, false),
        };
        Some(TlsEndpoint {
            address: self.address.ip(),
            version: self.handshake.version,
            suite: self.handshake.suite.clone(),
            legacy: self.handshake.legacy.clone(),
            alpn: self.handshake.alpn.clone(),
            certificate: self.chain.first()?.clone(),
            verified: reasons.is_empty(),
            verify_error: (!reasons.is_empty()).then(|| reasons.join("; ")),
            name_matches,
            trusted,
            client_certificate_requested: self.handshake.client_certificate_requested,
            handshake_ms: millis(self.handshake.took),
        })
    }

    /// Its certificates, for people. `at` tells it apart from other addresses.
    pub(crate) fn evidence(&self, at: &str) -> impl Iterator<Item = Evidence> {
        let read = self.handshake.chain.iter().take(LONGEST_CHAIN).enumerate();
        read.map(move |(number, der)| Evidence {
            label: format!("certificate {number}{at}"),
            text: certificate::pem(der),
        })
    }
}

fn read(
    handshake: &Handshake,
    peer: &str,
    context: &Context,
) -> Result<(Vec<Certificate>, Option<String>), ProbeError> {
    let sent = handshake.chain.len();
    let mut chain = Vec::new();
    for (at, der) in handshake.chain.iter().take(LONGEST_CHAIN).enumerate() {
        match certificate::read(der, context.now) {
            Ok(certificate) => chain.push(certificate),
            Err(cause) if at == 0 => {
                let message = format!("the certificate of {peer} can't be read: {cause}");
                return Err(ProbeError::new(ErrorClass::Protocol, message));
            }
            Err(cause) => {
                return Ok((chain, Some(format!("certificate {at} of the chain can't be read: {cause}"))));
            }
        }
    }
    let cut = (sent > LONGEST_CHAIN).then(|| format!("the server sent {sent} certificates, {LONGEST_CHAIN} are read"));
    Ok((chain, cut))
}
