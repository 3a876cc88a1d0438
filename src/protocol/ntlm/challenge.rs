//! CHALLENGE, with which a server begins ([MS-NLMP] 2.2.1.2).

use super::fields::{Malformed, Reader, Writer};
use super::flags::Flags;
use super::primitives::utf16;

/// What a server challenges with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// What it offers.
    pub flags: Flags,
    /// Its random number, that a response is made over.
    pub nonce: [u8; 8],
    /// The name of its domain or of itself.
    pub target: String,
    /// What it says of itself.
    pub info: TargetInfo,
}

/// What a server says of itself: pairs of a number and a value, kept byte for byte, since
/// the response is made over them ([MS-NLMP] 2.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetInfo(Vec<u8>);

/// Numbers of pairs.
const END: u16 = 0;
const COMPUTER: u16 = 1;
const DOMAIN: u16 = 2;
const TIMESTAMP: u16 = 7;

/// Product 6.1, build 7601, revision 15 of NTLMSSP ([MS-NLMP] 2.2.2.10): told for debugging only.
const VERSION: [u8; 8] = [6, 1, 0xb1, 0x1d, 0, 0, 0, 15];

const SIZE: usize = 56;

impl Challenge {
    /// Reads the message.
    ///
    /// # Errors
    /// It is none, or a part lies outside of it.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let reader = Reader::of(bytes, 2)?;
        let flags = Flags(reader.number(20, "flags")?);
        // An old server's message ends before the field.
        let info =
            if flags.has(Flags::TARGET_INFO) { reader.field(40, "target information")?.to_vec() } else { Vec::new() };
        Ok(Self {
            flags,
            nonce: reader.array(24, "challenge")?,
            target: if flags.has(Flags::UNICODE) { reader.text(12, "target name")? } else { String::new() },
            info: TargetInfo::read(info)?,
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new(2, SIZE);
        let (target, info) = (utf16(&self.target), &self.info.0);
        let (target_at, info_at) = (writer.append(&target), writer.append(info));
        writer.pointer(target.len(), target_at);
        writer.raw(&self.flags.0.to_le_bytes());
        writer.raw(&self.nonce);
        writer.raw(&[0; 8]);
        writer.pointer(info.len(), info_at);
        writer.raw(&VERSION);
        writer.finish()
    }
}

impl TargetInfo {
    /// Takes pairs that end with the pair that says so; none at all is allowed too.
    fn read(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let info = Self(bytes);
        if info.0.is_empty() || info.pairs().any(|(number, _)| number == END) {
            Ok(info)
        } else {
            Err(Malformed::TargetInfo)
        }
    }

    /// What a server of a domain says at a time (FILETIME: 100 ns since 1601).
    #[must_use]
    pub fn of(domain: &str, computer: &str, filetime: u64) -> Self {
        let mut bytes = Vec::new();
        let mut add = |number: u16, value: &[u8]| {
            bytes.extend(number.to_le_bytes());
            bytes.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend(value);
        };
        add(DOMAIN, &utf16(domain));
        add(COMPUTER, &utf16(computer));
        add(TIMESTAMP, &filetime.to_le_bytes());
        add(END, &[]);
        Self(bytes)
    }

    /// The bytes, as they came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The server's clock (FILETIME: 100 ns since 1601), where it tells.
    #[must_use]
    pub fn filetime(&self) -> Option<u64> {
        let (_, value) = self.pairs().find(|(number, _)| *number == TIMESTAMP)?;
        Some(u64::from_le_bytes(*value.as_array()?))
    }

    /// The pairs up to and with the end, or to where they are cut short.
    fn pairs(&self) -> impl Iterator<Item = (u16, &[u8])> {
        let mut rest = Some(self.0.as_slice());
        std::iter::from_fn(move || {
            let [a, b, low, high, values @ ..] = rest? else { return None };
            let (number, length) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*low, *high])));
            let (value, next) = values.split_at_checked(length)?;
            rest = (number != END).then_some(next);
            Some((number, value))
        })
    }
}
