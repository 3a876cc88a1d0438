//! Snapshots: an inventory as one file, compact, versioned, and read back as it was.
//!
//! A line of text that names the form and its version; a header in JSON; then the columns, each
//! LZ4-compressed by itself, so that of a million users only those fields are unpacked that are
//! read; at the end the SHA-256 of everything before it. Columns are named, so that a build
//! whose table has more fields reads what an older one wrote.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::builder::label;
use super::dataset;
use super::side_by_side::side_by_side;
use super::store::column::Column;
use super::store::{Disagreement, Inventory, PartRead, Source, Table, hex, packed};
use crate::diagnostic::{Code, Diagnostic};

/// The first bytes of a snapshot, its version among them.
const MAGIC: &[u8] = b"poolproof inventory snapshot 1\n";
/// The first bytes of a snapshot of any version.
const ANY_VERSION: &[u8] = b"poolproof inventory snapshot ";
/// The largest snapshot that is read, in bytes. A million users take a twentieth.
const LARGEST: u64 = 4 << 30;
/// Bytes of the SHA-256 at its end.
const HASH: usize = 32;
/// The largest header: disagreements may be many.
const LARGEST_HEADER: usize = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Header {
    now: Timestamp,
    sources: Vec<Source>,
    parts: Vec<PartRead>,
    disagreements: Vec<Disagreement>,
    tables: Vec<TableHeader>,
}

#[derive(Serialize, Deserialize)]
struct TableHeader {
    dataset: String,
    rows: u64,
    doubts: Vec<String>,
    /// The fields whose columns follow, the origin's first, with the columns' lengths in bytes.
    columns: Vec<(String, u64)>,
}

/// What the origin's column is called: no field's name.
const ORIGIN: &str = "";

/// Whether a file begins as a snapshot does.
#[must_use]
pub fn is_snapshot(path: &Path) -> bool {
    let mut start = [0; ANY_VERSION.len()];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == ANY_VERSION
}

/// Writes a snapshot, and tells its SHA-256 in hexadecimal: the one at its end.
///
/// # Errors
/// What `out` says, or that a column is larger than what is kept.
pub fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<String> {
    let full = |_| io::Error::other("a field holds more than what is kept: 4 GiB");
    let packed = |(_, column): &(&str, &'_ Column)| match column {
        Column::Packed { .. } => Ok(None),
        column => packed::pack(column).map(Some),
    };
    let mut tables = Vec::new();
    let mut columns: Vec<Cow<'_, [u8]>> = Vec::new();
    for table in &inventory.tables {
        let mut header = TableHeader {
            dataset: table.dataset.name.to_owned(),
            rows: table.rows as u64,
            doubts: table.doubts.clone(),
            columns: Vec::new(),
        };
        let fields = table.dataset.fields.iter().map(|field| field.name.as_str()).zip(&table.columns);
        let named: Vec<(&str, &Column)> = std::iter::once((ORIGIN, &table.origin))
            .chain(fields)
            .filter_map(|(name, column)| Some((name, column.as_ref().filter(|_| table.rows > 0)?)))
            .collect();
        for ((name, column), own) in named.iter().zip(side_by_side(&named, table.rows, packed)) {
            let bytes = match (column, own.map_err(full)?) {
                (Column::Packed { bytes, .. }, _) => Cow::Borrowed(bytes.as_ref()),
                (_, own) => Cow::Owned(own.unwrap_or_default()),
            };
            header.columns.push(((*name).to_owned(), bytes.len() as u64));
            columns.push(bytes);
        }
        tables.push(header);
    }
    let header = Header {
        now: inventory.now,
        sources: inventory.sources.clone(),
        parts: inventory.parts.clone(),
        disagreements: inventory.disagreements.clone(),
        tables,
    };
    let header = lz4_flex::block::compress_prepend_size(&serde_json::to_vec(&header)?);
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let mut put = |bytes: &[u8]| {
        hash.update(bytes);
        out.write_all(bytes)
    };
    put(MAGIC)?;
    put(&(header.len() as u64).to_le_bytes())?;
    put(&header)?;
    for column in columns {
        put(&column)?;
    }
    let hash = hash.finish();
    out.write_all(hash.as_ref())?;
    Ok(hex(hash.as_ref()))
}

/// Reads a snapshot.
///
/// # Errors
/// When the file can't be read, is no snapshot, is of another version, or is not what was written.
pub fn read(path: &Path) -> Result<Inventory, Diagnostic> {
    read_with_hash(path).map(|(inventory, _)| inventory)
}

/// Reads a snapshot, and tells its SHA-256 in hexadecimal.
pub(crate) fn read_with_hash(path: &Path) -> Result<(Inventory, String), Diagnostic> {
    let shown = path.display();
    let unreadable = |error: io::Error| Diagnostic::new(Code::Unreadable, format!("{shown} can't be read: {error}"));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > LARGEST {
        return Err(Diagnostic::new(Code::TooLarge, format!("{shown} is larger than {} GiB", LARGEST >> 30)));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    let bytes = Bytes::from(bytes);
    let inventory = of(&bytes).map_err(|why| Diagnostic::new(Code::InvalidValue, format!("{shown}: {why}")))?;
    // It is what it says: that is what it was held against.
    let hash = bytes.last_chunk::<HASH>().map(|hash| hex(hash)).unwrap_or_default();
    Ok((inventory, hash))
}

/// Reads a snapshot from memory.
///
/// # Errors
/// Why it is none.
pub fn of_bytes(bytes: &[u8]) -> Result<Inventory, String> {
    of(&Bytes::copy_from_slice(bytes))
}

/// The columns are parts of what was read.
fn of(bytes: &Bytes) -> Result<Inventory, String> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        let version = bytes.strip_prefix(ANY_VERSION).and_then(|rest| rest.split(|byte| *byte == b'\n').next());
        return Err(match version {
            Some(version) => {
                let version = String::from_utf8_lossy(version.get(..8).unwrap_or(version)).into_owned();
                format!("a snapshot of version {version}; this build reads version 1")
            }
            None => "this is no snapshot of an inventory".to_owned(),
        });
    };
    let damaged = || "the snapshot is damaged or cut short".to_owned();
    let body = bytes.len().checked_sub(HASH).ok_or_else(damaged)?;
    let (hashed, wanted) = bytes.split_at_checked(body).ok_or_else(damaged)?;
    if ring::digest::digest(&ring::digest::SHA256, hashed).as_ref() != wanted {
        return Err(damaged());
    }
    let (header, mut rest) = header(rest).ok_or_else(damaged)?;
    let mut tables: Vec<Table> = dataset::all().iter().map(Table::empty).collect();
    for table in &mut tables {
        // What a build did not know when it wrote the snapshot was not read.
        table.doubts = vec![format!("the snapshot knows nothing of {}", table.dataset.name)];
    }
    for of in header.tables {
        let rows = usize::try_from(of.rows).map_err(|_| damaged())?;
        // Whatever walks over rows believes their number: where each came from has to be there.
        if rows > 0 && of.columns.first().is_none_or(|(name, _)| name != ORIGIN) {
            return Err(damaged());
        }
        let known = dataset::named(&of.dataset).and_then(|dataset| tables.get_mut(dataset.number));
        let mut skipped = Table::empty(dataset::all().first().ok_or_else(damaged)?);
        // A dataset that this build no longer has is passed over.
        let table = known.unwrap_or(&mut skipped);
        table.rows = rows;
        table.doubts = of.doubts;
        for (name, length) in of.columns {
            let length = usize::try_from(length).map_err(|_| damaged())?;
            let (column, after) = rest.split_at_checked(length).ok_or_else(damaged)?;
            rest = after;
            if !packed::may_hold(column, rows) {
                return Err(damaged());
            }
            let column = Some(Column::packed(bytes.slice_ref(column), rows));
            if name == ORIGIN {
                table.origin = column;
            } else if let Some((field, _)) = table.dataset.field(&name)
                && let Some(place) = table.columns.get_mut(field)
            {
                *place = column;
            }
        }
    }
    let mut parts = header.parts;
    for part in &mut parts {
        part.label = label(header.sources.get(part.source), &part.manifest).into();
    }
    Ok(Inventory { tables, sources: header.sources, parts, disagreements: header.disagreements, now: header.now })
}

/// The header, and what follows it without the hash.
fn header(rest: &[u8]) -> Option<(Header, &[u8])> {
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (packed, rest) = rest.split_at_checked(length)?;
    let columns = rest.get(..rest.len().checked_sub(HASH)?)?;
    let size = u32::from_le_bytes(*packed.first_chunk()?) as usize;
    // LZ4 makes of a byte 255 at most.
    if size > LARGEST_HEADER || size > packed.len().saturating_mul(255) {
        return None;
    }
    let json = lz4_flex::block::decompress_size_prepended(packed).ok()?;
    Some((serde_json::from_slice(&json).ok()?, columns))
}

#[cfg(test)]
mod tests;
