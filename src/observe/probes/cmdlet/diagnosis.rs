//! `Diagnosis`: what servers said of a failure, as synthetic transactions show it.
//!
//! `ErrorCode=4005,Source=pool02.contoso.com,Reason=Destination URI … exist.`, then the
//! type's name, `Microsoft.Rtc.Signaling.DiagnosticHeader` (migration.md 3.4, 4.3.10). Word
//! case, blanks after commas and line breaks anywhere differ from sample to sample. Where a
//! web service failed it is a list of the HTTP headers of its answer instead.

use schemars::JsonSchema;
use serde::Serialize;

use crate::protocol::diagnostics::Diagnostics;
use crate::protocol::parameters::Parameter;

/// A diagnosis, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// The number that says what happened (`ErrorCode`); null where there is none.
    pub code: Option<u32>,
    /// The server that found it; null where it isn't told.
    #[schemars(extend("format" = "fqdn"))]
    pub source: Option<String>,
    /// The reason in the server's words; null where it gives none.
    pub reason: Option<String>,
    /// What the number means; null where it isn't documented.
    pub meaning: Option<String>,
    /// Where to look, or who has to act; null where nothing is known of the number.
    pub responsible: Option<String>,
    /// Other names and values, in their order; names in lower case: `sipresponsecode`, or headers of an HTTP answer.
    pub parameters: Vec<Parameter>,
    /// The whole text.
    pub text: String,
}

/// The type's name, which `ToString()` leaves at the end.
const TYPE_NAME: &str = "Microsoft.Rtc.Signaling.DiagnosticHeader";

impl Diagnosis {
    /// Takes a text apart; `None` where it says nothing.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        // Consoles break lines in the middle of sentences; a break stands for a blank.
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut said = joined.trim_end_matches(|letter: char| letter.is_whitespace() || letter == ',');
        if let Some(before) = said.strip_suffix(TYPE_NAME) {
            said = before.trim_end();
        }
        if said.is_empty() {
            return None;
        }
        let mut found = Self { text: joined.clone(), ..Self::default() };
        let pairs = pairs(said);
        if pairs.is_empty() {
            found.parameters = headers(text);
            return Some(found);
        }
        for (name, value) in pairs {
            match name.as_str() {
                "errorcode" => found.code = value.parse().ok(),
                "source" => found.source = Some(value).filter(|value| !value.is_empty()),
                "reason" => found.reason = Some(value).filter(|value| !value.is_empty()),
                _ => found.parameters.push(Parameter { name, value }),
            }
        }
        // The numbers are those of the SIP header.
        let known = found.code.and_then(|code| Diagnostics::read("ms-diagnostics", &code.to_string()));
        if let Some(known) = known {
            found.meaning = known.meaning;
            found.responsible = known.responsible;
        }
        Some(found)
    }

    /// For people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let number = self.code.map(|code| {
            let header = match &self.reason {
                Some(reason) => format!("{code};reason=\"{}\"", reason.replace(['"', '\\'], "'")),
                None => code.to_string(),
            };
            Diagnostics::read("ms-diagnostics", &header).map_or_else(|| code.to_string(), |known| known.in_words())
        });
        match (number, &self.source) {
            (Some(number), Some(source)) => format!("{number}, found by {source}"),
            (Some(number), None) => number,
            (None, _) => self.text.clone(),
        }
    }
}

/// `name=value` after `name=value`, a comma between them. A reason may hold commas and
/// equal signs: only a word that stands right after a comma and before `=` begins another.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for piece in text.split(',') {
        let word =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match piece.split_once('=').map(|(name, value)| (name.trim(), value)).filter(|(name, _)| word(name)) {
            Some((name, value)) => found.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => match found.last_mut() {
                Some((_, value)) => {
                    value.push(',');
                    value.push_str(piece);
                }
                // It begins with something else: no list of pairs.
                None => return Vec::new(),
            },
        }
    }
    for (_, value) in &mut found {
        value.truncate(value.trim_end().len());
    }
    found
}

/// `Name : value`, line by line.
fn headers(text: &str) -> Vec<Parameter> {
    let line = |line: &str| {
        // "Inner Diagnosis:" stands before the first of them.
        let line = line.trim();
        let line = line.strip_prefix("Inner Diagnosis:").unwrap_or(line);
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        token.then(|| Parameter { name: name.to_ascii_lowercase(), value: value.trim().to_owned() })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_differ_and_mean_the_same() {
        for text in [
            "ErrorCode=4005,Source=pool02.contoso.com,Reason=Destination URI either not enabled for SIP or does not exist.\r\nMicrosoft.Rtc.Signaling.DiagnosticHeader",
            "ErrorCode=4005, source=pool02.contoso.com,\nReason=Destination URI either not enabled for SIP or does not\nexist.\nMicrosoft.Rtc.Signaling.DiagnosticHeader",
            "errorcode = 4005 ,Source= pool02.contoso.com , REASON=Destination URI either not enabled for SIP or does not exist.",
        ] {
            let found = Diagnosis::read(text).expect(text);
            assert_eq!(found.code, Some(4005), "{text}");
            assert_eq!(found.source.as_deref(), Some("pool02.contoso.com"), "{text}");
            let reason = "Destination URI either not enabled for SIP or does not exist.";
            assert_eq!(found.reason.as_deref(), Some(reason), "{text}");
            assert!(found.meaning.is_some() && found.parameters.is_empty(), "{text}");
            assert!(found.in_words().starts_with("4005 ("), "{}", found.in_words());
        }
    }

    #[test]
    fn a_reason_may_hold_commas_and_equal_signs() {
        let found =
            Diagnosis::read("ErrorCode=2,Source=a.b,Reason=One, two (x=1), three,SipResponseCode=504").expect("one");
        assert_eq!(found.reason.as_deref(), Some("One, two (x=1), three"));
        assert_eq!(found.parameters, [Parameter { name: "sipresponsecode".into(), value: "504".into() }]);
    }

    #[test]
    fn headers_of_an_http_answer_are_parameters() {
        let text = "\nInner Diagnosis:X-MS-server-Fqdn : fe1.contoso.com\nServer : Microsoft-IIS/8.5\nWWW-Authenticate : Negotiate,NTLM\n";
        let found = Diagnosis::read(text).expect("one");
        assert_eq!(found.code, None);
        let names: Vec<&str> = found.parameters.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["x-ms-server-fqdn", "server", "www-authenticate"]);
        assert_eq!(found.parameters[2].value, "Negotiate,NTLM");
    }

    #[test]
    fn nothing_is_nothing() {
        for text in ["", " \r\n ", "Microsoft.Rtc.Signaling.DiagnosticHeader"] {
            assert_eq!(Diagnosis::read(text), None, "{text:?}");
        }
        let found = Diagnosis::read("ErrorCode=,Source=,Reason=").expect("one");
        assert_eq!((found.code, found.source, found.reason), (None, None, None));
        assert_eq!(Diagnosis::read("something else").expect("one").text, "something else");
    }
}
