//! An object of a directory, as it came.

use std::collections::HashMap;

use ldap3_proto::proto::LdapPartialAttribute;

use crate::protocol::ldap::{ask_from, ranged};

/// Most values that are taken of one attribute.
const MOST_VALUES: usize = 200_000;

/// An object of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name.
    pub(super) dn: String,
    /// Its values, by the attribute's name in lower case.
    attributes: HashMap<String, Vec<Vec<u8>>>,
    /// Attributes of which the server holds more: how the rest is asked for.
    rest: Vec<(String, u32)>,
    /// Attributes that are not whole, and why.
    broken: HashMap<String, String>,
}

impl Entry {
    pub(super) fn of(dn: String, attributes: Vec<LdapPartialAttribute>) -> Self {
        let mut entry = Self { dn, ..Self::default() };
        entry.take(attributes);
        entry
    }

    /// Takes in attributes, or further values of them.
    pub(super) fn take(&mut self, attributes: Vec<LdapPartialAttribute>) {
        for attribute in attributes {
            let part = ranged(&attribute.atype);
            let name = part.name.to_ascii_lowercase();
            if let Some(next) = part.next {
                self.rest.push((part.name.to_owned(), next));
            }
            // Beside an attribute in ranges, some servers name it once more, without values.
            if attribute.vals.is_empty() {
                continue;
            }
            let values = self.attributes.entry(name.clone()).or_default();
            let room = MOST_VALUES.saturating_sub(values.len());
            if attribute.vals.len() > room {
                self.broken.insert(name, format!("it has more than the {MOST_VALUES} values that are read"));
                self.rest.retain(|(more, _)| !more.eq_ignore_ascii_case(part.name));
            }
            values.extend(attribute.vals.into_iter().take(room));
        }
    }

    /// What is still to be asked for: attributes with their range, and their places.
    pub(super) fn rest(&mut self) -> Vec<(String, u32)> {
        std::mem::take(&mut self.rest)
    }

    /// Notes that further values could not be had.
    pub(super) fn give_up(&mut self, attribute: &str, why: &str) {
        self.broken.insert(attribute.to_ascii_lowercase(), why.to_owned());
    }

    /// Why an attribute is not whole, if it isn't.
    pub(super) fn broken(&self, attribute: &str) -> Option<&str> {
        self.broken.get(&attribute.to_ascii_lowercase()).map(String::as_str)
    }

    /// The values of an attribute, in the order in which they came.
    pub(super) fn values(&self, attribute: &str) -> &[Vec<u8>] {
        // Names are asked for as the schema writes them, and most servers answer in lower or the same case.
        let values = self.attributes.get(attribute).or_else(|| self.attributes.get(&attribute.to_ascii_lowercase()));
        values.map_or(&[], Vec::as_slice)
    }

    /// The first value, as bytes.
    pub(super) fn bytes(&self, attribute: &str) -> Option<&[u8]> {
        self.values(attribute).first().map(Vec::as_slice)
    }

    /// The first value, as text.
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.bytes(attribute).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Whether a value is this text, whatever the case.
    pub(super) fn has(&self, attribute: &str, text: &str) -> bool {
        self.values(attribute).iter().any(|value| value.eq_ignore_ascii_case(text.as_bytes()))
    }
}

/// How the rest of several attributes is asked for.
pub(super) fn asked(rest: &[(String, u32)]) -> Vec<String> {
    rest.iter().map(|(name, place)| ask_from(name, *place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, values: &[&str]) -> LdapPartialAttribute {
        LdapPartialAttribute {
            atype: name.to_owned(),
            vals: values.iter().map(|value| value.as_bytes().to_vec()).collect(),
        }
    }

    #[test]
    fn values_in_ranges_are_put_together() {
        let mut entry = Entry::of(
            "CN=a".to_owned(),
            vec![attribute("proxyAddresses", &[]), attribute("proxyAddresses;range=0-1", &["a", "b"])],
        );
        let rest = entry.rest();
        assert_eq!(asked(&rest), ["proxyAddresses;range=2-*"]);
        entry.take(vec![attribute("proxyAddresses;range=2-*", &["c"])]);
        assert!(entry.rest().is_empty());
        assert_eq!(entry.values("proxyAddresses").len(), 3);
        assert!(entry.has("PROXYaddresses", "C") && !entry.has("proxyAddresses", "d"));
        assert_eq!((entry.text("proxyaddresses"), entry.text("cn")), (Some("a"), None));
    }

    #[test]
    fn an_endless_attribute_is_cut_and_told() {
        let mut entry = Entry::of("CN=a".to_owned(), Vec::new());
        let many = vec!["x"; MOST_VALUES / 2 + 1];
        entry.take(vec![attribute("a;range=0-9", &many)]);
        assert_eq!(entry.rest().len(), 1);
        entry.take(vec![attribute("A;range=10-19", &many)]);
        assert_eq!((entry.values("a").len(), entry.rest().len()), (MOST_VALUES, 0));
        assert!(entry.broken("A").is_some_and(|why| why.contains("more than")));
    }
}
