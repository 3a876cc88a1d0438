//! Distinguished names, parsed and compared as directories do.

use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::dn_text::{Reader, is_unseen};
use super::{Invalid, text_type};

/// Longest text that is read as a name, in bytes. Directories keep far below it.
pub(super) const LONGEST: usize = 32 << 10;
/// Most parts of a name.
const MOST_PARTS: usize = 256;
/// Most attributes of one part.
const MOST_ATTRIBUTES: usize = 16;

/// A distinguished name (RFC 4514), its own part first.
///
/// `cn=Sara  Davis,DC=Contoso` equals `CN=sara davis, dc=contoso`: types and values are
/// compared without case, and runs of spaces count once, as `caseIgnoreMatch` has it.
/// Shown with every character that can't be seen escaped, so that none deceives.
#[derive(Clone, Debug, Default)]
pub struct Dn {
    parts: Vec<Rdn>,
}

/// One part of a distinguished name: mostly one attribute, seldom more (`CN=a+SN=b`).
#[derive(Clone, Debug)]
pub struct Rdn {
    attributes: Vec<Attribute>,
}

/// An attribute of a part.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its type, as it came: `CN`, or numbers.
    pub kind: String,
    /// Its value.
    pub value: AttributeValue,
}

/// The value of an attribute of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text, without escapes.
    Text(String),
    /// Encoded bytes, as lower-case digits: what a name writes as `#04024869`.
    Encoded(String),
}

text_type!(Dn, "dn", "Dn", "A distinguished name such as CN=Sara Davis,OU=Redmond,DC=contoso,DC=com");

impl Dn {
    /// Its parts, its own first.
    #[must_use]
    pub fn parts(&self) -> &[Rdn] {
        &self.parts
    }

    /// Whether it is the root, which has no parts.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.parts.is_empty()
    }

    /// The name that is left without the first `count` parts; none where there are fewer.
    #[must_use]
    pub fn above(&self, count: usize) -> Option<Self> {
        self.parts.get(count..).map(|parts| Self { parts: parts.to_vec() })
    }

    /// The name with a part before it.
    ///
    /// # Errors
    /// The text is not one or more parts, or the name becomes too long.
    pub fn below(&self, text: &str) -> Result<Self, Invalid> {
        let mut parts = text.parse::<Self>()?.parts;
        parts.extend(self.parts.iter().cloned());
        if parts.len() > MOST_PARTS {
            return Err(refused(text, format!("with more than {MOST_PARTS} parts")));
        }
        Ok(Self { parts })
    }

    /// Whether it is `other`, or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let above = self.parts.len().checked_sub(other.parts.len()).and_then(|count| self.parts.get(count..));
        above.is_some_and(|above| above.iter().zip(&other.parts).all(|(mine, theirs)| mine.folded() == theirs.folded()))
    }

    /// The form in which it is compared.
    #[must_use]
    pub fn folded(&self) -> String {
        joined(&self.parts, Rdn::folded)
    }
}

impl Rdn {
    /// Its attributes; at least one.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The text of its attribute of a type, if it has one.
    #[must_use]
    pub fn text(&self, kind: &str) -> Option<&str> {
        let one = self.attributes.iter().find(|attribute| short(&attribute.kind) == short(kind))?;
        match &one.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Encoded(_) => None,
        }
    }

    fn folded(&self) -> String {
        let mut attributes: Vec<String> = self
            .attributes
            .iter()
            .map(|attribute| match &attribute.value {
                AttributeValue::Text(text) => format!("{}={}", short(&attribute.kind), escaped(&folded(text))),
                AttributeValue::Encoded(digits) => format!("{}=#{digits}", short(&attribute.kind)),
            })
            .collect();
        // The attributes of a part are a set.
        attributes.sort();
        attributes.join("+")
    }
}

impl FromStr for Dn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(refused(text, format!("longer than {LONGEST} bytes")));
        }
        let mut reader = Reader::of(text);
        let mut parts: Vec<Rdn> = Vec::new();
        if reader.is_done() {
            return Ok(Self { parts });
        }
        loop {
            let mut attributes = Vec::new();
            let last = loop {
                let (kind, value, end) = reader.attribute().map_err(|cause| refused(text, cause))?;
                attributes.push(Attribute { kind, value });
                if attributes.len() > MOST_ATTRIBUTES {
                    return Err(refused(text, format!("with more than {MOST_ATTRIBUTES} attributes in one part")));
                }
                if end != Some('+') {
                    break end.is_none();
                }
            };
            parts.push(Rdn { attributes });
            if parts.len() > MOST_PARTS {
                return Err(refused(text, format!("with more than {MOST_PARTS} parts")));
            }
            if last {
                return Ok(Self { parts });
            }
        }
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.parts, Rdn::to_string))
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, attribute) in self.attributes.iter().enumerate() {
            let plus = if at == 0 { "" } else { "+" };
            match &attribute.value {
                AttributeValue::Text(text) => write!(f, "{plus}{}={}", attribute.kind, escaped(text))?,
                AttributeValue::Encoded(digits) => write!(f, "{plus}{}=#{digits}", attribute.kind)?,
            }
        }
        Ok(())
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.parts.len() == other.parts.len() && self.folded() == other.folded()
    }
}

impl Eq for Dn {}

impl Hash for Dn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

impl PartialOrd for Dn {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dn {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(&other.folded())
    }
}

fn refused(text: &str, cause: impl fmt::Display) -> Invalid {
    const SHOWN: usize = 80;
    let mut shown: String = text.chars().take(SHOWN).map(|one| if is_unseen(one) { '\u{fffd}' } else { one }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    Invalid::new(
        format!("`{shown}` is not a distinguished name: {cause}"),
        "write it as CN=Sara Davis,OU=Redmond,DC=contoso,DC=com; a comma inside a value is `\\,`",
    )
}

fn joined(parts: &[Rdn], text: impl Fn(&Rdn) -> String) -> String {
    parts.iter().map(text).collect::<Vec<_>>().join(",")
}

/// A type's short name in lower case (RFC 4514 3); two that Active Directory uses are added.
fn short(kind: &str) -> String {
    const NAMES: [(&str, &str); 11] = [
        ("2.5.4.3", "cn"),
        ("2.5.4.7", "l"),
        ("2.5.4.8", "st"),
        ("2.5.4.10", "o"),
        ("2.5.4.11", "ou"),
        ("2.5.4.6", "c"),
        ("2.5.4.9", "street"),
        ("0.9.2342.19200300.100.1.25", "dc"),
        ("0.9.2342.19200300.100.1.1", "uid"),
        ("commonname", "cn"),
        ("domaincomponent", "dc"),
    ];
    let kind = kind.to_ascii_lowercase();
    NAMES.iter().find(|(long, _)| *long == kind).map_or(kind, |(_, short)| (*short).to_owned())
}

/// A value as it is compared: without case, a run of spaces once, none at the ends.
fn folded(text: &str) -> String {
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A value as a name writes it (RFC 4514 2.4), characters that can't be seen as bytes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (at, one) in text.chars().enumerate() {
        let at_edge = (one == ' ' && (at == 0 || at == last)) || (one == '#' && at == 0);
        if is_unseen(one) {
            for byte in one.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a text never fails.
                let _ = write!(out, "\\{byte:02X}");
            }
        } else {
            if at_edge || matches!(one, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
                out.push('\\');
            }
            out.push(one);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dn(text: &str) -> Dn {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn value(text: &str) -> String {
        match &dn(text).parts[0].attributes[0].value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Encoded(digits) => format!("#{digits}"),
        }
    }

    #[test]
    fn the_examples_of_rfc_4514() {
        assert_eq!(dn("UID=jsmith,DC=example,DC=net").parts.len(), 3);
        assert_eq!(dn("OU=Sales+CN=J.  Smith,DC=example,DC=net").parts[0].attributes.len(), 2);
        assert_eq!(value(r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#), r#"James "Jim" Smith, III"#);
        assert_eq!(value("CN=Before\\0dAfter,DC=example,DC=net"), "Before\rAfter");
        assert_eq!(value("1.3.6.1.4.1.1466.0=#04024869"), "#04024869");
        assert_eq!(value("CN=Lu\\C4\\8Di\\C4\\87"), "Lučić");
        assert!(dn("").is_root());
    }

    #[test]
    fn names_are_compared_as_directories_do() {
        let same = [
            ("CN=1:2,CN=Pools,DC=contoso", "cn=1:2,cn=pools,dc=CONTOSO"),
            ("CN=Sara  Davis , DC=contoso", "CN=sara davis,DC=contoso"),
            ("CN=a+SN=b", "sn=B+cn=A"),
            ("2.5.4.3=a", "CN=a"),
            ("OID.2.5.4.3=a", "CN=a"),
            ("CN=\"a, b\";DC=c", "CN=a\\, b,DC=c"),
            ("CN=a\\20", "CN=a"),
            ("CN=ÄÖ", "cn=äö"),
        ];
        for (left, right) in same {
            assert_eq!(dn(left), dn(right), "{left} {right}");
        }
        let other = [
            ("CN=a,DC=b", "CN=a"),
            ("CN=a\\,DC=b", "CN=a,DC=b"),
            ("CN=a", "OU=a"),
            ("CN=a b", "CN=ab"),
            ("CN=a\u{200f}", "CN=a"),
            ("CN=\\#04024869", "CN=#04024869"),
            ("CN=a\\+SN\\=b", "CN=a+SN=b"),
        ];
        for (left, right) in other {
            assert_ne!(dn(left), dn(right), "{left} {right}");
        }
    }

    #[test]
    fn a_name_lies_within_another() {
        let pools = dn("CN=Pools,CN=RTC Service,DC=contoso,DC=com");
        let home = dn("CN=Lc Services,CN=Microsoft,CN=1:2,cn=pools,CN=rtc service,DC=contoso,DC=com");
        assert!(home.is_within(&pools) && pools.is_within(&pools) && !pools.is_within(&home));
        assert!(home.is_within(&Dn::default()));
        // The text ends alike, the name does not.
        assert!(!dn("CN=x\\,CN=Pools,DC=contoso,DC=com").is_within(&dn("CN=Pools,DC=contoso,DC=com")));
        assert_eq!(home.above(2), Some(pools.below("CN=1:2").expect("a part")));
        assert_eq!(home.parts()[2].text("cn"), Some("1:2"));
        assert_eq!(pools.above(5), None);
    }

    #[test]
    fn hostile_names_are_shown_harmless_and_kept_whole() {
        for (value, shown) in [
            ("Davis, \"Sara\" <x>; a+b=c \\", r#"Davis\, \"Sara\" \<x\>\; a\+b=c \\"#),
            ("line\nbreak\r", "line\\0Abreak\\0D"),
            ("ab\u{202e}moc.osotnoc", "ab\\E2\\80\\AEmoc.osotnoc"),
            (" edges ", "\\ edges\\ "),
            ("#hash", "\\#hash"),
            ("nul\0", "nul\\00"),
            (" ", "\\ "),
        ] {
            let name =
                Dn { parts: vec![Rdn { attributes: vec![attribute("CN", value)] }, dn("DC=contoso").parts[0].clone()] };
            assert_eq!(name.to_string(), format!("CN={shown},DC=contoso"));
            let again = dn(&name.to_string());
            assert_eq!(again.parts[0].text("CN"), Some(value));
            assert_eq!(again.parts.len(), 2, "{shown}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("CN={}", "a".repeat(LONGEST));
        let deep = vec!["DC=a"; 300].join(",");
        let wide = vec!["CN=a"; 20].join("+");
        for text in [
            "contoso.com",
            "CN",
            "=a",
            "CN=a,",
            "CN=a,,DC=b",
            "CN=a+",
            "CN=#0",
            "CN=#zz",
            "CN=#",
            "CN=a\\",
            "CN=a\\x",
            "CN=\\ff",
            "CN=\"a",
            "CN=\"a\"b",
            "CN=a\"b",
            "C N=a",
            "2.=a",
            ".5=a",
            "2..5=a",
            "-a=b",
            long.as_str(),
            deep.as_str(),
            wide.as_str(),
        ] {
            assert!(text.parse::<Dn>().is_err(), "{text}");
        }
        let told = "CN=\u{202e}\n,".parse::<Dn>().expect_err("refused").to_string();
        assert!(!told.contains('\u{202e}') && !told.contains('\n'), "{told}");
    }

    fn attribute(kind: &str, value: &str) -> Attribute {
        Attribute { kind: kind.to_owned(), value: AttributeValue::Text(value.to_owned()) }
    }

    proptest! {
        #[test]
        fn any_value_is_read_as_it_was_written(values in proptest::collection::vec(".{0,20}", 1..6)) {
            let parts = values.iter().map(|value| Rdn { attributes: vec![attribute("CN", value)] }).collect();
            let name = Dn { parts };
            let again = dn(&name.to_string());
            prop_assert_eq!(&again, &name);
            let texts: Vec<_> = again.parts.iter().map(|part| part.text("cn").map(str::to_owned)).collect();
            prop_assert_eq!(texts, values.into_iter().map(Some).collect::<Vec<_>>());
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,60}") {
            if let Ok(name) = text.parse::<Dn>() {
                prop_assert_eq!(dn(&name.to_string()), name.clone());
                prop_assert_eq!(dn(&name.folded()), name);
            }
        }
    }
}
