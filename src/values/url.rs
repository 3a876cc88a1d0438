//! Web addresses.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::{HostPort, Invalid, text_type};

/// An `http` or `https` URL without user name, password and fragment:
/// `https://lyncdiscover.contoso.com/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpUrl(Url);

text_type!(HttpUrl, "http-url", "HttpUrl", "A web address, as in https://lyncdiscover.contoso.com/");

impl HttpUrl {
    /// Where it leads: its host, and its port or the scheme's own.
    #[must_use]
    pub fn target(&self) -> HostPort {
        let host = match self.0.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        };
        HostPort::new(&host, self.0.port_or_known_default().unwrap_or_default())
    }

    /// Whether TLS is spoken first.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Host and port as the `Host` header has them: without the scheme's own port.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// Path and query.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }

    /// Where a reference that was found here leads (RFC 3986 5.2).
    ///
    /// # Errors
    /// It doesn't lead to a web address.
    pub fn join(&self, reference: &str) -> Result<Self, Invalid> {
        let joined = self.0.join(reference.trim()).map_err(|error| invalid(reference, &error.to_string()))?;
        Self::of(joined, reference)
    }

    fn of(mut url: Url, text: &str) -> Result<Self, Invalid> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(text, &format!("its scheme is {}", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // What is not shown can't be told on.
            return Err(Invalid::new("a web address with a user name in it", "write it without: nobody signs in here"));
        }
        if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
            return Err(invalid(text, "it leads to no host and port"));
        }
        url.set_fragment(None);
        Ok(Self(url))
    }
}

fn invalid(text: &str, cause: &str) -> Invalid {
    Invalid::new(format!("`{text}` is not a web address: {cause}"), "write https://lyncdiscover.contoso.com/")
}

impl FromStr for HttpUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let url = text.trim().parse().map_err(|error: url::ParseError| invalid(text, &error.to_string()))?;
        Self::of(url, text)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> HttpUrl {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_url_leads_to_a_host_and_port() {
        for (text, target, authority, path) in [
            ("https://Meet.Contoso.com", "meet.contoso.com:443", "meet.contoso.com", "/"),
            ("http://web.contoso.com:8080/a?b=c#d", "web.contoso.com:8080", "web.contoso.com:8080", "/a?b=c"),
            ("https://[2001:db8::20]:443/", "[2001:db8::20]:443", "[2001:db8::20]", "/"),
        ] {
            let url = url(text);
            assert_eq!(url.target().to_string(), target);
            assert_eq!((url.authority(), url.path_and_query().as_str()), (authority, path));
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = url("https://web.contoso.com/a/b?c");
        for (reference, expected) in [
            ("/dialin/", "https://web.contoso.com/dialin/"),
            ("d", "https://web.contoso.com/a/d"),
            ("//meet.contoso.com/x", "https://meet.contoso.com/x"),
            ("http://meet.contoso.com#top", "http://meet.contoso.com/"),
        ] {
            assert_eq!(base.join(reference).map(|url| url.to_string()), Ok(expected.to_owned()));
        }
        assert!(base.join("javascript:alert(1)").is_err());
        assert!(base.join("https://user@contoso.com/").is_err());
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for text in ["", "contoso.com", "ftp://contoso.com/", "https://", "https://a.b:0/", "https://a.b:70000/"] {
            assert!(text.parse::<HttpUrl>().is_err(), "{text}");
        }
        let error = "https://probe:hunter2@contoso.com/".parse::<HttpUrl>().expect_err("a password");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
