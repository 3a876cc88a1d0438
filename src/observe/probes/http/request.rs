//! What is sent, and where.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Request, Version};

use super::headers::{self, Wanted};
use super::spec::Method;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::values::{HostPort, HttpUrl};

/// A URL, and where it leads.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) url: HttpUrl,
    pub(super) place: HostPort,
}

impl From<HttpUrl> for Target {
    fn from(url: HttpUrl) -> Self {
        Self { place: url.target(), url }
    }
}

/// The request, in the form that the version wants. The `host` that the question names is
/// for its first request; in HTTP/2 it is the `:authority` (RFC 9113 8.3.1).
pub(super) fn build(
    target: &Target,
    method: Method,
    wanted: &Wanted,
    first: bool,
    http2: bool,
) -> Result<Request<Empty<Bytes>>, ProbeError> {
    let url = &target.url;
    let host = wanted.host.as_ref().filter(|_| first).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or(url.authority());
    let mut request = Request::builder().method(method.to_string().as_str());
    if http2 {
        let scheme = if url.is_https() { "https" } else { "http" };
        request = request.version(Version::HTTP_2).uri(format!("{scheme}://{host}{}", url.path_and_query()));
    } else {
        request = request.uri(url.path_and_query()).header("host", host).header("connection", "close");
    }
    for (name, value) in &wanted.headers {
        request = request.header(name, value);
    }
    request.body(Empty::new()).map_err(|error| {
        ProbeError::new(ErrorClass::NotAsked, format!("http {method} {url}: it can't be sent ({error})"))
    })
}

/// A request for people.
pub(super) fn text<B>(request: &Request<B>) -> String {
    format!("{} {} {:?}\n{}", request.method(), request.uri(), request.version(), fields(request.headers()))
}

/// A header for people, line by line.
pub(super) fn fields(headers: &HeaderMap) -> String {
    headers::shown(headers).into_iter().map(|field| format!("{}: {}\n", field.name, field.value)).collect()
}
