//! Lines that are a record each, as the export script writes them, read on all processors.
//!
//! Whoever reads lines knows of nothing else: the first one that is no record by itself ends
//! this, and everything from its chunk on is left to whoever reads one record after another.

use std::collections::VecDeque;
use std::io::BufRead;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use super::super::super::part::Part;
use super::super::super::piece::{Piece, Unnumbered};
use super::lines::Lines;
use super::split::{Splitter, Trouble};

/// Bytes that one thread reads at a time.
const CHUNK: usize = 1 << 20;
/// More threads would wait for the one that puts together what they read.
const MOST_READERS: usize = 8;
/// Chunks that wait for each thread.
const WAITING: usize = 2;
/// From so many bytes of a file on, threads pay.
pub(super) const WORTH_WHILE: u64 = 4 << 20;

/// Lines to be read.
struct Chunk {
    lines: Vec<u8>,
    unnumbered: Unnumbered,
}

/// What became of them.
struct Read {
    lines: Vec<u8>,
    /// How many of them end.
    ended: u64,
    /// None: a line is no record.
    records: Option<Piece>,
}

/// A thread that reads chunks, in the order in which it gets them.
struct Reader {
    chunks: SyncSender<Chunk>,
    read: Receiver<Read>,
}

/// Takes records as long as each is a line, of a file of `size` bytes; calls `passed` with the records and bytes
/// that were taken.
pub(super) fn take<R: BufRead>(
    records: &mut Splitter<'_, Lines<R>>,
    part: &mut Part,
    size: u64,
    passed: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Trouble> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_READERS);
    std::thread::scope(|scope| {
        let readers: Vec<Reader> = (0..threads)
            .map_while(|_| {
                let (chunks, given) = sync_channel::<Chunk>(WAITING);
                let (tell, read) = channel();
                let mut part = part.beside();
                // Whoever gave the chunks may have left.
                let work = move || given.iter().try_for_each(|chunk| tell.send(read_chunk(&mut part, chunk)));
                // Where there are no threads to be had, one record is read after another.
                std::thread::Builder::new().spawn_scoped(scope, work).ok()?;
                Some(Reader { chunks, read })
            })
            .collect();
        in_order(&readers, records, part, size, passed)
    })
}

/// Gives chunks to the readers in turn, and takes what they read in the same order.
fn in_order<R: BufRead>(
    readers: &[Reader],
    records: &mut Splitter<'_, Lines<R>>,
    part: &mut Part,
    size: u64,
    passed: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Trouble> {
    let mut turns = readers.iter().cycle();
    let mut waiting: VecDeque<&Reader> = VecDeque::new();
    // What was read is memory for what comes.
    let mut spent: Vec<Vec<u8>> = Vec::new();
    let mut more = true;
    let mut bytes = 0;
    loop {
        while more && waiting.len() < readers.len() * WAITING {
            let lines = records.text().whole(CHUNK, spent.pop().unwrap_or_default()).map_err(Trouble::Io)?;
            let (Some(lines), Some(reader)) = (lines, turns.next()) else {
                more = false;
                break;
            };
            // A reader that has ended has panicked, which is told when all have ended.
            more = reader.chunks.send(Chunk { lines, unnumbered: part.unnumbered() }).is_ok();
            waiting.push_back(reader);
        }
        let Some(read) = waiting.pop_front().and_then(|reader| reader.read.recv().ok()) else {
            return Ok(ControlFlow::Continue(()));
        };
        let Some(piece) = read.records else {
            // In the order in which they were.
            let after: Vec<Read> = waiting.iter().filter_map(|reader| reader.read.recv().ok()).collect();
            for unread in after.into_iter().rev().chain([read]) {
                records.text().give_back(unread.lines);
            }
            return Ok(ControlFlow::Continue(()));
        };
        records.passed(read.ended);
        let taken = piece.records();
        bytes += read.lines.len() as u64;
        if let Err(error) = part.append(piece, expected(part.records() as u64 + taken, bytes, size)) {
            return Err(Trouble::Record { line: records.began(), error: error.to_string() });
        }
        if passed(taken, read.lines.len() as u64).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        spent.push(read.lines);
    }
}

/// How many records a file has, by those in its first bytes.
fn expected(records: u64, bytes: u64, size: u64) -> usize {
    let all = u128::from(records) * u128::from(size) / u128::from(bytes.max(1));
    // Records are not equally long.
    usize::try_from(all + all / 32).unwrap_or(usize::MAX)
}

fn read_chunk(part: &mut Part, chunk: Chunk) -> Read {
    let Chunk { lines, unnumbered } = chunk;
    part.begin_piece(&unnumbered);
    let mut is_record = |line: &[u8]| {
        let start = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        match start.and_then(|start| line.get(start..)) {
            None => true,
            Some(record) => record.starts_with(b"{") && part.record_json(record).is_ok(),
        }
    };
    let (mut start, mut ended, mut all) = (0, 0, true);
    while all && start < lines.len() {
        let rest = lines.get(start..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest);
        all = is_record(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
        ended += u64::from(end.is_some());
        start += end.map_or(rest.len(), |end| end + 1);
    }
    Read { ended, records: all.then(|| part.end_piece()), lines }
}
