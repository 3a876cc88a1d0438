//! Lines, colours and room on a screen.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Paint};

pub(super) const RED: Paint = AnsiColor::Red.on_default().bold();
pub(super) const YELLOW: Paint = AnsiColor::Yellow.on_default();
pub(super) const GREEN: Paint = AnsiColor::Green.on_default().bold();
pub(super) const CYAN: Paint = AnsiColor::Cyan.on_default();
pub(super) const DIM: Paint = Paint::new().dimmed();
pub(super) const BOLD: Paint = Paint::new().bold();

/// A line's text, which is printable, and how its beginning is painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    text: String,
    /// How many bytes from the start are painted, and how.
    painted: usize,
    paint: Paint,
}

impl Line {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), painted: 0, paint: Paint::new() }
    }

    /// A line of which all is painted.
    pub(super) fn painted(paint: Paint, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { painted: text.len(), text, paint }
    }

    /// A painted beginning and a plain rest.
    pub(super) fn starting(paint: Paint, start: &str, rest: &str) -> Self {
        Self { text: format!("{start}{rest}"), painted: start.len(), paint }
    }

    /// How many rows it takes on a screen of that width, which breaks what is too wide.
    fn rows(&self, width: usize) -> usize {
        self.text.chars().count().div_ceil(width.max(1)).max(1)
    }

    pub(super) fn render(&self, out: &mut String, color: bool) {
        let (start, rest) = self.text.split_at_checked(self.painted).unwrap_or((&self.text, ""));
        // Writing to a string can't fail.
        let _ = if color && !start.is_empty() {
            writeln!(out, "{}{start}{}{rest}", self.paint.render(), self.paint.render_reset())
        } else {
            writeln!(out, "{start}{rest}")
        };
    }

    /// Breaks the line at spaces so that none is wider than `width` characters. What
    /// follows is indented by `hang`; a word that is too long is broken anywhere.
    pub(super) fn wrapped(self, width: usize, hang: usize) -> Vec<Self> {
        if self.text.chars().count() <= width {
            return vec![self];
        }
        let mut lines = wrap(&self.text, width.max(hang + 20), hang).into_iter().map(Self::plain).collect::<Vec<_>>();
        if let Some(first) = lines.first_mut() {
            first.painted = self.painted.min(first.text.len());
            first.paint = self.paint;
        }
        lines
    }
}

fn wrap(text: &str, width: usize, hang: usize) -> Vec<String> {
    let indent = " ".repeat(hang);
    let own = text.len() - text.trim_start_matches(' ').len();
    let mut lines = Vec::new();
    let mut line = " ".repeat(own);
    let mut used = own;
    let mut empty = true;
    for word in text.trim_start_matches(' ').split(' ') {
        let mut word = word;
        loop {
            let length = word.chars().count();
            let gap = usize::from(!empty);
            if used + gap + length <= width {
                line.push_str(if empty { "" } else { " " });
                line.push_str(word);
                used += gap + length;
                empty = false;
                break;
            }
            if empty {
                // Alone on its line and still too long.
                let at = word.char_indices().nth(width.saturating_sub(used).max(1)).map_or(word.len(), |(at, _)| at);
                let (head, tail) = word.split_at(at);
                line.push_str(head);
                word = tail;
            }
            lines.push(std::mem::replace(&mut line, indent.clone()));
            used = hang;
            empty = true;
            if word.is_empty() {
                break;
            }
        }
    }
    if !empty {
        lines.push(line);
    }
    lines
}

/// How many rows some lines take on a screen of that width.
pub(super) fn rows<'a>(lines: impl IntoIterator<Item = &'a Line>, width: usize) -> usize {
    lines.into_iter().map(|line| line.rows(width)).sum()
}

/// As many whole entries as fit into `room` rows, and how many were left out.
/// At least one is shown, and a row is kept for telling how many are not.
pub(super) fn fit(entries: Vec<Vec<Line>>, room: usize, width: usize) -> (Vec<Line>, usize) {
    let all = rows(entries.iter().flatten(), width);
    let room = if all <= room { room } else { room.saturating_sub(1) };
    let count = entries.len();
    let mut lines = Vec::new();
    let (mut shown, mut used) = (0, 0);
    for entry in entries {
        used += rows(&entry, width);
        if shown > 0 && used > room {
            break;
        }
        lines.extend(entry);
        shown += 1;
    }
    (lines, count - shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_line_is_broken_at_spaces_and_hangs() {
        let lines = Line::plain("  fix: Move-CsUser -Identity sip:a@contoso.com -Target pool02").wrapped(30, 7);
        assert_eq!(
            texts(&lines),
            ["  fix: Move-CsUser -Identity", "       sip:a@contoso.com", "       -Target pool02"]
        );
        assert!(lines.iter().all(|line| line.text.chars().count() <= 30));
    }

    #[test]
    fn a_long_word_is_broken_and_nothing_is_lost() {
        let lines = Line::plain(format!("  {}", "ä".repeat(75))).wrapped(30, 4);
        assert!(lines.iter().all(|line| line.text.chars().count() <= 30), "{lines:?}");
        assert_eq!(texts(&lines).concat().replace(' ', ""), "ä".repeat(75));
        let lines = Line::plain(format!("{} b", "a".repeat(30))).wrapped(30, 0);
        assert_eq!(texts(&lines), ["a".repeat(30).as_str(), "b"]);
    }

    #[test]
    fn only_the_beginning_is_painted_and_only_with_colour() {
        let line = Line::starting(RED, "FAILED", "  3 blockers");
        let (mut plain, mut painted) = (String::new(), String::new());
        line.render(&mut plain, false);
        line.render(&mut painted, true);
        assert_eq!(plain, "FAILED  3 blockers\n");
        assert_eq!(painted, "\u{1b}[1m\u{1b}[31mFAILED\u{1b}[0m  3 blockers\n");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let entries = |count: usize| vec![vec![Line::plain("a"), Line::plain("b")]; count];
        assert_eq!(fit(entries(3), 6, 80).1, 0);
        let (lines, left) = fit(entries(4), 6, 80);
        assert_eq!((lines.len(), left), (4, 2));
        let (lines, left) = fit(entries(4), 0, 80);
        assert_eq!((lines.len(), left), (2, 3), "one is always shown");
        let wide = vec![vec![Line::plain("x".repeat(100))]; 3];
        assert_eq!(fit(wide, 5, 40).1, 2, "a line that the screen breaks takes several rows");
    }
}
