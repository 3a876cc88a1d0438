//! What breaks the rules that routing rests on. A message with faults can still be read:
//! whoever sent it must be told, but what it says must not be lost.

use super::addresses::Address;
use super::message::{Message, Start};
use crate::protocol::parameters::split;

impl Message {
    /// What is wrong with the message, in words; empty where nothing is.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.cseq_faults(&mut faults);
        self.repeated_faults(&mut faults);
        self.number_faults(&mut faults);
        self.address_faults(&mut faults);
        self.via_faults(&mut faults);
        if let Start::Request { uri, .. } = &self.start {
            uri_faults(uri, &mut faults);
        }
        faults
    }

    fn cseq_faults(&self, faults: &mut Vec<String>) {
        match self.cseq() {
            // RFC 3261 8.1.1.5.
            Some((number, _)) if number > u32::MAX >> 1 => faults.push(format!("CSeq {number} is 2^31 or more")),
            Some((_, method)) => match &self.start {
                Start::Request { method: own, .. } if *own != method => {
                    faults.push(format!("CSeq names {method} in a request of {own}"));
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
    fn repeated_faults(&self, faults: &mut Vec<String>) {
        for name in ["call-id", "cseq", "from", "to", "max-forwards"] {
            if self.headers.all(name).nth(1).is_some() {
                faults.push(format!("{name} is there more than once"));
            }
        }
    }

    /// Numbers with a range: Max-Forwards is 0 to 255 (RFC 3261 20.22), seconds fit 32 bits (20.19).
    fn number_faults(&self, faults: &mut Vec<String>) {
        for (name, most) in
            [("max-forwards", 255), ("expires", u64::from(u32::MAX)), ("retry-after", u64::from(u32::MAX))]
        {
            let Some(value) = self.headers.first(name) else { continue };
            let number = value.split([' ', ';', '(']).next().unwrap_or_default();
            if !number.parse().is_ok_and(|number: u64| number <= most) {
                faults.push(format!("{name} `{value}` is not a number up to {most}"));
            }
        }
    }

    fn address_faults(&self, faults: &mut Vec<String>) {
        for name in ["from", "to"] {
            match self.headers.first(name) {
                Some(value) => faults.extend(Address::read(&value).err().map(|fault| format!("{name}: {fault}"))),
                None => faults.push(format!("{name} is missing")),
            }
        }
        for header in self.headers.all("contact") {
            let value = header.value();
            for one in split(&value, ',').into_iter().filter(|one| one.trim() != "*") {
                match Address::read(one) {
                    Ok(address) => {
                        let expires = parameter(address.parameters, "expires");
                        if expires.is_some_and(|text| text.trim().parse::<u32>().is_err()) {
                            faults.push("contact: `expires` is not a number of seconds".to_owned());
                        }
                    }
                    Err(fault) => faults.push(format!("contact: {fault}")),
                }
            }
        }
    }

    fn via_faults(&self, faults: &mut Vec<String>) {
        let mut any = false;
        for header in self.headers.all("via") {
            let value = header.value();
            for via in split(&value, ',') {
                any = true;
                // Blanks may stand around the slashes (RFC 3261 25.1, SLASH).
                let sent = via.split('/').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("SIP"));
                if !sent {
                    faults.push(format!("via: `{}` names no protocol", via.trim()));
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

/// A parameter's value among `;name=value`.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    split(parameters, ';').into_iter().skip(1).find_map(|one| {
        let (key, value) = one.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

/// A request URI has no `<>`, and no headers (RFC 3261 19.1.1, table 1).
fn uri_faults(uri: &str, faults: &mut Vec<String>) {
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
