//! Where a redirect leads.

use super::addresses::{self, Address};
use super::headers::Headers;
use crate::protocol::parameters::split;

/// The port of SIP over TLS (RFC 3261 19.1.2).
const TLS_PORT: u16 = 5061;

/// A server that a redirect names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is to be spoken to over TLS. A URI that names no transport says nothing against it.
    pub tls: bool,
}

impl Target {
    /// The servers that the Contact fields name, the first of them first.
    #[must_use]
    pub fn all(headers: &Headers) -> Vec<Self> {
        let values: Vec<String> = headers.all("contact").map(|header| header.value().into_owned()).collect();
        let addresses = values.iter().flat_map(|value| addresses::several(value));
        addresses.filter_map(|one| Self::of_uri(Address::read(one).ok()?.uri)).collect()
    }

    /// `sip:user@host:port;transport=tls`
    fn of_uri(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let secure = scheme.eq_ignore_ascii_case("sips");
        if !secure && !scheme.eq_ignore_ascii_case("sip") {
            return None;
        }
        let rest = rest.split('?').next().unwrap_or(rest);
        let mut parts = split(rest, ';').into_iter();
        let server = parts.next()?;
        let server = server.rsplit_once('@').map_or(server, |(_, server)| server);
        let transport = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("transport").then(|| value.trim())
        });
        let (host, port) = match server.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
            None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port > 0)?,
            None => TLS_PORT,
        };
        let plain = |host: &str| !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control());
        plain(host).then(|| Self {
            host: host.to_owned(),
            port,
            tls: secure || transport.is_none_or(|transport| transport.eq_ignore_ascii_case("tls")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::sip::Header;

    #[test]
    fn a_redirect_names_hosts_and_ports_in_its_order() {
        let headers = Headers(vec![
            Header::new(
                "Contact",
                "<sip:pool02.contoso.com:5061;transport=TLS>, \"a, b\" <sip:user@[2001:db8::1]:5071>",
            ),
            Header::new("m", "sips:backup.contoso.com;lr"),
            Header::new("Contact", "<sip:old.contoso.com;transport=tcp>"),
            Header::new("Contact", "<tel:+15550100>, <sip:>, <sip:a b>, <sip:a:0>, <sip:a:99999>, <sip:[::1>, *"),
        ]);
        let target = |host: &str, port, tls| Target { host: host.to_owned(), port, tls };
        let expected = [
            target("pool02.contoso.com", 5061, true),
            target("2001:db8::1", 5071, true),
            target("backup.contoso.com", 5061, true),
            target("old.contoso.com", 5061, false),
        ];
        assert_eq!(Target::all(&headers), expected);
    }
}
