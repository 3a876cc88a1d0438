//! Work over many rows, on all processors.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// From so many rows on, threads pay.
const WORTH_WHILE: usize = 1 << 12;

/// Does something with each item of a list, on as many threads as there are processors; the
/// answers are in the order of the list.
pub(crate) fn side_by_side<T: Sync, A: Send>(items: &[T], rows: usize, act: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if threads == 1 || rows < WORTH_WHILE {
        return items.iter().map(act).collect();
    }
    let (next, act) = (AtomicUsize::new(0), &act);
    let work = || {
        let turn = || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, act(item)))
        };
        std::iter::from_fn(turn).collect::<Vec<_>>()
    };
    let mut answers: Vec<(usize, A)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(items.len())).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(answers) => all.extend(answers),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    answers.sort_unstable_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Rows that a thread looks at in one go.
const AT_ONCE: usize = 1 << 13;

/// Does something with ranges of rows, on as many threads as there are processors; the answers are in the
/// order of the rows.
pub(crate) fn by_ranges<A: Send>(rows: usize, act: impl Fn(Range<usize>) -> A + Sync) -> Vec<A> {
    let starts: Vec<usize> = (0..rows).step_by(AT_ONCE).collect();
    side_by_side(&starts, rows, |start| act(*start..rows.min(start + AT_ONCE)))
}
