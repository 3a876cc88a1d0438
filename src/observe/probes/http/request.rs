//! What is sent, and where.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, Version};

use super::headers::Wanted;
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

/// The request, in the form that the version wants.
pub(super) fn build(
    target: &Target,
    method: Method,
    wanted: &Wanted,
    first: bool,
    http2: bool,
) -> Result<Request<Empty<Bytes>>, ProbeError> {
    let url = &target.url;
    let mut request = Request::builder().method(method.to_string().as_str());
    if http2 {
        request = request.version(Version::HTTP_2).uri(url.to_string());
    } else {
        let host =
            wanted.host.as_ref().filter(|_| first).and_then(|host| host.to_str().ok()).unwrap_or(url.authority());
        request = request.uri(url.path_and_query()).header("host", host).header("connection", "close");
    }
    for (name, value) in &wanted.headers {
        request = request.header(name, value);
    }
    if !wanted.headers.contains_key("accept") {
        request = request.header("accept", "*/*");
    }
    request.body(Empty::new()).map_err(|error| {
        ProbeError::new(ErrorClass::NotAsked, format!("http {method} {url}: it can't be sent ({error})"))
    })
}
