//! The webhook: who is told, by which way, how it is signed, and what became of it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, StatusCode, Url};
use ring::hmac;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::Instant;

use crate::diagnostic::{Code, Diagnostic};
use crate::environment::{Secret, SecretReference};
use crate::inventory::hex;
use crate::values::Duration as Shown;

/// The largest body that is posted, in bytes: what chats and ticket systems take.
const LARGEST: usize = 256 << 10;
/// How long one attempt may take at most.
const PATIENCE: Duration = Duration::from_secs(10);
/// Attempts after the first.
const RETRIES: usize = 5;
/// The wait before the first of them; it doubles from one to the next.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A text that may be a secret: given as it is, or by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// As it is.
    Plain(String),
    /// By reference.
    Reference(SecretReference),
}

/// How a webhook is told.
#[derive(Clone, Debug)]
pub struct HookOptions {
    /// Its address.
    pub url: Given,
    /// What bodies are signed with.
    pub secret: Option<SecretReference>,
    /// Headers besides: names, and where their values are.
    pub headers: Vec<(String, SecretReference)>,
    /// The proxy on the way.
    pub proxy: Option<Given>,
    /// How long all attempts may take together.
    pub within: Duration,
}

/// A webhook that may be told.
pub struct Hook {
    client: Client,
    url: Url,
    shown: String,
    proxy: Option<String>,
    key: Option<hmac::Key>,
    within: Duration,
}

/// What became of a notice.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// The notice's own name, the same in every attempt.
    pub delivery: String,
    /// Scheme, host and port of the webhook.
    pub to: String,
    /// Host and port of the proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Whether it was signed.
    pub signed: bool,
    /// Whether the webhook took it.
    pub delivered: bool,
    /// Why not, where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Each attempt.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// When it began (UTC).
    pub at: Timestamp,
    /// What came of it.
    pub outcome: String,
}

/// What came of one attempt.
enum Came {
    Taken(StatusCode),
    /// Trying again may help.
    Later(String),
    Refused(String),
}

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("env:") || text.starts_with("file:") {
            return text.parse().map(Self::Reference);
        }
        Ok(Self::Plain(text.to_owned()))
    }
}

impl Given {
    async fn resolve(&self) -> Result<Secret, String> {
        match self {
            Self::Plain(text) => Ok(Secret(text.clone().into())),
            Self::Reference(reference) => reference.resolve().await,
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Hook {
    /// Resolves what is given by reference: better to learn before a run that it can't be.
    ///
    /// # Errors
    /// What is wrong with it. Messages name references, never what they give.
    pub async fn new(options: &HookOptions) -> Result<Self, Diagnostic> {
        let unresolvable = |message: String| Diagnostic::new(Code::UnresolvableSecret, message);
        let given = options.url.resolve().await.map_err(unresolvable)?;
        let url = address(given.0.expose_secret()).map_err(|why| invalid("--notify", &why))?;
        let shown = shown(&url);
        let key = match &options.secret {
            Some(secret) => {
                let secret = secret.resolve().await.map_err(unresolvable)?;
                Some(hmac::Key::new(hmac::HMAC_SHA256, secret.0.expose_secret().as_bytes()))
            }
            None => None,
        };
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls(&url).map_err(|why| invalid("--notify", &why))?)
            .http1_only()
            .redirect(Policy::none())
            .referer(false)
            // Otherwise the machine's own settings would choose a way that nobody named.
            .no_proxy()
            .default_headers(headers(&options.headers).await?);
        let mut through = None;
        if let Some(proxy) = &options.proxy {
            let given = proxy.resolve().await.map_err(unresolvable)?;
            let (proxy, name) =
                by_way_of(given.0.expose_secret(), &url).map_err(|why| invalid("--notify-proxy", &why))?;
            through = Some(name);
            client = client.proxy(proxy);
        }
        let client = client.build().map_err(|error| invalid("--notify", &error.without_url().to_string()))?;
        Ok(Self { client, url, shown, proxy: through, key, within: options.within })
    }

    /// A notice that was not even tried.
    #[must_use]
    pub fn unsent(&self, delivery: &str, why: String) -> Delivery {
        Delivery {
            delivery: delivery.to_owned(),
            to: self.shown.clone(),
            proxy: self.proxy.clone(),
            signed: self.key.is_some(),
            delivered: false,
            why: Some(why),
            attempts: Vec::new(),
        }
    }

    /// Posts a body, again and again until the webhook takes it, refuses it, or the time is over.
    pub async fn post(&self, body: &serde_json::Value, delivery: &str) -> Delivery {
        let body = body.to_string();
        if body.len() > LARGEST {
            let why = format!("it would be {} bytes, and at most {LARGEST} are posted", body.len());
            return self.unsent(delivery, why);
        }
        let mut told = Delivery { why: None, ..self.unsent(delivery, String::new()) };
        let deadline = Instant::now() + self.within;
        let waits = ExponentialBuilder::new().with_min_delay(FIRST_WAIT).with_factor(2.0).with_max_times(RETRIES);
        let mut waits = waits.build();
        loop {
            let at = Timestamp::now();
            let came = self.attempt(&body, delivery, deadline).await;
            let outcome = match &came {
                Came::Taken(status) => format!("taken: {status}"),
                Came::Later(why) | Came::Refused(why) => why.clone(),
            };
            told.attempts.push(Attempt { at, outcome });
            match came {
                Came::Taken(_) => {
                    told.delivered = true;
                    return told;
                }
                Came::Refused(why) => {
                    told.why = Some(why);
                    return told;
                }
                Came::Later(why) => match waits.next() {
                    Some(wait) if Instant::now() + wait < deadline => tokio::time::sleep(wait).await,
                    _ => {
                        told.why = Some(format!("{why}; tried {} times", told.attempts.len()));
                        return told;
                    }
                },
            }
        }
    }

    async fn attempt(&self, body: &str, delivery: &str, deadline: Instant) -> Came {
        let left = deadline.saturating_duration_since(Instant::now()).min(PATIENCE);
        let mut request = self.client.post(self.url.clone()).body(body.to_owned());
        request = request.header("x-poolproof-delivery", delivery_header(delivery));
        if let Some(key) = &self.key {
            // The time is signed too, so that a notice that was caught can't be sent again later.
            let time = Timestamp::now().as_second().to_string();
            request = request.header("x-poolproof-signature", sign(key, &time, body));
            request = request.header("x-poolproof-timestamp", time);
        }
        match tokio::time::timeout(left, request.send()).await {
            Ok(Ok(answer)) => judge(answer.status(), answer.headers()),
            Ok(Err(error)) => Came::Later(causes(&error.without_url())),
            Err(_) => Came::Later(format!("no answer within {}", Shown(left))),
        }
    }
}

/// As a header can hold it: names of runs and gates hold nothing else.
fn delivery_header(delivery: &str) -> String {
    delivery.chars().map(|char| if char.is_ascii_graphic() { char } else { '?' }).collect()
}

/// What a status means. Of the body nothing is read: it may be anything.
fn judge(status: StatusCode, headers: &HeaderMap) -> Came {
    if status.is_success() {
        return Came::Taken(status);
    }
    if status.is_redirection() {
        // Where it leads the signature, and what the answer says, have no business.
        let to = headers.get("location").and_then(|value| value.to_str().ok()).and_then(|to| Url::parse(to).ok());
        let to = to.map_or_else(String::new, |to| format!(" to {}", shown(&to)));
        return Came::Refused(format!("{status}: it redirects{to}, which is not followed: name that address"));
    }
    let again = status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY);
    if again { Came::Later(status.to_string()) } else { Came::Refused(status.to_string()) }
}

/// `sha256=` and the HMAC-SHA256 of `<time>.<body>` in hexadecimal digits.
fn sign(key: &hmac::Key, time: &str, body: &str) -> String {
    let mut signing = hmac::Context::with_key(key);
    for part in [time, ".", body] {
        signing.update(part.as_bytes());
    }
    format!("sha256={}", hex(signing.sign().as_ref()))
}

/// An error and all that caused it: the first alone says no more than that sending failed.
fn causes(error: &reqwest::Error) -> String {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !told.ends_with(&inner_text) {
            told = format!("{told}: {inner_text}");
        }
        cause = inner.source();
    }
    told
}

fn invalid(argument: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::InvalidValue, format!("{argument}: {why}"))
}

/// The address of a webhook. What is wrong with it is told without it: it may be a secret.
fn address(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("this is no address: {error}"))?;
    if url.host().is_none() {
        return Err("the address has no host".into());
    }
    match url.scheme() {
        "https" => {}
        "http" if stays_here(&url) => {}
        "http" => return Err("what is posted names servers and people: it takes https, unless to this machine".into()),
        other => return Err(format!("`{other}` is not https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address holds no password: send it with --notify-header Authorization=env:NAME".into());
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether an address leads nowhere but to this machine.
fn stays_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Scheme, host and port.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    crate::report::text::line(&format!("{}://{host}{port}", url.scheme())).into_owned()
}

fn by_way_of(text: &str, to: &Url) -> Result<(Proxy, String), String> {
    let url = Url::parse(text).map_err(|error| format!("this is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("a proxy is named as http://proxy.contoso.com:8080".into());
    }
    if to.scheme() == "http" && !stays_here(&url) {
        return Err("what goes over http stays on this machine, and a proxy elsewhere would read it".into());
    }
    let name = shown(&url);
    let proxy = Proxy::all(url).map_err(|_| "this proxy can't be used".to_owned())?;
    Ok((proxy, name))
}

async fn headers(given: &[(String, SecretReference)]) -> Result<HeaderMap, Diagnostic> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("poolproof/", env!("CARGO_PKG_VERSION"))));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, reference) in given {
        let wrong = |why: &str| invalid("--notify-header", &format!("{why} `{name}`"));
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("no header is called"))?;
        let text = reference.resolve().await.map_err(|message| Diagnostic::new(Code::UnresolvableSecret, message))?;
        let mut value =
            HeaderValue::from_str(text.0.expose_secret()).map_err(|_| wrong("what is referenced is no value of"))?;
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    Ok(headers)
}

/// Certificates are held against what this machine trusts.
fn tls(url: &Url) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    // To this machine nothing is encrypted; its certificates need not be there.
    if url.scheme() == "http" {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let trusting = builder.with_platform_verifier();
    Ok(trusting.map_err(|error| format!("this machine's certificates: {error}"))?.with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_encrypted_goes_to_no_proxy_elsewhere() {
        let [here, there] = ["http://localhost/", "https://hooks.example.com/"].map(|url| address(url).expect(url));
        let elsewhere = "http://proxy.contoso.com:8080";
        assert!(by_way_of(elsewhere, &here).is_err_and(|why| why.contains("stays on this machine")));
        assert!(by_way_of(elsewhere, &there).is_ok() && by_way_of("http://127.0.0.1:3128", &here).is_ok());
    }

    #[test]
    fn an_address_is_https_or_this_machine_and_holds_no_password() {
        for good in ["https://hooks.example.com/a?b#c", "http://127.0.0.1:9/x", "http://[::1]/", "http://localhost/"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for (bad, part) in [
            ("hooks.example.com", "no address"),
            ("http://hooks.example.com/", "it takes https"),
            ("http://127.0.0.1.example.com/", "it takes https"),
            ("ftp://hooks.example.com/", "is not https"),
            ("https://user:hunter2@hooks.example.com/", "--notify-header"),
            ("file:///etc/passwd", "no host"),
        ] {
            let why = address(bad).expect_err(bad);
            assert!(why.contains(part) && !why.contains("hunter2"), "{bad}: {why}");
        }
    }

    #[test]
    fn of_an_address_no_more_is_shown_than_where_it_leads() {
        let url = address("https://hooks.example.com:8443/services/T0/hunter2?token=hunter2").expect("right");
        assert_eq!(shown(&url), "https://hooks.example.com:8443");
    }

    #[test]
    fn a_signature_is_what_rfc_4231_says() {
        // Test case 2: the key is "Jefe", and the data "what do ya want for nothing?".
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let tag = hex(hmac::sign(&key, b"what do ya want for nothing?").as_ref());
        assert_eq!(tag, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(sign(&key, "1", "2"), format!("sha256={}", hex(hmac::sign(&key, b"1.2").as_ref())));
    }

    #[test]
    fn a_status_tells_whether_trying_again_may_help() {
        let judged = |status: u16| match judge(StatusCode::from_u16(status).expect("a status"), &HeaderMap::new()) {
            Came::Taken(_) => "taken",
            Came::Later(_) => "later",
            Came::Refused(_) => "refused",
        };
        for (status, wanted) in [
            (200, "taken"),
            (204, "taken"),
            (302, "refused"),
            (307, "refused"),
            (400, "refused"),
            (401, "refused"),
            (408, "later"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
        ] {
            assert_eq!(judged(status), wanted, "{status}");
        }
    }
}
