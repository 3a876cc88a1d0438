//! Reading and writing what both messages are made of ([MS-NLMP] 2.2).

/// Why bytes are not the NTLM message that they ought to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It doesn't begin with `NTLMSSP`.
    #[error("it doesn't begin with NTLMSSP")]
    NoSignature,
    /// It is another message.
    #[error("it is message {0}")]
    OtherMessage(u32),
    /// A part lies outside of the message.
    #[error("its {0} lies outside of it")]
    Outside(&'static str),
    /// It is longer than any such message.
    #[error("it has {0} bytes; at most {MOST} are read")]
    TooLong(usize),
    /// The target information is no list of pairs with an end.
    #[error("its target information is cut short")]
    TargetInfo,
    /// A name is no UTF-16.
    #[error("its {0} is no UTF-16")]
    Text(&'static str),
}

/// Bytes read of one message. Those that were seen have a few hundred.
pub(super) const MOST: usize = 16 << 10;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// A message that is read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A message of a type.
    pub(super) fn of(bytes: &'a [u8], kind: u32) -> Result<Self, Malformed> {
        if bytes.len() > MOST {
            return Err(Malformed::TooLong(bytes.len()));
        }
        let rest = bytes.strip_prefix(SIGNATURE).ok_or(Malformed::NoSignature)?;
        let found = rest.first_chunk().map(|number| u32::from_le_bytes(*number)).ok_or(Malformed::Outside("type"))?;
        if found == kind { Ok(Self(bytes)) } else { Err(Malformed::OtherMessage(found)) }
    }

    /// So many bytes at a place.
    pub(super) fn array<const N: usize>(self, at: usize, what: &'static str) -> Result<[u8; N], Malformed> {
        self.0.get(at..).and_then(<[u8]>::first_chunk).copied().ok_or(Malformed::Outside(what))
    }

    pub(super) fn number(self, at: usize, what: &'static str) -> Result<u32, Malformed> {
        self.array(at, what).map(u32::from_le_bytes)
    }

    /// What a field of length, room and offset points to ([MS-NLMP] 2.2.1.2).
    pub(super) fn field(self, at: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let [low, high, _, _, offset @ ..] = self.array::<8>(at, what)?;
        let length = usize::from(u16::from_le_bytes([low, high]));
        let offset = usize::try_from(u32::from_le_bytes(offset)).map_err(|_| Malformed::Outside(what))?;
        if length == 0 {
            return Ok(&[]);
        }
        self.0.get(offset..).and_then(|rest| rest.get(..length)).ok_or(Malformed::Outside(what))
    }

    pub(super) fn text(self, at: usize, what: &'static str) -> Result<String, Malformed> {
        text(self.field(at, what)?).ok_or(Malformed::Text(what))
    }
}

/// UTF-16, little endian, as text.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
}

/// A message that is written: a head of a known size, then what its fields point to.
pub(super) struct Writer {
    head: Vec<u8>,
    size: usize,
    payload: Vec<u8>,
}

impl Writer {
    pub(super) fn new(kind: u32, size: usize) -> Self {
        let mut head = SIGNATURE.to_vec();
        head.extend(kind.to_le_bytes());
        Self { head, size, payload: Vec::new() }
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.head.extend(bytes);
    }

    /// Reserves a place in the payload, and writes in the head where it is.
    pub(super) fn pointer(&mut self, length: usize, offset: usize) {
        let length = u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
        self.head.extend(length);
        self.head.extend(length);
        self.head.extend(u32::try_from(self.size + offset).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Adds to the payload; where it begins.
    pub(super) fn append(&mut self, bytes: &[u8]) -> usize {
        let offset = self.payload.len();
        self.payload.extend(bytes);
        offset
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.head.append(&mut self.payload);
        self.head
    }
}
