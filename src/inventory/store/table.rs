//! The records of one dataset.

use std::sync::Arc;

use super::super::dataset::Dataset;
use super::PartRead;
use super::cell;
use super::column::Column;
use super::index::Indexes;

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) dataset: &'static Dataset,
    pub(crate) rows: usize,
    /// One for each field; none where no source delivered it.
    pub(crate) columns: Vec<Option<Column>>,
    /// The parts that each record came in: a list of their numbers.
    pub(crate) origin: Option<Column>,
    /// Why it proves nothing.
    pub(crate) doubts: Vec<String>,
    pub(crate) indexes: Indexes,
}

impl Table {
    pub(crate) fn empty(dataset: &'static Dataset) -> Self {
        Self {
            dataset,
            rows: 0,
            columns: dataset.fields.iter().map(|_| None).collect(),
            origin: None,
            doubts: Vec::new(),
            indexes: Indexes::default(),
        }
    }

    pub(crate) fn column(&self, field: usize) -> Option<&Column> {
        self.columns.get(field)?.as_ref()
    }

    pub(crate) fn cell(&self, row: usize, field: usize) -> &[u8] {
        self.column(field).map_or(cell::NOT_DELIVERED, |column| column.get(row))
    }

    /// The column of a field's name.
    pub(crate) fn named(&self, field: &str) -> Option<&Column> {
        self.column(self.dataset.field(field)?.0)
    }

    /// What identifies a record: the first identifying field with a value, or all of them where
    /// only together they do.
    pub(crate) fn identity(&self, row: usize) -> Option<String> {
        let said = |field: &usize| {
            let bytes = self.cell(row, *field);
            cell::is_value(bytes).then(|| cell::show(bytes))
        };
        if self.dataset.identity_together {
            let all: Vec<String> = self.dataset.identity.iter().filter_map(said).collect();
            return (!all.is_empty()).then(|| all.join(" "));
        }
        self.dataset.identity.iter().find_map(said)
    }

    /// What tells a record from another with the same address: its entry in the directory, or GUID.
    pub(crate) fn describe(&self, row: usize) -> String {
        ["identity", "guid", "display_name"]
            .into_iter()
            .filter_map(|name| Some(self.named(name)?.get(row)))
            .find(|bytes| cell::is_value(bytes))
            .map_or_else(|| format!("record {}", row + 1), cell::show)
    }

    /// The numbers of the parts that a record came in.
    pub(crate) fn origin(&self, row: usize) -> impl Iterator<Item = usize> {
        let list = self.origin.as_ref().map_or(cell::NONE, |origin| origin.get(row));
        cell::items(list).filter_map(cell::as_int).filter_map(|number| usize::try_from(number).ok())
    }

    /// What messages call the source of a record.
    pub(crate) fn label(&self, row: usize, parts: &[PartRead]) -> Arc<str> {
        let mut labels = self.origin(row).filter_map(|number| parts.get(number)).map(|part| &part.label);
        let Some(first) = labels.next() else { return Arc::from("no source") };
        match labels.next() {
            None => Arc::clone(first),
            Some(second) => {
                let mut text = format!("{first} and {second}");
                for label in labels {
                    text.push_str(&format!(" and {label}"));
                }
                text.into()
            }
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.columns.iter().chain([&self.origin]).flatten().map(Column::size).sum()
    }
}
