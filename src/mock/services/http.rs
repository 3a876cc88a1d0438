//! A web server: who answers for which name, over HTTP/1.1 and HTTP/2.

mod autodiscover;
mod resources;
mod site;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, HOST};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Stream;
use crate::mock::deployment::{Deployment, HttpServer};
use crate::values::Fqdn;
use site::{Side, Site};

/// The longest request that a raw answer waits for the end of.
const MOST_HEARD: usize = 64 * 1024;

/// An answer, whole.
type Answer = Response<Full<Bytes>>;

/// What a port answers over HTTP.
#[derive(Debug)]
pub(in crate::mock) struct Web {
    hosting: Hosting,
    /// Whether it is spoken over TLS.
    secure: bool,
}

/// Whose answers are given.
#[derive(Debug)]
enum Hosting {
    /// Those of one site, whatever name is asked for: IIS binds the product's sites by port.
    Site(Site),
    /// Those of what is published under the name that is asked for.
    Published(BTreeMap<Fqdn, Site>),
    /// These bytes.
    Raw(String),
}

/// A request, as far as answers depend on it.
#[derive(Debug)]
struct Asked<'a> {
    /// The host, without its port.
    host: &'a str,
    /// The path, in lower case: IIS tells no case from the other.
    path: &'a str,
    /// What stands behind the path.
    query: &'a str,
    /// What the client accepts.
    accept: &'a str,
    /// Whether it came over TLS.
    secure: bool,
}

impl Web {
    /// What a port answers; none where it names what the deployment doesn't have.
    pub(in crate::mock) fn of(server: &HttpServer, secure: bool, deployment: &Deployment) -> Option<Self> {
        let hosting = match server {
            HttpServer::Internal(server) => Hosting::Site(Site::of_server(&server.value, Side::Internal, deployment)?),
            HttpServer::External(server) => Hosting::Site(Site::of_server(&server.value, Side::External, deployment)?),
            HttpServer::Publishing(name) => {
                let published = deployment.publishing.get(&name.value)?.iter();
                let site = |(name, pool): (&Fqdn, _)| Some((name.clone(), Site::of_pool(pool, deployment)?));
                Hosting::Published(published.map(|(name, pool)| site((name, &pool.value))).collect::<Option<_>>()?)
            }
            HttpServer::Raw(text) => Hosting::Raw(text.clone()),
        };
        Some(Self { hosting, secure })
    }

    fn answer(&self, request: &Request<Incoming>) -> Answer {
        let host = host_of(request);
        let path = request.uri().path().to_ascii_lowercase();
        let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let query = request.uri().query().unwrap_or_default();
        let asked = Asked { host: &host, path: &path, query, accept, secure: self.secure };
        let site = match &self.hosting {
            Hosting::Site(site) => Some(site),
            Hosting::Published(names) => host.parse().ok().and_then(|name: Fqdn| names.get(&name)),
            Hosting::Raw(_) => None,
        };
        let answer = site.map_or_else(|| plain(StatusCode::NOT_FOUND, "Not published"), |site| site.answer(&asked));
        // Over HTTP/2 nobody else leaves it out.
        if *request.method() == Method::HEAD { answer.map(|_| Full::default()) } else { answer }
    }
}

/// Answers every request until the client leaves.
pub(super) async fn serve(stream: Box<dyn Stream>, web: &Arc<Web>) -> io::Result<()> {
    if let Hosting::Raw(text) = &web.hosting {
        return raw(stream, text).await;
    }
    let service = service_fn(|request| {
        let answer = web.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    server.serve_connection(TokioIo::new(stream), service).await.map_err(io::Error::other)
}

/// Hears one request to the end of its header, answers it, and ends the connection.
async fn raw(mut stream: Box<dyn Stream>, text: &str) -> io::Result<()> {
    let mut heard = Vec::new();
    while !heard.windows(4).any(|end| end == b"\r\n\r\n") && heard.len() < MOST_HEARD {
        if stream.read_buf(&mut heard).await? == 0 {
            break;
        }
    }
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

/// The host that is asked for: HTTP/2 has it in the URL, HTTP/1.1 in a header.
fn host_of(request: &Request<Incoming>) -> String {
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let named = named.and_then(|host| format!("http://{host}").parse::<Uri>().ok());
    let host = request.uri().host().or_else(|| named.as_ref().and_then(Uri::host));
    host.unwrap_or_default().to_owned()
}

/// A few words with a status.
fn plain(status: StatusCode, words: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(words));
    *answer.status_mut() = status;
    answer
}
