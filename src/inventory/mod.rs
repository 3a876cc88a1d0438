//! The inventory: what is read of a deployment in bulk, before anything is asked on the wire.
//!
//! One table ([`dataset`]) says what there is: datasets, the cmdlets that fill them, their
//! fields and their kinds. *Sources* deliver *parts*, each one answer of one call with a
//! [`Manifest`]; a [`Builder`] takes all of them, brings every spelling of a value into one
//! form, joins what several sources know of one object, and holds what came against what must
//! be there. The [`Inventory`] that comes out knows three states of everything: a value, null,
//! and *unknown*, with the reason.

mod agree;
mod builder;
pub mod compare;
mod complete;
pub mod dataset;
mod join;
mod load;
mod manifest;
mod model;
mod mould;
mod normal;
mod part;
mod piece;
mod plain;
mod reader;
mod recall;
mod record;
mod resolve;
mod rewrite;
mod scratch;
mod side_by_side;
pub mod snapshot;
pub mod source;
mod store;
mod tie;
pub mod topology;

pub use builder::{Builder, Expectations, MaxAge, SourceId, UnknownDataset};
pub use dataset::{Choice, Dataset, Derivation, Field, Kind, Sees, snake_case};
pub use load::{load, quietly};
pub use manifest::{Manifest, Role};
pub use part::{BadRecord, Part};
pub use record::Row;
pub(crate) use resolve::HomeServers;
pub use rewrite::Rewrite;
pub(crate) use side_by_side::by_ranges;
pub use store::{Disagreement, Inventory, PartRead, Rows, Source, Statement};
pub(crate) use store::{hex, sha256, sha256_of};

#[cfg(test)]
mod tests;
