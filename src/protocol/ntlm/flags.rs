//! What both sides agree on ([MS-NLMP] 2.2.2.5).

/// Negotiation flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u32);

impl Flags {
    /// Names are UTF-16.
    pub const UNICODE: Self = Self(0x1);
    /// The challenge names its target.
    pub const REQUEST_TARGET: Self = Self(0x4);
    /// Messages are signed.
    pub const SIGN: Self = Self(0x10);
    /// Messages can be encrypted; SIP never does.
    pub const SEAL: Self = Self(0x20);
    /// Connectionless: no NEGOTIATE, and each signature stands for itself.
    pub const DATAGRAM: Self = Self(0x40);
    /// NTLM at all.
    pub const NTLM: Self = Self(0x200);
    /// A signature in every message.
    pub const ALWAYS_SIGN: Self = Self(0x8000);
    /// The target is a domain.
    pub const TARGET_TYPE_DOMAIN: Self = Self(0x1_0000);
    /// Keys of their own for each direction, and signatures by HMAC-MD5.
    pub const EXTENDED_SESSION_SECURITY: Self = Self(0x8_0000);
    /// The server may only identify the client.
    pub const IDENTIFY: Self = Self(0x10_0000);
    /// The challenge has target information, which `NTLMv2` needs.
    pub const TARGET_INFO: Self = Self(0x80_0000);
    /// A version field is there.
    pub const VERSION: Self = Self(0x200_0000);
    /// Keys of 128 bits.
    pub const KEY_128: Self = Self(0x2000_0000);
    /// The client chooses the session's key.
    pub const KEY_EXCHANGE: Self = Self(0x4000_0000);

    /// What a registrar has to offer: without one of these a client of this family refuses
    /// (SIPE; wire facts of registrars from OCS 2007 R2 on).
    const NEEDED: [(Self, &'static str); 8] = [
        (Self::UNICODE, "UNICODE"),
        (Self::SIGN, "SIGN"),
        (Self::DATAGRAM, "DATAGRAM"),
        (Self::NTLM, "NTLM"),
        (Self::IDENTIFY, "IDENTIFY"),
        (Self::TARGET_INFO, "TARGET_INFO"),
        (Self::KEY_128, "128"),
        (Self::KEY_EXCHANGE, "KEY_EXCH"),
    ];

    /// What a client answers with: all that is needed, of the rest what the server offers.
    const WANTED: u32 = 0x6298_8255;

    /// What a registrar of this family offers, as it was seen: 0xE29882F3 without 56-bit keys
    /// and the bits that mean nothing here.
    pub const OFFERED: Self = Self(0x6299_8275);

    /// Whether all flags of another set are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What an offer lacks, by the names of the specification.
    #[must_use]
    pub fn lacks(self) -> Vec<&'static str> {
        Self::NEEDED.iter().filter(|(flag, _)| !self.has(*flag)).map(|(_, name)| *name).collect()
    }

    /// The answer to an offer that lacks nothing.
    #[must_use]
    pub const fn answer(self) -> Self {
        let extended = Self::WANTED & !Self::EXTENDED_SESSION_SECURITY.0;
        Self(extended | self.0 & Self::EXTENDED_SESSION_SECURITY.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_answered_as_the_clients_do() {
        assert_eq!(Flags(0xE298_82F3).answer(), Flags(0x6298_8255));
        assert!(Flags(0xE298_82F3).lacks().is_empty() && Flags::OFFERED.lacks().is_empty());
        assert_eq!(Flags(Flags::OFFERED.0 & !Flags::IDENTIFY.0).lacks(), ["IDENTIFY"]);
        let old = Flags::OFFERED.0 & !Flags::EXTENDED_SESSION_SECURITY.0;
        assert!(!Flags(old).answer().has(Flags::EXTENDED_SESSION_SECURITY));
    }
}
