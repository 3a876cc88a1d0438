//! What Windows' own error numbers mean, as far as signing in meets them.

/// What a number says of a sign-in that failed; null where it says nothing of it.
pub(super) fn meaning(number: u32) -> Option<&'static str> {
    Some(match number {
        // Seen in answers of registrars.
        0xC3E9_3EC3 => "the credential was not accepted",
        0xC3E9_3EE4 => "client and server don't agree on the session security of NTLM",
        // Windows' own ([MS-ERREF] 2.1, 2.2). Which of them a registrar hands on is UNCONFIRMED.
        0x8007_052E | 0x8009_030C => "user name or password is wrong",
        0x8007_0530 => "the account may not sign in at this hour",
        0x8007_0531 => "the account may not sign in from this computer",
        0x8007_0532 => "the password has expired",
        0x8007_0533 => "the account is disabled",
        0x8007_0701 => "the account has expired",
        0x8007_0773 => "the password must be changed before the account can sign in",
        0x8007_0775 => "the account is locked out",
        _ => return None,
    })
}

/// Reads `0xC3E93EC3(SIP_E_AUTH_UNAUTHORIZED)`.
pub(super) fn read(value: &str) -> Option<u32> {
    let digits = value.trim().strip_prefix("0x").or_else(|| value.trim().strip_prefix("0X"))?;
    let end = digits.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(digits.len());
    u32::from_str_radix(digits.get(..end)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_names_or_without() {
        assert_eq!(
            read("0xC3E93EC3(SIP_E_AUTH_UNAUTHORIZED)").and_then(meaning),
            Some("the credential was not accepted")
        );
        assert_eq!(read(" 0x80070532 ").and_then(meaning), Some("the password has expired"));
        assert_eq!(read("0x1").and_then(meaning), None);
        for text in ["", "0x", "C3E93EC3", "0xC3E93EC3C3E93EC3"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
