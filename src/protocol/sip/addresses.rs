//! Addresses in headers, as far as they have to be taken apart.

/// The value of From, To, Contact, Route …: `"Name" <uri>;parameters` or `uri;parameters`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) uri: &'a str,
    /// After the address, its first `;` included; may be empty.
    pub(super) parameters: &'a str,
}

impl<'a> Address<'a> {
    /// Reads one address (RFC 3261 20, 25.1: name-addr, addr-spec).
    pub(super) fn read(text: &'a str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (name, rest) = match text.strip_prefix('"') {
            Some(quoted) => ("", after_quote(quoted).ok_or("a quote that is never closed")?),
            None => text.split_at(text.find('<').unwrap_or(0)),
        };
        let Some(inner) = rest.trim_start().strip_prefix('<') else {
            return Self::bare(text);
        };
        // Outside of quotes a name is tokens and blanks only.
        if name.contains(|letter: char| {
            letter.is_ascii() && !letter.is_ascii_alphanumeric() && !"-.!%*_+`'~ \t".contains(letter)
        }) {
            return Err("a name that ought to stand in quotes");
        }
        let (uri, parameters) = inner.split_once('>').ok_or("a `<` without its `>`")?;
        // LAQUOT has blanks before it and not after it. Further on they are let pass: published
        // messages of this family are folded within a URI.
        if uri.starts_with(|letter: char| letter.is_ascii_whitespace()) {
            return Err("a blank after `<`");
        }
        Ok(Self { uri: uri.trim(), parameters: parameters.trim() })
    }

    /// An address without `<>`: what follows `;` belongs to the header, and a URI with
    /// `?`, `,` or `;` of its own is not allowed (RFC 3261 20).
    fn bare(text: &'a str) -> Result<Self, &'static str> {
        let end = text.find(';').unwrap_or(text.len());
        let (uri, parameters) = text.split_at(end);
        let uri = uri.trim();
        if uri.contains('"') {
            return Err("an address that is neither in `<>` nor bare");
        }
        if uri.contains(['?', ',']) {
            return Err("an address with `?` or `,` that ought to stand in `<>`");
        }
        Ok(Self { uri, parameters })
    }
}

/// The addresses of a list, as in Contact. Commas in quotes and in `<>` part nothing: a
/// URI's user may hold them (RFC 3261 25.1, user-unreserved).
pub(super) fn several(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped, mut inside) = (Vec::new(), 0, false, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !inside => quoted = !quoted,
            _ if quoted => {}
            '<' => inside = true,
            '>' => inside = false,
            ',' if !inside => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// What follows the closing quote.
fn after_quote(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}
