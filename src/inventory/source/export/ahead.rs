//! A file that a thread of its own reads and hashes, ahead of whoever takes its records.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::super::super::store::hex;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 18;
/// Blocks that may wait to be taken.
const WAITING: usize = 4;

/// What a file was, as a whole.
pub(super) struct Whole {
    pub(super) bytes: u64,
    /// In hexadecimal.
    pub(super) sha256: String,
}

/// Calls `take` with the file's bytes, and tells what the file was, also of what `take` left. None
/// where it wanted the rest not even to be looked at.
pub(super) fn read<T>(file: File, take: impl FnOnce(&mut Blocks<'_>) -> T) -> (T, io::Result<Option<Whole>>) {
    let (send, blocks) = sync_channel(WAITING);
    let (give_back, spent) = channel();
    let enough = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || whole(file, &send, &spent, enough));
        let taken = take(&mut Blocks { next: blocks, give_back, block: Vec::new(), at: 0, enough });
        (taken, reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn whole(
    mut file: File,
    send: &SyncSender<Vec<u8>>,
    spent: &Receiver<Vec<u8>>,
    enough: &AtomicBool,
) -> io::Result<Option<Whole>> {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let (mut bytes, mut wanted) = (0_u64, true);
    let mut block = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        block.resize(BLOCK, 0);
        let read = match file.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Ok(Some(Whole { bytes, sha256: hex(hash.finish().as_ref()) }));
        }
        block.truncate(read);
        hash.update(&block);
        bytes += read as u64;
        if wanted {
            wanted = send.send(std::mem::take(&mut block)).is_ok();
            block = spent.try_recv().unwrap_or_default();
        }
    }
    Ok(None)
}

/// The bytes of the file, as far as they are read. An error ends them: the reader tells it.
pub(super) struct Blocks<'a> {
    next: Receiver<Vec<u8>>,
    give_back: Sender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    enough: &'a AtomicBool,
}

impl Blocks<'_> {
    /// Nothing of the rest is wanted, not even its hash.
    pub(super) fn leave(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Blocks<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.block.len()
            && let Ok(next) = self.next.recv()
        {
            let spent = std::mem::replace(&mut self.block, next);
            self.at = 0;
            // The reader may have ended.
            drop(self.give_back.send(spent));
        }
        Ok(self.block.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        io::Seek::rewind(&mut file).expect("rewound");
        file
    }

    #[test]
    fn what_is_taken_is_what_is_there() {
        for size in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17] {
            let bytes: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
            let (taken, whole) = read(file(&bytes), |blocks| {
                let mut all = Vec::new();
                blocks.read_to_end(&mut all).map(|_| all)
            });
            assert_eq!(taken.expect("read"), bytes, "{size}");
            let whole = whole.expect("read").expect("as a whole");
            assert_eq!((whole.bytes, whole.sha256), (size as u64, super::super::super::super::store::sha256(&bytes)));
        }
    }

    #[test]
    fn what_is_left_is_hashed_too_unless_nobody_wants_it() {
        let bytes = vec![b'x'; 20 * BLOCK];
        let ((), whole) = read(file(&bytes), |_| ());
        assert_eq!(whole.expect("read").expect("as a whole").bytes, bytes.len() as u64);
        let ((), whole) = read(file(&bytes), |blocks| blocks.leave());
        assert!(whole.expect("read").is_none());
    }
}
