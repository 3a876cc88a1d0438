//! The record as bytes, and the digest that is taken of them.
//!
//! No canonical form is needed: the digest is of the file as it stands, with zeros where its
//! own digits are. Any tool can take it again.

use std::io::{self, Write};

use super::GateRecord;
use crate::inventory::{hex, sha256};
use crate::report::blocks::blocks;
use crate::report::json::Layout;

/// The record for programs.
pub(super) const JSON: &str = "record.json";
/// The record for people.
pub(super) const HTML: &str = "record.html";

/// What a digest begins with.
const NAME: &str = "sha256:";
/// The digits of a digest.
const DIGITS: usize = 64;

/// Bytes at the end of a file in which its digest surely is.
const END: usize = 1 << 10;

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

/// Writes a record's file, and gives the record its digest.
///
/// # Errors
/// It can't be told as JSON, or what the writer says.
pub fn seal(record: &mut GateRecord, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    record.digest = blank();
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    // The digest is the last field: what it will be put into is kept back.
    let mut end = Vec::new();
    // As the answer alone is written, and one level deeper.
    blocks(record, Layout::indented(5), |mut block| {
        hash.update(&block);
        let before = block.len().saturating_sub(END);
        let keep = block.split_off(before);
        if before > 0 {
            out.write_all(&end)?;
            end.clear();
        }
        out.write_all(&block)?;
        end.extend(keep);
        Ok(())
    })?;
    let digest = format!("{NAME}{}", hex(hash.finish().as_ref()));
    // The last one: what was recorded may hold the like.
    let at = memchr::memmem::rfind(&end, record.digest.as_bytes());
    let place = at.and_then(|at| end.get_mut(at..at + digest.len()));
    place.ok_or_else(|| io::Error::other("the record has no place for its digest"))?.copy_from_slice(digest.as_bytes());
    record.digest = digest;
    out.write_all(&end)?;
    out.flush()
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
