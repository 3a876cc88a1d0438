//! What breaks the rules that routing rests on. A message with faults can still be read:
//! whoever sent it must be told, but what it says must not be lost.

use super::addresses::{self, Address};
use super::message::{Message, Start};
use crate::protocol::parameters::split;

/// Faults that are told of one message: a header of commas has as many as it has bytes.
const MOST_FAULTS: usize = 20;
/// Characters that are told of what is wrong.
const MOST_SHOWN: usize = 60;

/// What is wrong, each once, in words.
#[derive(Default)]
struct Faults {
    told: Vec<String>,
    more: bool,
}

impl Faults {
    fn push(&mut self, fault: String) {
        if self.told.contains(&fault) {
            return;
        }
        if self.told.len() < MOST_FAULTS {
            self.told.push(fault);
        } else {
            self.more = true;
        }
    }

    fn told(mut self) -> Vec<String> {
        if self.more {
            self.told.push("and more".to_owned());
        }
        self.told
    }
}

impl Message {
    /// What is wrong with the message, in words, each once and no more than helps; empty
    /// where nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Faults::default();
        self.cseq_faults(&mut faults);
        self.repeated_faults(&mut faults);
        self.number_faults(&mut faults);
        self.address_faults(&mut faults);
        self.via_faults(&mut faults);
        if let Start::Request { uri, .. } = &self.start {
            uri_faults(uri, &mut faults);
        }
        faults.told()
    }

    fn cseq_faults(&self, faults: &mut Faults) {
        match self.cseq() {
            // RFC 3261 8.1.1.5.
            Some((number, _)) if number > u32::MAX >> 1 => faults.push(format!("CSeq {number} is 2^31 or more")),
            Some((_, method)) => match &self.start {
                Start::Request { method: own, .. } if *own != method => {
                    faults.push(format!("CSeq names {} in a request of {}", shown(&method), shown(own)));
                }
                _ => {}
            },
            None => faults.push("CSeq is missing, or not a number and a method".to_owned()),
        }
        if self.headers.first("call-id").is_none_or(|id| id.is_empty()) {
            faults.push("Call-ID is missing".to_owned());
        }
    }

    /// Of two that differ nobody knows which is meant (RFC 3261 20, RFC 4475 3.3.8).
    fn repeated_faults(&self, faults: &mut Faults) {
        for name in ["call-id", "cseq", "from", "to", "max-forwards"] {
            if self.headers.all(name).nth(1).is_some() {
                faults.push(format!("{name} is there more than once"));
            }
        }
    }

    /// Numbers with a range: Max-Forwards is 0 to 255 (RFC 3261 20.22), seconds fit 32 bits (20.19).
    fn number_faults(&self, faults: &mut Faults) {
        for (name, most) in
            [("max-forwards", 255), ("expires", u64::from(u32::MAX)), ("retry-after", u64::from(u32::MAX))]
        {
            let Some(value) = self.headers.first(name) else { continue };
            let number = value.split([' ', ';', '(']).next().unwrap_or_default();
            if digits(number).is_none_or(|number| number > most) {
                faults.push(format!("{name} `{}` is not a number up to {most}", shown(&value)));
            }
        }
    }

    fn address_faults(&self, faults: &mut Faults) {
        for name in ["from", "to"] {
            match self.headers.first(name) {
                Some(value) => {
                    if let Err(fault) = Address::read(&value) {
                        faults.push(format!("{name}: {fault}"));
                    }
                }
                None => faults.push(format!("{name} is missing")),
            }
        }
        for header in self.headers.all("contact") {
            let value = header.value();
            for one in addresses::several(&value).into_iter().filter(|one| one.trim() != "*") {
                match Address::read(one) {
                    Ok(address) => {
                        let expires = parameter(address.parameters, "expires");
                        if expires
                            .is_some_and(|text| digits(text.trim()).is_none_or(|number| number > u64::from(u32::MAX)))
                        {
                            faults.push("contact: `expires` is not a number of seconds".to_owned());
                        }
                    }
                    Err(fault) => faults.push(format!("contact: {fault}")),
                }
            }
        }
    }

    fn via_faults(&self, faults: &mut Faults) {
        let mut any = false;
        for header in self.headers.all("via") {
            let value = header.value();
            for via in split(&value, ',') {
                any = true;
                // Blanks may stand around the slashes (RFC 3261 25.1, SLASH).
                let sent = via.split('/').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("SIP"));
                if !sent {
                    faults.push(format!("via: `{}` names no protocol", shown(via.trim())));
                }
                if split(via, ';').into_iter().skip(1).any(|one| one.trim().is_empty()) {
                    faults.push("via: an empty parameter".to_owned());
                }
                // What follows the cookie makes it unique (RFC 3261 8.1.1.7). None is customary here.
                if parameter(via, "branch").is_some_and(|branch| branch.trim().eq_ignore_ascii_case("z9hG4bK")) {
                    faults.push("via: a branch that is nothing but its cookie".to_owned());
                }
            }
        }
        if !any {
            faults.push("via is missing".to_owned());
        }
    }
}

/// A number of nothing but digits: no sign stands before it.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// As much of what a peer wrote as tells what it is.
fn shown(text: &str) -> String {
    let beginning: String = text.chars().take(MOST_SHOWN).collect();
    if text.chars().nth(MOST_SHOWN).is_none() { beginning } else { format!("{beginning}…") }
}

/// A parameter's value among `;name=value`.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    split(parameters, ';').into_iter().skip(1).find_map(|one| {
        let (key, value) = one.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

/// A request URI has no `<>`, and no headers (RFC 3261 19.1.1, table 1).
fn uri_faults(uri: &str, faults: &mut Faults) {
    if uri.contains(['<', '>', '"']) {
        faults.push("the request URI stands in `<>` or quotes".to_owned());
    }
    let sip = ["sip:", "sips:"]
        .iter()
        .any(|scheme| uri.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    // Before the host a `?` is part of the user (RFC 3261 25.1, user-unreserved).
    let host = uri.rsplit_once('@').map_or(uri, |(_, host)| host);
    if sip && host.contains('?') {
        faults.push("the request URI has headers".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(fields: &[(&str, &str)]) -> Vec<String> {
        let mut message = Message::response(200, "OK");
        let sound = [
            ("Via", "SIP/2.0/TLS 10.0.0.1"),
            ("From", "<sip:a@b>"),
            ("To", "<sip:a@b>"),
            ("Call-ID", "1"),
            ("CSeq", "1 OPTIONS"),
        ];
        let given = |name: &str| fields.iter().any(|(own, _)| *own == name);
        let all = sound.iter().filter(|(name, _)| !given(name)).chain(fields);
        all.for_each(|(name, value)| message.headers.push(*name, *value));
        message.faults()
    }

    #[test]
    fn what_is_wrong_is_told_once_and_in_bounds() {
        let commas = ",".repeat(60_000);
        assert_eq!(faults(&[("Via", &commas)]), ["via: `` names no protocol"]);
        let many: String = (0..9_000).map(|at| format!("{at}/x,")).collect();
        let told = faults(&[("Via", &many)]);
        assert_eq!((told.len(), told.last().map(String::as_str)), (MOST_FAULTS + 1, Some("and more")));
        let long = "x".repeat(60_000);
        let method = format!("1 {long}");
        for field in [("Via", &*long), ("Max-Forwards", &*long), ("Expires", &*long)] {
            let told = faults(&[field]).concat();
            assert!(!told.is_empty() && told.len() < 200, "{field:?}: {} bytes", told.len());
        }
        let mut request = Message::request("OPTIONS", "sip:a");
        request.headers.push("CSeq", method);
        assert!(request.faults().concat().len() < 500);
    }

    #[test]
    fn a_comma_in_an_address_parts_nothing() {
        for contact in [
            "<sip:a,b@contoso.com;opaque=x,y>",
            r#""Doe, <John>" <sip:a@b>;methods="INVITE, ACK", <sip:c@d>;expires=60"#,
            "*",
        ] {
            assert_eq!(faults(&[("Contact", contact)]), Vec::<String>::new(), "{contact}");
        }
        assert_eq!(faults(&[("Contact", "<sip:a@b>, <sip:c@d")]), ["contact: a `<` without its `>`"]);
        assert_eq!(faults(&[("Contact", "<sip:a@b>, sip:c@d;expires=+6")]).len(), 1);
    }

    #[test]
    fn numbers_have_no_sign() {
        for field in [("Max-Forwards", "+70"), ("Expires", "+1"), ("Retry-After", "-1"), ("CSeq", "+1 OPTIONS")] {
            assert_eq!(faults(&[field]).len(), 1, "{field:?}");
        }
        assert_eq!(faults(&[("Retry-After", "120 (soon);duration=3600"), ("Max-Forwards", "0")]), Vec::<String>::new());
    }
}
