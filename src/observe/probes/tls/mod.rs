//! `tls`: what a TLS server shows of itself.
//!
//! The handshake is completed whatever the certificate is worth: the chain is witnessed
//! first and judged afterwards. Nothing is sent over the connection, and no client
//! certificate is shown.

mod ask;
mod facts;
mod handshake;
mod spec;

pub use facts::TlsFacts;
pub use spec::TlsSpec;

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `tls` probe.
#[derive(Debug)]
pub struct Tls;

impl Probe for Tls {
    type Spec = TlsSpec;
    type Facts = TlsFacts;

    const NAME: &'static str = "tls";
    const SUMMARY: &'static str = "Completes a TLS handshake and shows version, suite and certificate chain";

    fn target(spec: &TlsSpec) -> Option<HostPort> {
        let host = spec.address.map_or_else(|| spec.host.clone(), |address| address.to_string());
        Some(HostPort::new(&host, spec.port))
    }

    async fn ask(spec: TlsSpec, context: Context) -> Result<Answer<TlsFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
