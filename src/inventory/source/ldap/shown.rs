//! What a directory holds, as far as messages show it.

use crate::values::{Dn, is_unseen};

/// Characters of a text that are shown.
const MOST: usize = 300;

/// A text of somebody else's: not too long, and without what can't be seen.
pub(super) fn text(text: &str) -> String {
    let mut shown: String = text.chars().take(MOST).map(|one| if is_unseen(one) { ' ' } else { one }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// The name of an object.
pub(super) fn name(dn: &str) -> String {
    text(&dn.parse::<Dn>().map_or_else(|_| dn.to_owned(), |dn| dn.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_no_more_than_can_be_seen() {
        assert_eq!(name("CN=a\u{202e}b,DC=c"), "CN=a\\E2\\80\\AEb,DC=c");
        assert_eq!(name("not\na\u{200f}name"), "not a name");
        assert_eq!(text(&"x".repeat(MOST + 1)).chars().count(), MOST + 1);
    }
}
