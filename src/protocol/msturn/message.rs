//! Messages: a header of 20 bytes, and attributes.

use std::net::SocketAddr;

use super::attribute::{self, Attribute, AttributeKind, ErrorCode, SequenceNumber};

/// What tells an answer to one request from others.
pub type TransactionId = [u8; 16];

/// The longest message that is read, in bytes, header included.
pub const LONGEST: usize = 8 << 10;

/// Type, length, transaction id.
pub(super) const HEADER: usize = 20;
/// Type and length of an attribute.
pub(super) const ATTRIBUTE_HEADER: usize = 4;
/// Attributes that are read of one message.
const MOST_ATTRIBUTES: usize = 64;
/// The value of the magic cookie.
const COOKIE: [u8; 4] = [0x72, 0xc6, 0x4b, 0xc6];
/// Where RFC 5389 has a cookie, and which.
const RFC_5389_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// What a message is ([MS-TURN] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub u16);

impl Kind {
    /// Asks for a relayed address, for another lifetime of it, or, with none, to give it back.
    pub const ALLOCATE: Self = Self(0x0003);
    /// There it is.
    pub const ALLOCATE_RESPONSE: Self = Self(0x0103);
    /// There is none.
    pub const ALLOCATE_ERROR: Self = Self(0x0113);
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// To which request it belongs.
    pub transaction: TransactionId,
    /// Its attributes, in order, the magic cookie among them.
    pub attributes: Vec<Attribute>,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Fewer bytes than a header has.
    #[error("{0} bytes are no message, its header alone has 20")]
    Short(usize),
    /// More than is read.
    #[error("a message of {0} bytes, more than are read")]
    Long(usize),
    /// The header tells another length.
    #[error("its header tells of {told} bytes and {there} follow")]
    Length {
        /// As the header says.
        told: usize,
        /// As it is.
        there: usize,
    },
    /// An attribute reaches beyond the end.
    #[error("its attributes don't end where it ends")]
    Attributes,
    /// More attributes than are read.
    #[error("more attributes than are read")]
    Many,
    /// The cookie is not there.
    #[error("the magic cookie of MS-TURN is missing")]
    NoCookie,
    /// It is a message of another protocol.
    #[error("a STUN message of RFC 5389, which an A/V Edge doesn't speak")]
    OtherStun,
    /// A frame of a kind that there is not.
    #[error("a frame of type {0:#04x}; 02 and 03 are known")]
    Frame(u8),
}

/// A message whose length can't be told in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of more than 65535 bytes")]
pub struct TooLong;

impl Message {
    /// A message with the magic cookie, to which attributes are added.
    #[must_use]
    pub fn new(kind: Kind, transaction: TransactionId) -> Self {
        let cookie = Attribute { kind: AttributeKind::MAGIC_COOKIE, value: COOKIE.to_vec() };
        Self { kind, transaction, attributes: vec![cookie] }
    }

    /// With an attribute more.
    #[must_use]
    pub fn with(mut self, kind: AttributeKind, value: impl Into<Vec<u8>>) -> Self {
        self.attributes.push(Attribute { kind, value: value.into() });
        self
    }

    /// With an address.
    #[must_use]
    pub fn with_address(self, kind: AttributeKind, address: SocketAddr) -> Self {
        self.with(kind, attribute::write_address(address))
    }

    /// With an address that is masked by the transaction id.
    #[must_use]
    pub fn with_masked_address(self, kind: AttributeKind, address: SocketAddr) -> Self {
        let masked = attribute::xor(address, &self.transaction);
        self.with_address(kind, masked)
    }

    /// With an error code.
    #[must_use]
    pub fn with_error(self, code: u16, reason: &str) -> Self {
        self.with(AttributeKind::ERROR_CODE, ErrorCode { code, reason: reason.to_owned() }.write())
    }

    /// With a sequence number.
    #[must_use]
    pub fn with_sequence(self, sequence: SequenceNumber) -> Self {
        self.with(AttributeKind::MS_SEQUENCE_NUMBER, sequence.write())
    }

    /// The value of the first attribute of a type.
    #[must_use]
    pub fn get(&self, kind: AttributeKind) -> Option<&[u8]> {
        self.attributes.iter().find(|one| one.kind == kind).map(|one| one.value.as_slice())
    }

    /// The number in an attribute of four bytes.
    #[must_use]
    pub fn number(&self, kind: AttributeKind) -> Option<u32> {
        self.get(kind).and_then(|value| value.try_into().ok()).map(u32::from_be_bytes)
    }

    /// The address in an attribute.
    #[must_use]
    pub fn address(&self, kind: AttributeKind) -> Option<SocketAddr> {
        self.get(kind).and_then(attribute::read_address)
    }

    /// The address in an attribute that masks it by the transaction id.
    #[must_use]
    pub fn masked_address(&self, kind: AttributeKind) -> Option<SocketAddr> {
        self.address(kind).map(|address| attribute::xor(address, &self.transaction))
    }

    /// The error code.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        self.get(AttributeKind::ERROR_CODE).and_then(ErrorCode::read)
    }

    /// The sequence number.
    #[must_use]
    pub fn sequence(&self) -> Option<SequenceNumber> {
        self.get(AttributeKind::MS_SEQUENCE_NUMBER).and_then(SequenceNumber::read)
    }

    /// Whether the magic cookie is the first attribute, as a server demands of requests.
    /// libnice puts it elsewhere in its errors, and that is accepted.
    #[must_use]
    pub fn begins_with_cookie(&self) -> bool {
        self.attributes.first().is_some_and(|first| first.kind == AttributeKind::MAGIC_COOKIE)
    }

    /// The bytes of the message.
    ///
    /// # Errors
    /// It is too long.
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        self.encode_before(0)
    }

    /// The bytes, with a header that tells of `more` bytes behind them.
    pub(super) fn encode_before(&self, more: usize) -> Result<Vec<u8>, TooLong> {
        let values: usize = self.attributes.iter().map(|one| ATTRIBUTE_HEADER + one.value.len()).sum();
        let length = u16::try_from(values + more).map_err(|_| TooLong)?;
        let mut bytes = Vec::with_capacity(HEADER + values + more);
        bytes.extend(self.kind.0.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(self.transaction);
        for Attribute { kind, value } in &self.attributes {
            bytes.extend(kind.0.to_be_bytes());
            // No longer than all of them together.
            bytes.extend(u16::try_from(value.len()).map_err(|_| TooLong)?.to_be_bytes());
            bytes.extend(value);
        }
        Ok(bytes)
    }

    /// Reads exactly one message.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let read = Self::read(bytes)?;
        let cookie = |message: &Self| message.get(AttributeKind::MAGIC_COOKIE) == Some(&COOKIE);
        match read {
            Ok(message) if cookie(&message) => Ok(message),
            // Only what is no MS-TURN may be something else: any transaction id is allowed.
            _ if bytes.get(4..8) == Some(&RFC_5389_COOKIE) => Err(Malformed::OtherStun),
            Ok(_) => Err(Malformed::NoCookie),
            Err(malformed) => Err(malformed),
        }
    }

    /// The header, and then what comes of the attributes.
    fn read(bytes: &[u8]) -> Result<Result<Self, Malformed>, Malformed> {
        if bytes.len() > LONGEST {
            return Err(Malformed::Long(bytes.len()));
        }
        let Some((&[k0, k1, l0, l1, ref transaction @ ..], rest)) = bytes.split_first_chunk::<HEADER>() else {
            return Err(Malformed::Short(bytes.len()));
        };
        let told = usize::from(u16::from_be_bytes([l0, l1]));
        if told != rest.len() {
            return Err(Malformed::Length { told, there: rest.len() });
        }
        let kind = Kind(u16::from_be_bytes([k0, k1]));
        let attributes = attributes(rest);
        Ok(attributes.map(|attributes| Self { kind, transaction: *transaction, attributes }))
    }
}

fn attributes(mut rest: &[u8]) -> Result<Vec<Attribute>, Malformed> {
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (&[k0, k1, l0, l1], behind) = rest.split_first_chunk().ok_or(Malformed::Attributes)?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let (value, behind) = behind.split_at_checked(length).ok_or(Malformed::Attributes)?;
        if attributes.len() == MOST_ATTRIBUTES {
            return Err(Malformed::Many);
        }
        attributes.push(Attribute { kind: AttributeKind(u16::from_be_bytes([k0, k1])), value: value.to_vec() });
        rest = behind;
    }
    Ok(attributes)
}
