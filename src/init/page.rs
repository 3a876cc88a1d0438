//! YAML line by line: values that no name can break out of, comments that stay comments.

use crate::report::text::{clip, is_unsafe, line, printable};

/// How long a line of a comment may be.
const WIDTH: usize = 110;

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Page {
    out: String,
    /// Blanks before each line.
    indent: usize,
    /// Whether the next line begins an item of a list.
    item: bool,
    /// How many comments said "guess".
    pub guesses: usize,
}

impl Page {
    /// The page.
    pub(super) fn finish(self) -> String {
        self.out
    }

    fn begin(&mut self) {
        let blanks = if self.item { self.indent.saturating_sub(2) } else { self.indent };
        self.out.extend(std::iter::repeat_n(' ', blanks));
        if self.item {
            self.out.push_str("- ");
            self.item = false;
        }
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A comment of its own, over as many lines as it needs.
    pub(super) fn comment(&mut self, text: &str) {
        self.count(text);
        let text = line(text).into_owned();
        let room = WIDTH.saturating_sub(self.indent + 2).max(40);
        let mut written = String::new();
        for word in clip(&text, 2_000).split(' ') {
            if !written.is_empty() && written.chars().count() + 1 + word.chars().count() > room {
                self.comment_line(&written);
                written.clear();
            }
            if !written.is_empty() {
                written.push(' ');
            }
            written.push_str(word);
        }
        self.comment_line(&written);
    }

    /// A line of YAML that a person may take the `#` away from.
    pub(super) fn suggestion(&mut self, yaml: &str) {
        self.comment_line(&printable(yaml).replace('\n', " "));
    }

    fn comment_line(&mut self, text: &str) {
        // A comment stands at the depth of what it is about, also before an item's first key.
        let blanks = if self.item { self.indent.saturating_sub(2) } else { self.indent };
        self.out.extend(std::iter::repeat_n(' ', blanks));
        self.out.push_str("# ");
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn count(&mut self, text: &str) {
        self.guesses += usize::from(text.starts_with("guess"));
    }

    /// `key: value`, with a remark.
    pub(super) fn key(&mut self, key: &str, value: &str, remark: &str) {
        self.raw(key, &scalar(value), remark);
    }

    /// `key: value` where the value is YAML already.
    pub(super) fn raw(&mut self, key: &str, yaml: &str, remark: &str) {
        self.begin();
        self.out.push_str(key);
        self.out.push_str(": ");
        self.out.push_str(yaml);
        self.remark(remark);
    }

    /// `key:` and what is below it.
    pub(super) fn below(&mut self, key: &str, remark: &str, write: impl FnOnce(&mut Self)) {
        self.begin();
        self.out.push_str(key);
        self.out.push(':');
        self.remark(remark);
        self.indent += 2;
        write(self);
        self.indent -= 2;
    }

    /// An item of a list.
    pub(super) fn item(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 2;
        self.item = true;
        write(self);
        self.item = false;
        self.indent -= 2;
    }

    fn remark(&mut self, remark: &str) {
        if !remark.is_empty() {
            self.count(remark);
            self.out.push_str("  # ");
            self.out.push_str(&clip(&line(remark), 300));
        }
        self.out.push('\n');
    }
}

/// `[a, b]`
pub(super) fn flow<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A text as a YAML scalar: plain where nobody could read it as something else, in double
/// quotes with escapes where not.
pub(super) fn scalar(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf", "infinity"];
    let is_plain = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(plain)
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_address = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.parse::<std::net::IpAddr>().is_ok();
    if is_plain || is_address {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            char if is_unsafe(char) => out.push_str(&escape(char)),
            char => out.push(char),
        }
    }
    out + "\""
}

fn escape(char: char) -> String {
    format!("\\U{:08X}", u32::from(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_safe_is_plain() {
        for text in ["pool01.contoso.com", "Redmond", "sfb-2019", "10.1.0.21", "a_b"] {
            assert_eq!(scalar(text), text);
        }
        for text in [
            "",
            "true",
            "No",
            "1",
            "1e5",
            "1.5",
            "-",
            "a: b",
            "a #b",
            "- a",
            "{a}",
            "*a",
            "&a",
            "!a",
            "~",
            "a,b",
            "ü",
            "2001:db8::1",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        assert_eq!(scalar("a\"b\\c\nd\u{202e}"), "\"a\\\"b\\\\c\\nd\\U0000202E\"");
    }

    #[test]
    fn a_comment_stays_one() {
        let mut page = Page::default();
        page.comment(&format!("guess: a\nb: c {}", "word ".repeat(60)));
        page.key("name", "a: b", "x\ny: z");
        page.item(|page| {
            page.comment("first");
            page.key("a", "b", "");
            page.below("c", "", |page| page.raw("d", "1", ""));
        });
        let guesses = page.guesses;
        let text = page.finish();
        assert!(text.lines().filter(|line| line.trim_start().starts_with('#')).count() >= 4, "{text}");
        let kept: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        assert_eq!(kept, ["name: \"a: b\"  # x y: z", "- a: b", "  c:", "    d: 1"]);
        assert_eq!(guesses, 1);
        assert!(text.lines().all(|line| line.chars().count() < 130));
    }
}
