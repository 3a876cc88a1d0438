//! Lines of a stream, none longer than allowed.

use tokio::io::{AsyncRead, AsyncReadExt};

/// Splits what a stream brings into lines, without their ends.
pub(super) struct Lines<R> {
    stream: R,
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no line end was found.
    searched: usize,
    longest: usize,
    ended: bool,
}

/// Why there is no next line.
#[derive(Debug)]
pub(super) enum NoLine {
    /// The stream failed.
    Stream(std::io::Error),
    /// A line is longer than allowed.
    TooLong,
}

const CHUNK: usize = 64 * 1024;

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(stream: R, longest: usize) -> Self {
        Self { stream, buffer: Vec::with_capacity(CHUNK), start: 0, searched: 0, longest, ended: false }
    }

    /// The next line; `None` at the end. The last one needs no line end; whether it had
    /// one is the second value. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<(&[u8], bool)>, NoLine> {
        loop {
            let unread = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(found) = unread.iter().position(|byte| *byte == b'\n') {
                let (start, end) = (self.start, self.searched + found);
                self.start = end + 1;
                self.searched = self.start;
                let line = self.buffer.get(start..end).unwrap_or_default();
                if line.len() > self.longest {
                    return Err(NoLine::TooLong);
                }
                return Ok(Some((line.strip_suffix(b"\r").unwrap_or(line), true)));
            }
            self.searched = self.buffer.len();
            if self.searched - self.start > self.longest {
                return Err(NoLine::TooLong);
            }
            if self.ended {
                let rest = self.buffer.get(self.start..).unwrap_or_default();
                self.start = self.searched;
                return Ok((!rest.is_empty()).then_some((rest, false)));
            }
            if self.start > 0 {
                self.buffer.drain(..self.start);
                self.searched -= self.start;
                self.start = 0;
            }
            self.buffer.reserve(CHUNK);
            let read = self.stream.read_buf(&mut self.buffer).await.map_err(NoLine::Stream)?;
            self.ended = read == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(text: &[u8], longest: usize) -> (Vec<(String, bool)>, bool) {
        let mut lines = Lines::new(text, longest);
        let mut found = Vec::new();
        loop {
            match lines.next().await {
                Ok(Some((line, whole))) => found.push((String::from_utf8_lossy(line).into_owned(), whole)),
                Ok(None) => return (found, true),
                Err(_) => return (found, false),
            }
        }
    }

    #[tokio::test]
    async fn both_line_ends_and_a_last_line_without_one() {
        let (found, whole) = all(b"a\r\n\nb\nc", 10).await;
        let expected = [("a", true), ("", true), ("b", true), ("c", false)].map(|(line, whole)| (line.into(), whole));
        assert_eq!(found, expected);
        assert!(whole);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_an_error_with_and_without_its_end() {
        for text in ["ok\naaaaaaaaaaaa", "ok\naaaaaaaaaaaa\n"] {
            let (found, whole) = all(text.as_bytes(), 8).await;
            assert_eq!(found.len(), 1);
            assert!(!whole, "{text:?}");
        }
    }

    #[tokio::test]
    async fn memory_does_not_grow_with_the_stream() {
        let text = "0123456789abcdef\n".repeat(100_000);
        let mut lines = Lines::new(text.as_bytes(), 64);
        let mut count = 0;
        while lines.next().await.expect("a line").is_some() {
            count += 1;
        }
        assert_eq!(count, 100_000);
        assert!(lines.buffer.capacity() <= 4 * CHUNK, "{}", lines.buffer.capacity());
    }
}
