//! Records of a part that are read beside its others, and then follow them.

use super::part::{BadRecord, Key, Part};
use super::recall::Recall;
use super::store::cell;
use super::store::filling::Filling;

/// Which columns of a part have given up numbering their values.
#[derive(Clone, Debug)]
pub(super) struct Unnumbered(Vec<bool>);

/// Records that were read in a row.
#[derive(Debug)]
pub(super) struct Piece {
    columns: Vec<Option<Filling>>,
    rows: usize,
    /// Of the last of its records that has any.
    keys: Vec<Key>,
}

impl Piece {
    /// How many records it has.
    pub(super) fn records(&self) -> u64 {
        self.rows as u64
    }
}

impl Part {
    /// An empty part of the same call, for pieces of this one.
    pub(super) fn beside(&self) -> Self {
        let mut part = Self::begin(self.dataset, self.source, self.manifest.clone());
        part.set_last_keys(self.last_keys());
        part
    }

    /// Which columns of the pieces to come need no numbers.
    pub(super) fn unnumbered(&self) -> Unnumbered {
        Unnumbered(self.columns.iter().map(|column| column.as_ref().is_some_and(Filling::is_plain)).collect())
    }

    /// Begins a piece: what was read before is gone.
    pub(super) fn begin_piece(&mut self, unnumbered: &Unnumbered) {
        self.rows = 0;
        self.forget_last_keys();
        self.recalls.iter_mut().for_each(Recall::begin_anew);
        self.mould = None;
        self.columns = unnumbered.0.iter().map(|plain| plain.then(Filling::plain)).collect();
    }

    /// The records that were read since the piece was begun.
    pub(super) fn end_piece(&mut self) -> Piece {
        let keys = self.last_keys();
        Piece { columns: std::mem::take(&mut self.columns), rows: std::mem::take(&mut self.rows), keys }
    }

    /// Takes a piece, as if its records came one by one; about so many are expected in the end.
    ///
    /// # Errors
    /// When there is more than what is kept.
    pub(super) fn append(&mut self, piece: Piece, expected: usize) -> Result<(), BadRecord> {
        if piece.rows == 0 {
            return Ok(());
        }
        let rows = self.rows + piece.rows;
        u32::try_from(rows - 1).map_err(|_| BadRecord::Full)?;
        for (column, more) in self.columns.iter_mut().zip(&piece.columns) {
            match (column, more) {
                (None, None) => {}
                (Some(column), Some(more)) => column.append(more, expected)?,
                (Some(column), None) => {
                    for _ in 0..piece.rows {
                        column.push(cell::NOT_DELIVERED)?;
                    }
                }
                (column @ None, Some(more)) => {
                    let fresh = column.insert(Filling::new());
                    for _ in 0..self.rows {
                        fresh.push(cell::NOT_DELIVERED)?;
                    }
                    fresh.append(more, expected)?;
                }
            }
        }
        self.rows = rows;
        if !piece.keys.is_empty() {
            self.set_last_keys(piece.keys);
        }
        Ok(())
    }
}
