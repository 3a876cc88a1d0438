//! Host names, domains and SIP addresses.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::{Invalid, text_type};

/// The form in which names are compared: lower case, no trailing dot, no `sip:`.
#[must_use]
pub fn fold(name: &str) -> String {
    let mut folded = String::new();
    fold_into(name, &mut folded);
    folded
}

/// Writes what [`fold`] makes of a name behind what is there.
pub(crate) fn fold_into(name: &str, out: &mut String) {
    let name = name.trim();
    let bare = match name.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("sip:") => name.get(4..).unwrap_or_default(),
        _ => name,
    };
    fold_bare_into(bare, out);
}

/// The same for an address whose `sip:` is off already: a second one is part of it.
pub(crate) fn fold_bare_into(name: &str, out: &mut String) {
    let name = name.trim();
    let bare = name.strip_suffix('.').unwrap_or(name);
    if bare.is_ascii() {
        let start = out.len();
        out.push_str(bare);
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
    } else {
        out.push_str(&bare.to_lowercase());
    }
}

macro_rules! folded {
    ($type:ident) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.folded() == other.folded()
            }
        }

        impl Eq for $type {}

        impl Hash for $type {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.folded().hash(state);
            }
        }

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.folded().cmp(&other.folded())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $type {
            /// The form in which it is compared.
            #[must_use]
            pub fn folded(&self) -> String {
                fold(&self.0)
            }

            /// As it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

/// A fully qualified host or domain name. `Pool01.contoso.com.` equals `pool01.contoso.com`.
#[derive(Clone, Debug)]
pub struct Fqdn(String);

folded!(Fqdn);
text_type!(Fqdn, "fqdn", "Fqdn", "A fully qualified host or domain name");

impl FromStr for Fqdn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let name = text.trim();
        let bare = name.strip_suffix('.').unwrap_or(name);
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let hint = "write a full name such as pool01.contoso.com";
        if bare.len() > 253 || !bare.split('.').all(label) {
            return Err(Invalid::new(format!("`{text}` is not a host or domain name"), hint));
        }
        if !bare.contains('.') {
            return Err(Invalid::new(format!("`{text}` is not fully qualified"), hint));
        }
        if bare.split('.').all(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(Invalid::new(format!("`{text}` is an address, not a name"), hint));
        }
        Ok(Self(name.to_owned()))
    }
}

/// A SIP address, with or without `sip:`.
#[derive(Clone, Debug)]
pub struct SipAddress(String);

folded!(SipAddress);
text_type!(SipAddress, "sip-address", "SipAddress", "A SIP address such as sip:sarad@contoso.com");

impl FromStr for SipAddress {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let folded = fold(text);
        let fits = folded.split_once('@').is_some_and(|(user, domain)| {
            !user.is_empty() && !user.contains(char::is_whitespace) && domain.parse::<Fqdn>().is_ok()
        });
        if fits {
            Ok(Self(text.trim().to_owned()))
        } else {
            Err(Invalid::new(format!("`{text}` is not a SIP address"), "write it as sip:user@contoso.com"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_folded_and_show_as_they_came() {
        let a: Fqdn = "Pool01.Contoso.com.".parse().expect("a name");
        assert_eq!(a, "pool01.contoso.com".parse().expect("a name"));
        assert_eq!(a.to_string(), "Pool01.Contoso.com.");
        let user: SipAddress = "SIP:SaraD@contoso.com".parse().expect("an address");
        assert_eq!(user, "sarad@CONTOSO.com".parse().expect("an address"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "pool01", "a..b", "-a.b", "a b.c", "10.0.0.1", "ü.de", &"a".repeat(300)] {
            assert!(text.parse::<Fqdn>().is_err(), "{text}");
        }
        for text in ["", "sarad", "@contoso.com", "a@b", "a b@contoso.com"] {
            assert!(text.parse::<SipAddress>().is_err(), "{text}");
        }
    }
}
