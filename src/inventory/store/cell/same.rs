//! Whether two values say the same, and what records are joined by.

use super::{LIST, NAME, SIP, TEXT, is_value, item, items, letters};

/// Writes the letters of a text or name as names are compared; false where there are none.
pub(crate) fn fold_onto(bytes: &[u8], out: &mut String) -> bool {
    let Some(letters) = letters(bytes) else { return false };
    if bytes.first() == Some(&SIP) {
        crate::values::fold_bare_into(letters, out);
    } else {
        crate::values::fold_into(letters, out);
    }
    true
}

fn folded(bytes: &[u8]) -> Option<String> {
    let mut folded = String::new();
    fold_onto(bytes, &mut folded).then_some(folded)
}

/// The letters of a text or name that only have to become lower case.
#[inline]
fn nearly_folded(bytes: &[u8]) -> Option<&str> {
    let letters = letters(bytes)?.trim();
    let has_scheme = || letters.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sip:"));
    let is = letters.is_ascii() && !letters.ends_with('.') && (bytes.first() == Some(&SIP) || !has_scheme());
    is.then_some(letters)
}

/// What two records of one object are joined by: names folded, everything else as it is.
pub(crate) fn key(bytes: &[u8]) -> Option<Vec<u8>> {
    if !is_value(bytes) {
        return None;
    }
    Some(match folded(bytes) {
        Some(letters) => letters.into_bytes(),
        None => bytes.to_vec(),
    })
}

/// Whether this is the key that records are joined by: see [`key`].
pub(crate) fn has_key(bytes: &[u8], key: &[u8]) -> bool {
    match nearly_folded(bytes) {
        Some(letters) => letters.as_bytes().eq_ignore_ascii_case(key),
        None => match folded(bytes) {
            Some(letters) => letters.as_bytes() == key,
            None => is_value(bytes) && bytes == key,
        },
    }
}

/// Writes a name's folded letters; false where there are none.
pub(crate) fn fold_into(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    if let Some(letters) = nearly_folded(bytes) {
        out.extend_from_slice(letters.as_bytes());
        out.make_ascii_lowercase();
    } else if let Some(letters) = folded(bytes) {
        out.extend_from_slice(letters.as_bytes());
    }
    !out.is_empty()
}

/// A list with its items in another form, and in an order of their own.
pub(crate) fn sorted(list: &[u8], form: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut forms: Vec<Vec<u8>> = items(list).map(form).collect();
    forms.sort();
    of_items(&forms)
}

fn of_items(forms: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![LIST];
    for form in forms {
        item(&mut out, |out| out.extend_from_slice(form));
    }
    out
}

/// Bytes that are equal where two sources say the same: names folded, lists in any order. Texts are compared
/// to the letter.
pub(crate) fn canonical(bytes: &[u8]) -> Vec<u8> {
    match bytes.first() {
        Some(&LIST) => sorted(bytes, canonical),
        Some(&(NAME | SIP)) => folded(bytes).map_or_else(|| bytes.to_vec(), |name| [&[NAME], name.as_bytes()].concat()),
        _ => bytes.to_vec(),
    }
}

/// The same, where the order of lists counts.
pub(crate) fn canonical_in_order(bytes: &[u8]) -> Vec<u8> {
    match bytes.first() {
        Some(&LIST) => of_items(&items(bytes).map(canonical_in_order).collect::<Vec<_>>()),
        _ => canonical(bytes),
    }
}

/// Whether two sources say the same: see [`canonical`]. What one of them has as a name, and the other as a
/// text, is compared as a name.
pub(crate) fn agree(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    match (a.first(), b.first()) {
        (Some(&TEXT), Some(&TEXT)) => false,
        (Some(&LIST), Some(&LIST)) => canonical(a) == canonical(b),
        _ => folded(a).is_some_and(|a| folded(b) == Some(a)),
    }
}

/// The same where records are joined by several values together: what a certificate is used for comes in any
/// order. What is not known is no part of it.
pub(crate) fn key_in_any_order(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.first() == Some(&LIST) { Some(canonical(bytes)) } else { key(bytes) }
}

/// Writes what two records of one object are joined by; false where there is none.
pub(crate) fn key_into(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if fold_into(bytes, out) {
        return true;
    }
    out.clear();
    if is_value(bytes) && letters(bytes).is_none() {
        out.extend_from_slice(bytes);
        return true;
    }
    false
}
