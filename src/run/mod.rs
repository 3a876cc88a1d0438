//! One execution: cases in the order of their needs, concurrently, from the wire or from
//! a recording; then the result.

mod assemble;
mod bulk;
mod directory;
mod engine;
mod evidence;
mod header;
mod live;
mod networks;
mod older_tls;
mod origin;
mod outcome;
mod places;
mod recorded;
mod side;

pub use assemble::assemble;
pub use directory::DirectoryWay;
pub use engine::{Source, execute};
pub use evidence::{Again, Evidence};
pub use header::{Header, SourceText};
pub use live::{Live, Telling};
pub use networks::{local_addresses, networks};
pub use origin::Origin;
pub use outcome::Outcome;
pub use places::places;
pub use recorded::{Recording, RecordingError};
pub use side::{is_run, side};
