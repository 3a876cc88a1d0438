//! Patterns over case keys: `check-id[subject]`, where `*` stands for any text. Keys hold
//! brackets, so that the globs of file names won't do.

/// A pattern over case keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    check: String,
    /// What stands between the brackets; `None` for the key of a check without subjects.
    subject: Option<String>,
}

impl Pattern {
    /// The pattern of a text. Keys are folded, so it is as well.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(text: &str) -> Result<Self, String> {
        let folded = text.trim().to_lowercase();
        let (check, subject) = match folded.split_once('[') {
            None => (folded.clone(), None),
            Some((check, rest)) => {
                let inside = rest.strip_suffix(']').ok_or_else(|| format!("`{text}` has no `]` at its end"))?;
                (check.to_owned(), Some(inside.to_owned()))
            }
        };
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'*');
        if check.is_empty() || !check.bytes().all(letters) {
            return Err(format!("`{text}` does not begin with a check's id"));
        }
        Ok(Self { text: folded, check, subject })
    }

    /// As it is compared: folded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part that stands for the check's id.
    #[must_use]
    pub fn check(&self) -> &str {
        &self.check
    }

    /// The part between the brackets.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Whether it stands for exactly one check.
    #[must_use]
    pub fn names_one_check(&self) -> bool {
        !self.check.contains('*')
    }

    /// Whether it covers some case of a check.
    #[must_use]
    pub fn is_about(&self, check: &str) -> bool {
        like(&self.check, check)
    }

    /// Whether it covers the case of this key.
    #[must_use]
    pub fn covers(&self, key: &str) -> bool {
        let (check, subject) = match key.split_once('[') {
            None => (key, None),
            Some((check, rest)) => (check, Some(rest.strip_suffix(']').unwrap_or(rest))),
        };
        let subjects = match (&self.subject, subject) {
            (None, None) => true,
            (Some(pattern), Some(subject)) => like(pattern, subject),
            _ => false,
        };
        subjects && like(&self.check, check)
    }
}

/// Whether a text is like a pattern with `*` in it. In time proportional to the product of
/// both lengths at most, whatever they are.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or("");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        for (pattern, text, is) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "a", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*bc*d", "abxbcd", true),
            ("*a*a*", "a", false),
            ("ab*ba", "aba", false),
            ("[ab]", "a", false),
            ("?", "a", false),
        ] {
            assert_eq!(like(pattern, text), is, "{pattern} {text}");
        }
    }

    #[test]
    fn keys_are_covered_part_by_part() {
        let covers = |pattern: &str, key: &str| Pattern::of(pattern).expect(pattern).covers(key);
        assert!(covers("legacy-pool-no-users[Pool01.contoso.com,*]", "legacy-pool-no-users[pool01.contoso.com,a@b]"));
        assert!(covers("topology-valid", "topology-valid"));
        assert!(!covers("topology-valid", "topology-valid[x]"), "a case with a subject has to be named with it");
        assert!(!covers("legacy-*", "legacy-pool[x]"));
        assert!(covers("legacy-*[*]", "legacy-pool[x]"));
        assert!(!covers("*[x]", "legacy-pool[y]"));
        for text in ["", "[x]", "a[x", "a b", "ä"] {
            assert!(Pattern::of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let text = "a".repeat(20_000);
        assert!(!like(&("a*".repeat(2_000) + "b"), &text));
    }
}
