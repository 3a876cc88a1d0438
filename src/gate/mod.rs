//! Gates: whether a step of the migration may be taken. A gate is data: which checks and
//! which attestations must hold, for which scope. Its answer is one value, made from
//! evidence, and everything that shows it is a renderer of that value.

mod answer;
mod ask;
mod attestation;
mod decide;
mod file;
mod fit;
mod load;
mod model;
mod order;
mod record;
mod render;
mod reply;
mod roll_back;
mod statements;
mod validity;

pub use answer::{
    Answer, AttestationState, CheckFile, Counts, GateAnswer, Item, Kind, RunUsed, Standing, VERSION, WaiverUsed,
    WindowLeft,
};
pub use ask::{AskedGate, Asking, GateOptions};
pub use attestation::{AttestationFile, Attestations, AttestationsFile};
pub use file::GateFile;
pub use load::Gates;
pub use model::{Demand, Gate, ScopeKind};
pub use record::{Belongs, GateRecord, Looked, RunEvidence, Verification, page, places, record, seal, verify};
pub use render::{junit, markdown, read, terminal, write};
pub use reply::answer;
