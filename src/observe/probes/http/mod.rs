//! `http`: what a web server answers, and how it was reached.
//!
//! One request by a method that changes nothing, on a connection of its own that stands on
//! the same dialer and the same witnessed TLS as the other probes. Redirects are followed
//! one by one, and each is told.

mod answer;
mod ask;
mod autodiscover;
mod body;
mod challenge;
mod content;
mod exchange;
mod facts;
mod headers;
mod heard;
mod request;
mod spec;

pub use autodiscover::{HttpAccessPoint, HttpAutodiscover, HttpLink};
pub use facts::{HttpChallenge, HttpEndpoint, HttpFacts, HttpHeader, HttpRedirect, HttpVersion};
pub use spec::{HttpSpec, Method, Version};

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `http` probe.
#[derive(Debug)]
pub struct Http;

impl Probe for Http {
    type Spec = HttpSpec;
    type Facts = HttpFacts;

    const NAME: &'static str = "http";
    const SUMMARY: &'static str =
        "Sends an HTTP request that changes nothing, and shows the answer, its redirects and its TLS";

    fn target(spec: &HttpSpec) -> Option<HostPort> {
        let target = spec.url.target();
        Some(match spec.address {
            Some(address) => HostPort::new(&address.to_string(), target.port),
            None => target,
        })
    }

    async fn ask(spec: HttpSpec, context: Context) -> Result<Answer<HttpFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
