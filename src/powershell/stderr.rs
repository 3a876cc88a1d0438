//! What a child says on standard error: its head and its tail, so that neither what began
//! the trouble nor what ended it is lost.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::protocol::clixml::{Said, Stream, said};

const HEAD: usize = 192 * 1024;
const TAIL: usize = 64 * 1024;
/// Most messages that are kept.
const MOST: usize = 50;
/// The longest message that is kept, in bytes.
const LONGEST: usize = 8 * 1024;

/// What was said so far; shared with the task that reads.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    lost: u64,
}

impl Heard {
    /// Reads to the end, keeping no more than it may.
    pub(super) async fn read(self, mut stream: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            self.keep(chunk.get(..read).unwrap_or_default());
        }
    }

    fn keep(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = HEAD.saturating_sub(kept.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        kept.head.extend_from_slice(head);
        kept.tail.extend(rest);
        let over = kept.tail.len().saturating_sub(TAIL);
        kept.tail.drain(..over);
        kept.lost = kept.lost.saturating_add(over as u64);
    }

    /// The messages, bounded in number and length.
    pub(super) fn said(&self) -> Vec<Said> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        let tail: Vec<u8> = kept.tail.iter().copied().collect();
        if kept.lost == 0 {
            let mut whole = kept.head.clone();
            whole.extend_from_slice(&tail);
            found.extend(said(&String::from_utf8_lossy(&whole)));
        } else {
            found.extend(said(&String::from_utf8_lossy(&kept.head)));
            let text = format!("({} bytes are left out here)", kept.lost);
            found.push(Said { stream: Stream::Plain, text });
            found.extend(said(&String::from_utf8_lossy(&tail)));
        }
        drop(kept);
        bounded(found)
    }
}

fn bounded(mut found: Vec<Said>) -> Vec<Said> {
    found.retain(|one| one.stream != Stream::Chatter);
    if found.len() > MOST {
        let left_out = found.len() - MOST;
        let text = format!("({left_out} messages are left out here)");
        found.splice(MOST / 2..MOST / 2 + left_out, [Said { stream: Stream::Plain, text }]);
    }
    for one in &mut found {
        if one.text.len() > LONGEST {
            let end = one.text.floor_char_boundary(LONGEST);
            one.text.truncate(end);
            one.text.push('…');
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn head_and_tail_are_kept_and_the_rest_is_counted() {
        let heard = Heard::default();
        let text = format!("first words{}last words", "\u{e4}x".repeat(1_000_000));
        heard.clone().read(text.as_bytes()).await;
        let found = heard.said();
        assert!(found[0].text.starts_with("first words"), "{:?}", found[0]);
        assert!(found.last().expect("the end").text.len() <= LONGEST + 4);
        assert!(found.iter().any(|one| one.text.contains("left out here")));
    }

    #[test]
    fn many_messages_are_told_by_the_first_and_the_last() {
        let many = (0..1_000).map(|number| Said { stream: Stream::Error, text: number.to_string() }).collect();
        let found = bounded(many);
        assert_eq!(found.len(), MOST + 1);
        assert_eq!((found[0].text.as_str(), found[MOST].text.as_str()), ("0", "999"));
    }
}
