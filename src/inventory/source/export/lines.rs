//! Whole lines of a text, some megabytes at a time, and back again where they turned out to be
//! something else.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use super::super::super::part::Part;

/// A text of which lines are taken ahead.
pub(super) struct Lines<R> {
    text: R,
    /// Given back, to be read before the rest. None of them is empty.
    back: VecDeque<Vec<u8>>,
    /// How far the first of them is read.
    at: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(text: R) -> Self {
        Self { text, back: VecDeque::new(), at: 0 }
    }

    /// The next lines, about as many bytes as wanted; the last of the text may have no end. None at the end
    /// of the text, and before a line that is longer than any record. `lines` is memory that may be used.
    pub(super) fn whole(&mut self, wanted: usize, mut lines: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        lines.clear();
        lines.reserve(wanted + wanted / 4);
        loop {
            let buffer = self.fill_buf()?;
            let enough = lines.len() >= wanted;
            let end = if enough { memchr::memchr(b'\n', buffer) } else { None };
            let taken = end.map_or(buffer.len(), |end| end + 1);
            lines.extend_from_slice(buffer.get(..taken).unwrap_or_default());
            self.consume(taken);
            if end.is_some() || taken == 0 {
                return Ok(Some(lines).filter(|lines| !lines.is_empty()));
            }
            if lines.len() > wanted + Part::LONGEST {
                self.give_back(lines);
                return Ok(None);
            }
        }
    }

    /// Puts lines before all that was not taken yet.
    pub(super) fn give_back(&mut self, lines: Vec<u8>) {
        // What is left of the first one stays behind what is given back.
        if let Some(first) = self.back.front_mut() {
            first.drain(..std::mem::take(&mut self.at));
        }
        if !lines.is_empty() {
            self.back.push_front(lines);
        }
    }
}

impl<R: BufRead> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.back.front() {
            Some(first) => Ok(first.get(self.at..).unwrap_or_default()),
            None => self.text.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        let Some(first) = self.back.front() else { return self.text.consume(amount) };
        self.at += amount;
        if self.at >= first.len() {
            self.back.pop_front();
            self.at = 0;
        }
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_are_taken_whole_and_in_order() {
        let text = "one\ntwo\n\nthree is longer\nand the last has no end";
        for (wanted, buffer) in [(1, 1), (1, 5), (4, 3), (7, 64), (100, 2)] {
            let mut lines = Lines::new(BufReader::with_capacity(buffer, text.as_bytes()));
            let mut all = Vec::new();
            while let Some(some) = lines.whole(wanted, Vec::new()).expect("text") {
                assert!(some.ends_with(b"\n") || all.len() + some.len() == text.len(), "{wanted} {buffer}");
                all.extend(some);
            }
            assert_eq!(String::from_utf8_lossy(&all), text);
        }
    }

    #[test]
    fn what_is_given_back_comes_first() {
        let mut lines = Lines::new(BufReader::with_capacity(2, "a\nb\nc\nd\ne\n".as_bytes()));
        let mut taken = || lines.whole(1, Vec::new()).expect("text").expect("lines");
        let (first, second) = (taken(), taken());
        lines.give_back(second);
        lines.give_back(first);
        let mut start = [0; 1];
        lines.read_exact(&mut start).expect("text");
        lines.give_back(b"z".to_vec());
        let mut all = String::new();
        lines.read_to_string(&mut all).expect("text");
        assert_eq!((start, all.as_str()), (*b"a", "z\nb\nc\nd\ne\n"));
    }

    #[test]
    fn a_line_without_end_is_not_gathered() {
        let endless = BufReader::new(io::repeat(b'x'));
        let mut lines = Lines::new(endless);
        assert!(lines.whole(1 << 10, Vec::new()).expect("text").is_none());
        assert_eq!(lines.fill_buf().expect("text").first(), Some(&b'x'));
    }
}
