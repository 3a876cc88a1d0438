//! What the Autodiscover service answers ([MS-OCDISCWS] 2.2.4, and UCWA's `root`, `user`
//! and `redirect` resources), in each of its forms:
//!
//! - `<AutodiscoverResponse AccessLocation="…"><Root><Link token="…" href="…"/>…`,
//! - the same as JSON: `{"AccessLocation":"…","Root":{"Links":[{"token":"…","href":"…"}]}}`,
//! - UCWA's JSON: `{"_links":{"user":{"href":"…"}}}`,
//! - UCWA's XML: `<resource rel="root"><link rel="user" href="…"/>…`.
//!
//! Reading is lenient: order, unknown links and elements, case of names, and the blanks
//! that published answers have inside their values make no difference.

mod json;
mod xml;

/// Links that are read at most; the longest answer known has fifteen.
const MOST_LINKS: usize = 256;

/// An Autodiscover answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Autodiscover {
    /// The resource, lower case: `root`, `domain`, `user`, `redirect`. UCWA's JSON doesn't
    /// always say.
    pub resource: Option<String>,
    /// Where the server takes the client to be: `Internal` or `External`.
    pub access_location: Option<String>,
    /// The links, in order.
    pub links: Vec<Link>,
    /// The SIP servers, in order.
    pub access_points: Vec<AccessPoint>,
}

/// Where something is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What is found there, lower case: `user`, `redirect`, `external/ucwa`, …
    pub token: String,
    /// Its address; UCWA's answers may write it relative to their own.
    pub href: String,
}

/// A SIP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPoint {
    /// Its use, as in `SipClientExternalAccess`.
    pub name: String,
    /// Its host name.
    pub fqdn: String,
    /// Its port; `None` where there is none that can be read.
    pub port: Option<u16>,
}

impl Autodiscover {
    /// Reads a body; `None` where it is something else.
    ///
    /// # Errors
    /// It begins as an answer and breaks off, breaks the rules of its form, or has more
    /// links than any answer has; JSON that is broken might have been one.
    pub fn read(body: &str) -> Result<Option<Self>, String> {
        let body = body.trim_start_matches('\u{feff}').trim_start();
        if body.starts_with('{') {
            json::read(body)
        } else if body.starts_with('<') {
            xml::read(body)
        } else {
            Ok(None)
        }
    }

    /// The first link of a token, in whatever case.
    #[must_use]
    pub fn link(&self, token: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.token.eq_ignore_ascii_case(token))
    }

    /// The access point of a name, in whatever case.
    #[must_use]
    pub fn access_point(&self, name: &str) -> Option<&AccessPoint> {
        self.access_points.iter().find(|point| point.name.eq_ignore_ascii_case(name))
    }

    fn add_link(&mut self, token: &str, href: &str) -> Result<(), String> {
        if self.links.len() >= MOST_LINKS {
            return Err(format!("it has more than {MOST_LINKS} links"));
        }
        self.links.push(Link { token: token.trim().to_ascii_lowercase(), href: href.trim().to_owned() });
        Ok(())
    }

    fn add_access_point(&mut self, name: &str, fqdn: &str, port: &str) -> Result<(), String> {
        if self.access_points.len() >= MOST_LINKS {
            return Err(format!("it has more than {MOST_LINKS} access points"));
        }
        let (fqdn, port) = (fqdn.trim().to_owned(), port.trim().parse().ok());
        self.access_points.push(AccessPoint { name: name.to_owned(), fqdn, port });
        Ok(())
    }
}

/// The resources that a document may hold.
fn is_resource(name: &str) -> bool {
    ["root", "domain", "user", "redirect"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Elements and members that name a SIP server: `SipServerInternalAccess` and its kin.
fn is_access_point(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("sip") && name.ends_with("access")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Autodiscover {
        Autodiscover::read(body).expect("it is whole").expect("an answer")
    }

    fn links(answer: &Autodiscover) -> Vec<(&str, &str)> {
        answer.links.iter().map(|link| (link.token.as_str(), link.href.as_str())).collect()
    }

    #[test]
    fn a_root_says_the_same_in_each_form() {
        let xml = r#"<?xml version="1.0"?><!-- x --><a:AutodiscoverResponse xmlns:a="urn:x" AccessLocation="External">
            <a:Root><a:Link token = "Domain" href="https://web/d"/><a:Link href=" https://web/u?a=1&amp;b=2 " token="User"></a:Link></a:Root>
            </a:AutodiscoverResponse>"#;
        let json = r#"{"AccessLocation":"External","Root":{"Links":[{"href":"https:\/\/web\/d","token":"Domain"},{"href":"https:\/\/web\/u?a=1&b=2","token":"User"}]}}"#;
        let expected = [("domain", "https://web/d"), ("user", "https://web/u?a=1&b=2")];
        for body in [xml, json] {
            let answer = read(body);
            assert_eq!(links(&answer), expected, "{body}");
            assert_eq!(answer.resource.as_deref(), Some("root"), "{body}");
            assert_eq!(answer.access_location.as_deref(), Some("External"), "{body}");
        }
        let ucwa = r#"{"_links":{"self":{"href":"/root"},"user":{"href":"/root/user"}}}"#;
        let answer = read(ucwa);
        assert_eq!((links(&answer), &answer.resource), (vec![("self", "/root"), ("user", "/root/user")], &None));
        let ucwa = r#"<resource rel="root" href="/root"><link rel="user" href="/root/user"/><resource rel="inner"><link rel="x" href="y"/></resource></resource>"#;
        let answer = read(ucwa);
        assert_eq!(links(&answer), [("self", "/root"), ("user", "/root/user")]);
        assert_eq!(answer.resource.as_deref(), Some("root"));
    }

    #[test]
    fn names_come_in_any_case() {
        for body in [
            r#"<autodiscoverresponse accesslocation="External"><ROOT><link TOKEN="USER" HREF="https://b/"/></ROOT></autodiscoverresponse>"#,
            r#"{"accesslocation":"External","root":{"links":[{"Token":"USER","Href":"https://b/"}]}}"#,
            r#"<Resource Rel="Root"><Link Rel="User" Href="https://b/"/></Resource>"#,
            r#"{"_Links":{"User":{"Href":"https://b/"}},"Rel":"Root"}"#,
        ] {
            let answer = read(body);
            assert_eq!((links(&answer), answer.resource.as_deref()), (vec![("user", "https://b/")], Some("root")));
        }
    }

    #[test]
    fn a_redirect_is_a_link() {
        for body in [
            r#"<AutodiscoverResponse><Root><Link token="Redirect" href="https://b/"/></Root></AutodiscoverResponse>"#,
            r#"{"Root":{"Links":[{"token":"Redirect","href":"https://b/"}]}}"#,
            r#"{"_links":{"redirect":{"href":"https://b/"}}}"#,
        ] {
            assert_eq!(read(body).link("Redirect").map(|link| link.href.as_str()), Some("https://b/"), "{body}");
        }
    }

    #[test]
    fn access_points_have_a_name_and_perhaps_a_port() {
        let xml = r#"<AutodiscoverResponse AccessLocation="Internal"><Domain>
            <SipClientExternalAccess fqdn=" sip.contoso.com " port="443"/><SipServerExternalAccess fqdn="sip.contoso.com" port="many"/>
            </Domain></AutodiscoverResponse>"#;
        let json = r#"{"AccessLocation":"Internal","Domain":{"SipClientExternalAccess":{"fqdn":"sip.contoso.com","port":443},
            "SipServerExternalAccess":{"fqdn":"sip.contoso.com","port":"many"}}}"#;
        for body in [xml, json] {
            let answer = read(body);
            assert_eq!(answer.resource.as_deref(), Some("domain"));
            let found: Vec<_> =
                answer.access_points.iter().map(|one| (one.name.as_str(), one.fqdn.as_str(), one.port)).collect();
            let expected = [
                ("SipClientExternalAccess", "sip.contoso.com", Some(443)),
                ("SipServerExternalAccess", "sip.contoso.com", None),
            ];
            assert_eq!(found, expected, "{body}");
            assert!(answer.access_point("sipclientexternalaccess").is_some());
        }
    }

    #[test]
    fn what_is_something_else_is_none() {
        for body in [
            "",
            "hello",
            "<html><body>Redirect</body></html>",
            "<",
            "<!DOCTYPE html><html>",
            "<resource/>",
            r#"<resource rel="people"><link rel="self" href="/x"/></resource>"#,
            "{}",
            "[]",
            r#"{"error":"invalid_grant"}"#,
            r#"{"_links":{"self":{"href":"/v1"},"ms:rtc:saas:application":{"href":"/v1/1"}},"rel":"ms:rtc:saas:applications"}"#,
            r#"{"User":"probe"}"#,
        ] {
            assert_eq!(Autodiscover::read(body), Ok(None), "{body}");
        }
    }

    #[test]
    fn what_breaks_off_is_not_read_as_if_it_were_whole() {
        for body in [
            "<AutodiscoverResponse><Root><Link token=\"User\" href=\"x\"/>",
            "<AutodiscoverResponse><Root></User></AutodiscoverResponse>",
            "<AutodiscoverResponse><Root><Link token=\"User\" href=\"&nonsense;\"/></Root></AutodiscoverResponse>",
            "<AutodiscoverResponse><Root><Link token=\"User\" token=\"User\"/></Root></AutodiscoverResponse>",
            "{\"_links\":{\"user\":",
        ] {
            assert!(Autodiscover::read(body).is_err(), "{body}");
        }
        let many: String = (0..=MOST_LINKS).map(|at| format!("<Link token=\"{at}\" href=\"x\"/>")).collect();
        let error = Autodiscover::read(&format!("<AutodiscoverResponse><Root>{many}</Root></AutodiscoverResponse>"));
        assert!(error.as_ref().is_err_and(|error| error.contains("256 links")), "{error:?}");
        let deep = format!("{{\"Root\":{}", "[".repeat(100_000));
        assert!(Autodiscover::read(&deep).is_err());
        let deep = format!("<AutodiscoverResponse>{}", "<Root>".repeat(40_000));
        assert!(Autodiscover::read(&deep).is_err());
    }

    /// Each attribute is held against those before it: a body as long as the `http` probe
    /// reads took minutes.
    #[test]
    fn attributes_without_end_are_bounded() {
        use std::fmt::Write as _;
        let mut many = String::new();
        (0..30_000).for_each(|at| write!(many, " a{at:x}=''").expect("text"));
        let started = std::time::Instant::now();
        for body in [
            format!("<AutodiscoverResponse{many}>"),
            format!("<AutodiscoverResponse><Root><Link{many}/>"),
            format!("<AutodiscoverResponse><SipClientExternalAccess{many}/>"),
        ] {
            let error = Autodiscover::read(&body).expect_err("too many");
            assert!(error.contains("64 attributes"), "{error}");
        }
        assert_eq!(Autodiscover::read(&format!("<resource{many}>")), Ok(None));
        assert!(started.elapsed() < std::time::Duration::from_secs(10));
    }
}
