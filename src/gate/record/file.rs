//! The record as bytes, and the digest that is taken of them.
//!
//! No canonical form is needed: the digest is of the file as it stands, with zeros where its
//! own digits are. Any tool can take it again.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::GateRecord;
use crate::inventory::{hex, sha256};
use crate::report::json::write_indented;

/// The record for programs.
pub(super) const JSON: &str = "record.json";
/// The record for people.
pub(super) const HTML: &str = "record.html";

/// What a digest begins with.
const NAME: &str = "sha256:";
/// The digits of a digest.
const DIGITS: usize = 64;

/// Bytes of a file that are hashed while the next are made.
const BLOCK: usize = 1 << 20;

/// A record as its file has it.
#[derive(Debug)]
pub struct Sealed(Vec<Vec<u8>>);

/// Where a digest will be.
pub(super) fn blank() -> String {
    format!("{NAME}{}", "0".repeat(DIGITS))
}

/// A text with its digest where a blank one is, and the digest.
pub(super) fn sealed(mut text: String) -> (String, String) {
    let digest = format!("{NAME}{}", sha256(text.as_bytes()));
    // The last one: what was recorded may hold the like.
    if let Some(at) = text.rfind(&blank()) {
        text.replace_range(at..at + digest.len(), &digest);
    }
    (text, digest)
}

/// The digest of a file that holds it, taken again.
pub(super) fn taken_again(bytes: &[u8], stated: &str) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return format!("{NAME}{}", sha256(bytes)) };
    let blank = match text.rfind(stated).filter(|_| stated.len() == blank().len()) {
        Some(at) => {
            let (before, rest) = text.split_at(at);
            format!("{before}{}{}", blank(), rest.get(stated.len()..).unwrap_or_default())
        }
        None => text.to_owned(),
    };
    format!("{NAME}{}", sha256(blank.as_bytes()))
}

/// Gives a record its digest, and makes its file.
///
/// # Errors
/// It can't be told as JSON.
pub fn seal(record: &mut GateRecord) -> io::Result<Sealed> {
    record.digest = blank();
    let (send, made) = channel();
    let (written, (mut blocks, digest)) = std::thread::scope(|scope| {
        let hashing = scope.spawn(move || hashed(made));
        let mut out = Blocks { send, block: Vec::new() };
        // As the answer alone is written, and one level deeper.
        let written = write_indented(record, 5, &mut out);
        drop(out);
        (written, hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    written?;
    // The last one: what was recorded may hold the like.
    let mut end = blocks.pop().unwrap_or_default();
    if let Some(mut before) = blocks.pop() {
        before.append(&mut end);
        end = before;
    }
    let at = memchr::memmem::rfind(&end, record.digest.as_bytes());
    let place = at.and_then(|at| end.get_mut(at..at + digest.len()));
    place.ok_or_else(|| io::Error::other("a record without a digest"))?.copy_from_slice(digest.as_bytes());
    blocks.push(end);
    record.digest = digest;
    Ok(Sealed(blocks))
}

/// Hashes blocks as they come; they, and their digest.
fn hashed(made: Receiver<Vec<u8>>) -> (Vec<Vec<u8>>, String) {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let blocks = made.into_iter().inspect(|block| context.update(block)).collect();
    (blocks, format!("{NAME}{}", hex(context.finish().as_ref())))
}

/// Passes on what is written, a block at a time.
struct Blocks {
    send: Sender<Vec<u8>>,
    block: Vec<u8>,
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.capacity() == 0 {
            self.block.reserve_exact(BLOCK + bytes.len());
        }
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        if block.is_empty() { Ok(()) } else { self.send.send(block).map_err(io::Error::other) }
    }
}

impl Sealed {
    /// Writes the file.
    ///
    /// # Errors
    /// What the writer says.
    pub fn put(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        self.0.iter().try_for_each(|block| out.write_all(block))
    }
}

/// Reads a record.
///
/// # Errors
/// That it is none, or that a newer Poolproof wrote it; with line and column.
pub fn read(bytes: &[u8]) -> Result<GateRecord, String> {
    let record: GateRecord = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("{line}:{column}: this is not the record of a gate, or was damaged: {error}")
    })?;
    match record.version.split_once('.').and_then(|(major, _)| major.parse::<u32>().ok()) {
        Some(..=1) => Ok(record),
        Some(_) => Err(format!("1:1: a newer Poolproof wrote this record (version {})", record.version)),
        None => Err(format!("1:1: `{}` is not a version of a record", record.version)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_what_was_written() {
        let bytes: Vec<u8> = (0..3 * BLOCK + 7).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
        for step in [1000, BLOCK - 1, BLOCK, bytes.len()] {
            let (send, made) = channel();
            let mut out = Blocks { send, block: Vec::new() };
            bytes.chunks(step).for_each(|chunk| out.write_all(chunk).expect("there is room"));
            out.flush().expect("there is room");
            drop(out);
            let (blocks, digest) = hashed(made);
            assert_eq!((blocks.concat(), digest), (bytes.clone(), format!("{NAME}{}", sha256(&bytes))));
        }
    }

    #[test]
    fn every_byte_of_a_sealed_text_counts() {
        let (text, digest) = sealed(format!("a {}\n", blank()));
        assert_eq!(taken_again(text.as_bytes(), &digest), digest);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let stated = String::from_utf8_lossy(&bytes[2..2 + digest.len()]).into_owned();
            assert_ne!(taken_again(&bytes, &stated), stated, "byte {at}");
        }
    }
}
