//! What a server says of a failure: `ms-diagnostics` and its kin ([MS-OCER] 2.2.1).
//!
//! `ms-diagnostics: 1008;reason="Unable to resolve DNS SRV record";domain="fabrikam.com";source="sip.contoso.com"`.
//! Only the number is for logic, the rest is for people. `ms-diagnostics-public` is the
//! form that crosses the enterprise's boundary, `ms-client-diagnostics` is a client's own,
//! `X-Ms-diagnostics` is what web services send. A message may hold several.

mod hresult;
mod table;

use schemars::JsonSchema;
use serde::Serialize;

use super::parameters::{self, Parameter};

/// One diagnostics header, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnostics {
    /// The header it came in, lower case: `ms-diagnostics`, `ms-diagnostics-public`, …
    pub header: String,
    /// The number that says what happened.
    pub id: u32,
    /// The reason in the server's words; null where it gives none.
    pub reason: Option<String>,
    /// The server that found it; null where it isn't told, as beyond the enterprise's boundary.
    pub source: Option<String>,
    /// What the number means; null where it isn't documented.
    pub meaning: Option<String>,
    /// Where to look, or who has to act; null where nothing is known of the number.
    pub responsible: Option<String>,
    /// Everything after the number, in its order; names in lower case.
    pub parameters: Vec<Parameter>,
}

/// The headers that carry diagnostics, lower case.
pub const HEADERS: [&str; 4] = ["ms-diagnostics", "ms-diagnostics-public", "ms-client-diagnostics", "x-ms-diagnostics"];

impl Diagnostics {
    /// Reads one header's value; `None` where it doesn't begin with a number. Case and
    /// order of parameters, blanks, doubled and trailing semicolons make no difference.
    #[must_use]
    pub fn read(header: &str, value: &str) -> Option<Self> {
        let value = value.trim();
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = value.split_at_checked(digits)?;
        let id = number.parse().ok()?;
        // What follows the number is a parameter, or the number was none.
        let rest = rest.trim_start();
        if !(rest.is_empty() || rest.starts_with(';')) {
            return None;
        }
        let parameters = parameters::read(rest, ';');
        let get = |name: &str| parameters.iter().find(|one| one.name == name).map(|one| one.value.trim().to_owned());
        let known = table::meaning(id);
        Some(Self {
            header: header.to_ascii_lowercase(),
            id,
            reason: get("reason"),
            source: get("source"),
            meaning: known.map(|known| known.meaning.to_owned()),
            responsible: known.map(|known| known.responsible).or_else(|| table::area(id)).map(str::to_owned),
            parameters,
        })
    }

    /// For people: `1008 (the SRV record of the target domain can't be resolved; look at: federation DNS)`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let said = self.meaning.as_deref().or(self.reason.as_deref());
        let more = self.windows().map(|meaning| format!("namely {meaning}"));
        let look = self.responsible.as_ref().map(|responsible| format!("look at: {responsible}"));
        let parts: Vec<String> = said.map(str::to_owned).into_iter().chain(more).chain(look).collect();
        if parts.is_empty() { self.id.to_string() } else { format!("{} ({})", self.id, parts.join("; ")) }
    }

    /// What the number of Windows beside it says of a sign-in (`HRESULT`); `None` where there is
    /// none, or nobody here knows it.
    #[must_use]
    pub fn windows(&self) -> Option<&'static str> {
        let value = self.parameters.iter().find(|one| one.name == "hresult")?;
        hresult::read(&value.value).and_then(hresult::meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Diagnostics {
        Diagnostics::read("ms-diagnostics", value).unwrap_or_else(|| panic!("{value}"))
    }

    #[test]
    fn parameters_come_in_any_order_and_quotes_hold_anything() {
        let found = read(
            r#"1047;source="sip.contoso.com";reason="TLS; failed (10054)";WinsockFailureCode="10054(WSAECONNRESET)""#,
        );
        assert_eq!((found.id, found.source.as_deref()), (1047, Some("sip.contoso.com")));
        assert_eq!(found.reason.as_deref(), Some("TLS; failed (10054)"));
        assert_eq!(found.parameters.last().map(|one| one.name.as_str()), Some("winsockfailurecode"));
        assert!(found.meaning.is_some() && found.responsible.is_some());
    }

    #[test]
    fn careless_values_are_read() {
        assert_eq!(read(" 1034 ;reason=\"x\";").id, 1034);
        assert_eq!(read(r#"1009; reason ="a"; domain =" b ";;source="c""#).reason.as_deref(), Some("a"));
        assert_eq!(read("4005").reason, None);
    }

    #[test]
    fn what_has_no_number_is_none() {
        for value in ["", ";reason=\"x\"", "abc;reason=\"x\"", "12x", "99999999999;reason=\"x\""] {
            assert_eq!(Diagnostics::read("ms-diagnostics", value), None, "{value}");
        }
    }

    #[test]
    fn undocumented_numbers_still_tell_their_area() {
        let found = read("6999;reason=\"Something\"");
        assert_eq!((found.meaning, found.responsible.as_deref()), (None, Some("instant message conferences")));
        assert_eq!(read("500000").responsible, None);
    }
}
