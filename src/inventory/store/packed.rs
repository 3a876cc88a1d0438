//! Columns in bytes, compressed, and unpacked when something first reads them: of a baseline,
//! most fields are never looked at.

use super::column::{Arena, Codes, Column, Full};

const CODED_ONE: u8 = 1;
const CODED_TWO: u8 = 2;
const CODED_FOUR: u8 = 4;
const PLAIN: u8 = 0;

/// No block grows by more than this when it is unpacked: LZ4's own limit.
const MOST_RATIO: usize = 255;

/// A column's bytes.
pub(crate) fn pack(column: &Column) -> Result<Vec<u8>, Full> {
    let mut out = Vec::new();
    match column.unpacked() {
        Column::Plain(values) => {
            out.push(PLAIN);
            arena(values, &mut out);
        }
        Column::Coded { codes, values, .. } => {
            match codes {
                Codes::One(codes) => {
                    out.push(CODED_ONE);
                    length(codes.len(), &mut out);
                    out.extend_from_slice(codes);
                }
                Codes::Two(codes) => {
                    out.push(CODED_TWO);
                    length(codes.len(), &mut out);
                    out.extend(codes.iter().flat_map(|code| code.to_le_bytes()));
                }
                Codes::Four(codes) => {
                    out.push(CODED_FOUR);
                    length(codes.len(), &mut out);
                    out.extend(codes.iter().flat_map(|code| code.to_le_bytes()));
                }
            }
            arena(values, &mut out);
        }
        Column::Packed { .. } => {}
    }
    if u32::try_from(out.len()).is_err() {
        return Err(Full);
    }
    Ok(lz4_flex::block::compress_prepend_size(&out))
}

fn length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(length as u64).to_le_bytes());
}

fn arena(values: &Arena, out: &mut Vec<u8>) {
    length(values.ends.len(), out);
    let mut before = 0;
    for end in &values.ends {
        // Lengths repeat, ends never do.
        out.extend_from_slice(&(end - before).to_le_bytes());
        before = *end;
    }
    length(values.bytes.len(), out);
    out.extend_from_slice(&values.bytes);
}

/// Whether bytes could hold a column of so many rows: each takes one byte at least, and nothing
/// is unpacked to find out.
pub(crate) fn may_hold(packed: &[u8], rows: usize) -> bool {
    let size = packed.first_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    rows <= size && size <= packed.len().saturating_mul(MOST_RATIO)
}

/// The column that bytes hold. None: they hold none, or not one of so many rows.
pub(crate) fn unpack(packed: &[u8], rows: usize) -> Option<Column> {
    if !may_hold(packed, rows) {
        return None;
    }
    let bytes = lz4_flex::block::decompress_size_prepended(packed).ok()?;
    let mut rest = bytes.as_slice();
    let (kind, after) = rest.split_first()?;
    rest = after;
    let column = match *kind {
        PLAIN => Column::Plain(read_arena(&mut rest)?),
        CODED_ONE => {
            let codes = Codes::One(take(&mut rest, 1)?.to_vec());
            Column::coded(codes, read_arena(&mut rest)?)
        }
        CODED_TWO => {
            let (pairs, _) = take(&mut rest, 2)?.as_chunks::<2>();
            let codes = Codes::Two(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect());
            Column::coded(codes, read_arena(&mut rest)?)
        }
        CODED_FOUR => {
            let codes = Codes::Four(numbers(take(&mut rest, 4)?));
            Column::coded(codes, read_arena(&mut rest)?)
        }
        _ => return None,
    };
    (rest.is_empty() && column.len() == rows && column.is_sound()).then_some(column)
}

/// As many items as the bytes say come next, of a width.
fn take<'a>(rest: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let (count, after) = rest.split_first_chunk::<8>()?;
    let bytes = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(width)?;
    let (taken, after) = after.split_at_checked(bytes)?;
    *rest = after;
    Some(taken)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    let (chunks, _) = bytes.as_chunks::<4>();
    chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect()
}

fn read_arena(rest: &mut &[u8]) -> Option<Arena> {
    let lengths = numbers(take(rest, 4)?);
    let mut ends = Vec::with_capacity(lengths.len());
    let mut end = 0_u32;
    for length in lengths {
        end = end.checked_add(length)?;
        ends.push(end);
    }
    let bytes = take(rest, 1)?.to_vec();
    (bytes.len() == end as usize).then_some(Arena { bytes, ends })
}
