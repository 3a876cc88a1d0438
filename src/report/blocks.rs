//! JSON that is made on a thread of its own while whoever wants it writes and hashes what there
//! is: of every user of a large pool, a report has some hundred megabytes to tell.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};

use serde::Serialize;

use super::json::Layout;

/// Bytes that are passed on at a time.
pub(crate) const BLOCK: usize = 1 << 18;
/// Blocks that may wait to be taken.
const WAITING: usize = 4;

/// Makes the JSON of a value and a line feed, and passes it on in order: blocks of at least
/// [`BLOCK`] bytes, and a last one.
///
/// # Errors
/// The first one of `take`, which is not called again; that the value can't be told, or that there is no
/// thread to be had.
pub(crate) fn blocks(
    value: &(impl Serialize + Sync + ?Sized),
    layout: Layout,
    take: impl FnMut(Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let (send, made) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        let making = std::thread::Builder::new().spawn_scoped(scope, move || make(value, layout, send))?;
        let taken = made.iter().try_for_each(take);
        // Whoever makes more than is wanted has to hear of it.
        drop(made);
        let made = making.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.and(made)
    })
}

fn make(value: &(impl Serialize + ?Sized), layout: Layout, send: SyncSender<Vec<u8>>) -> io::Result<()> {
    let mut out = Blocks { send, block: Vec::new() };
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, layout))?;
    out.write_all(b"\n")?;
    out.flush()
}

struct Blocks {
    send: SyncSender<Vec<u8>>,
    block: Vec<u8>,
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    // What is written is a few bytes mostly.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.block.extend_from_slice(bytes);
        if self.block.len() < BLOCK {
            return Ok(());
        }
        self.flush()?;
        self.block.reserve_exact(BLOCK + BLOCK / 8);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        if block.is_empty() { Ok(()) } else { self.send.send(block).map_err(io::Error::other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_on_is_the_whole() {
        for many in [0, 1, 100_000] {
            let value: Vec<usize> = (0..many).collect();
            let mut all = Vec::new();
            let mut sizes = Vec::new();
            blocks(&value, Layout::indented(1), |block| {
                sizes.push(block.len());
                all.extend(block);
                Ok(())
            })
            .expect("it can be told");
            assert_eq!(
                String::from_utf8(all).expect("text"),
                serde_json::to_string_pretty(&value).expect("JSON") + "\n"
            );
            sizes.pop();
            assert!(sizes.iter().all(|size| *size >= BLOCK) && (many < 100_000 || sizes.len() > 1), "{sizes:?}");
        }
    }

    #[test]
    fn nothing_more_is_made_for_who_takes_no_more() {
        let value: Vec<usize> = (0..1_000_000).collect();
        let mut taken = 0;
        let error = blocks(&value, Layout::indented(1), |_| {
            taken += 1;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!((error.map_err(|error| error.kind()), taken), (Err(io::ErrorKind::StorageFull), 1));
    }
}
