//! Scripts are templates that a person can read: a line `# <<name>>` stands for a text.

/// What every script has in common.
pub const COMMON: &str = include_str!("script/common.ps1");

/// The template with its lines `# <<name>>` replaced, each at its own indentation.
#[must_use]
pub fn fill(template: &str, texts: &[(&str, &str)]) -> String {
    let mut script = String::with_capacity(template.len() * 2);
    for line in template.lines() {
        let name = line.trim_start().strip_prefix("# <<").and_then(|rest| rest.strip_suffix(">>"));
        let Some((_, text)) = name.and_then(|name| texts.iter().find(|(known, _)| *known == name)) else {
            script.push_str(line);
            script.push('\n');
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        for inner in text.lines() {
            if !inner.is_empty() {
                script.extend(std::iter::repeat_n(' ', indent));
            }
            script.push_str(inner);
            script.push('\n');
        }
    }
    script
}

/// A text as a PowerShell expression, in ASCII: Windows PowerShell reads a file without a
/// mark in the machine's code page, and takes typographic quotes for quotes.
#[must_use]
pub fn literal(text: &str) -> String {
    let plain = |letter: char| letter == ' ' || letter.is_ascii_graphic();
    if text.chars().all(plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut escaped = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("''"),
            letter if plain(letter) => escaped.push(letter),
            letter => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    format!("([regex]::Unescape('{escaped}'))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_at_the_indentation_of_their_line() {
        let filled = fill("a\n    # <<b>>\n# <<other>>\n", &[("b", "x\n\n  y\n")]);
        assert_eq!(filled, "a\n    x\n\n      y\n# <<other>>\n");
    }

    #[test]
    fn literals_are_ascii_and_nothing_ends_them() {
        assert_eq!(literal("it's $x `n \\d"), "'it''s $x `n \\d'");
        let hostile = literal("a\u{2019}; calc\n'\\\u{1f600}");
        assert_eq!(hostile, r"([regex]::Unescape('a\u2019; calc\u000a''\\\ud83d\ude00'))");
        assert!(hostile.is_ascii());
    }
}
