//! Attributes: type, length, value, and nothing between one and the next.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::message::TransactionId;

/// An attribute's type ([MS-TURN] 2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttributeKind(pub u16);

impl AttributeKind {
    /// In an Allocate response: the relayed address.
    pub const MAPPED_ADDRESS: Self = Self(0x0001);
    /// Who asks, as the credentials service named it.
    pub const USERNAME: Self = Self(0x0006);
    /// HMAC-SHA1, the last attribute.
    pub const MESSAGE_INTEGRITY: Self = Self(0x0008);
    /// Class, number and reason.
    pub const ERROR_CODE: Self = Self(0x0009);
    /// Seconds that an allocation lasts.
    pub const LIFETIME: Self = Self(0x000d);
    /// The server to send the next request to.
    pub const ALTERNATE_SERVER: Self = Self(0x000e);
    /// What tells these messages from others, the first attribute of each.
    pub const MAGIC_COOKIE: Self = Self(0x000f);
    /// Kilobits per second that an allocation may use.
    pub const BANDWIDTH: Self = Self(0x0010);
    /// What a signed request has to repeat. RFC 5389 has REALM here.
    pub const NONCE: Self = Self(0x0014);
    /// For what the credentials are. RFC 5389 has NONCE here.
    pub const REALM: Self = Self(0x0015);
    /// The version of the protocol that the sender speaks.
    pub const MS_VERSION: Self = Self(0x8008);
    /// The client's address as the server sees it.
    pub const XOR_MAPPED_ADDRESS: Self = Self(0x8020);
    /// The connection and the number of a request in it.
    pub const MS_SEQUENCE_NUMBER: Self = Self(0x8050);
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its type.
    pub kind: AttributeKind,
    /// Its value, as it is on the wire.
    pub value: Vec<u8>,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// 401 and the like.
    pub code: u16,
    /// The reason phrase, as far as it is text.
    pub reason: String,
}

impl ErrorCode {
    /// Two bytes of nothing, the class, the number, the reason.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let [_, _, class, number, reason @ ..] = value else { return None };
        let code = u16::from(class & 7) * 100 + u16::from(*number);
        Some(Self { code, reason: String::from_utf8_lossy(reason).trim_end_matches('\0').to_owned() })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let class = u8::try_from(self.code / 100).unwrap_or(u8::MAX);
        let number = u8::try_from(self.code % 100).unwrap_or_default();
        let mut value = vec![0, 0, class, number];
        value.extend(self.reason.bytes());
        value
    }
}

/// The connection that an allocation belongs to, and the number of a request in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceNumber {
    /// The connection's id, chosen by the server.
    pub connection: [u8; 20],
    /// Counts requests.
    pub number: u32,
}

impl SequenceNumber {
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let (connection, number) = value.split_at_checked(20)?;
        Some(Self { connection: connection.try_into().ok()?, number: u32::from_be_bytes(number.try_into().ok()?) })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut value = self.connection.to_vec();
        value.extend(self.number.to_be_bytes());
        value
    }
}

const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// A byte of nothing, the family, the port, the address.
pub(super) fn read_address(value: &[u8]) -> Option<SocketAddr> {
    let [_, family, high, low, address @ ..] = value else { return None };
    let ip: IpAddr = match *family {
        IPV4 => <[u8; 4]>::try_from(address).ok()?.into(),
        IPV6 => <[u8; 16]>::try_from(address).ok()?.into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_be_bytes([*high, *low])))
}

pub(super) fn write_address(address: SocketAddr) -> Vec<u8> {
    let (family, octets) = match address.ip() {
        IpAddr::V4(ip) => (IPV4, ip.octets().to_vec()),
        IpAddr::V6(ip) => (IPV6, ip.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend(address.port().to_be_bytes());
    value.extend(octets);
    value
}

/// Masks an address, or unmasks it, with the beginning of the transaction id. For IPv6
/// that it is all of the id is UNCONFIRMED.
pub(super) fn xor(address: SocketAddr, transaction: &TransactionId) -> SocketAddr {
    let [high, low, ..] = *transaction;
    let port = address.port() ^ u16::from_be_bytes([high, low]);
    let mask = |octets: &mut [u8]| {
        for (octet, key) in octets.iter_mut().zip(transaction) {
            *octet ^= key;
        }
    };
    let ip: IpAddr = match address.ip() {
        IpAddr::V4(ip) => {
            let mut octets = ip.octets();
            mask(&mut octets);
            Ipv4Addr::from(octets).into()
        }
        IpAddr::V6(ip) => {
            let mut octets = ip.octets();
            mask(&mut octets);
            Ipv6Addr::from(octets).into()
        }
    };
    SocketAddr::new(ip, port)
}
