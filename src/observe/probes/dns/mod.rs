//! `dns`: what one name server says of one name.
//!
//! The subject is the server's answer itself, refusals included, so the message is read as
//! it came: a resolver follows CNAMEs, caches, and turns REFUSED, SERVFAIL and the chain
//! before an NXDOMAIN into one error. The transports are the same library's.

mod answer;
mod ask;
mod facts;
mod spec;

pub use facts::{DnsFacts, DnsRecord, DnsStatus};
pub use spec::{DnsSpec, NameServer, RecordKind};

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `dns` probe.
#[derive(Debug)]
pub struct Dns;

impl Probe for Dns {
    type Spec = DnsSpec;
    type Facts = DnsFacts;

    const NAME: &'static str = "dns";
    const SUMMARY: &'static str = "Asks one name server for the records of a name";

    fn target(spec: &DnsSpec) -> Option<HostPort> {
        spec.server.as_ref().map(NameServer::target)
    }

    async fn ask(spec: DnsSpec, context: Context) -> Result<Answer<DnsFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
