//! Addresses and `host:port`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::{Fqdn, Invalid, fold, text_type};

/// Parses an IPv4 or IPv6 address.
///
/// # Errors
/// What is wrong, and the way out.
pub fn parse_address(text: &str) -> Result<IpAddr, (String, String)> {
    text.parse()
        .map_err(|_| (format!("`{text}` is not an IP address"), "write 198.51.100.20 or 2001:db8::20".to_owned()))
}

/// Parses an address that a server can have.
///
/// # Errors
/// What is wrong, and the way out.
pub fn parse_server_ip(text: &str) -> Result<IpAddr, (String, String)> {
    let ip = parse_address(text)?;
    if nobody_is_at(ip) {
        // A topology shows `0.0.0.0` for all addresses of a server.
        return Err((format!("nobody can be at `{text}`"), "name the server's own address".to_owned()));
    }
    Ok(ip)
}

/// Whether an address can't be a server's: whoever asks there asks this machine, or everybody.
#[must_use]
pub fn nobody_is_at(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    ip.is_unspecified() || ip.is_multicast() || broadcast
}

/// A host (name or address) and a port: `sip.contoso.com:443`, `198.51.100.20:5061`, `[2001:db8::20]:443`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    /// A name, folded, or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

text_type!(HostPort, "host-port", "HostPort", "A host and a port, as in sip.contoso.com:443");

impl HostPort {
    /// From its parts.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: fold(host), port }
    }

    /// The address, where the host is one.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.host.parse().ok().map(|host: IpAddr| SocketAddr::new(host, self.port))
    }
}

impl FromStr for HostPort {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            Invalid::new(
                format!("`{text}` is not a host and a port"),
                "write sip.contoso.com:443 or [2001:db8::20]:443",
            )
        };
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(invalid)?;
        let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(invalid)?;
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => inner,
            Some(_) => return Err(invalid()),
            None if host.parse::<std::net::Ipv4Addr>().is_ok() || host.parse::<Fqdn>().is_ok() => host,
            None => return Err(invalid()),
        };
        Ok(Self::new(host, port))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A DNS server: an address, and a port where it is not 53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerAddress(pub SocketAddr);

text_type!(
    ServerAddress,
    "server",
    "ServerAddress",
    "An address, with a port where it is not 53: 10.0.0.53 or 10.0.0.53:5353"
);

impl FromStr for ServerAddress {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let bare = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
        bare.or_else(|_| text.parse()).map(Self).map_err(|_| {
            Invalid::new(
                format!("`{text}` is not a server's address"),
                "write 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:5353",
            )
        })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.port() == 53 { write!(f, "{}", self.0.ip()) } else { write!(f, "{}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_ports() {
        for text in ["sip.contoso.com:443", "198.51.100.20:5061", "[2001:db8::20]:443"] {
            assert_eq!(text.parse::<HostPort>().expect(text).to_string(), text);
        }
        for text in
            ["sip.contoso.com", "sip.contoso.com:0", "2001:db8::20:443x", ":443", "[sip.contoso.com]:443", "a b.c:1"]
        {
            assert!(text.parse::<HostPort>().is_err(), "{text}");
        }
    }
}
