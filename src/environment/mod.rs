//! The deployment under validation: the file a person writes, and what expressions
//! see of it.

mod derive;
mod file;
mod inventory;
mod load;
mod phase;
mod secret;
mod view;

pub use file::{
    Account, Balancing, BranchAppliance, Certificates, Connect, Director, Edge, EdgeNode, EdgeService, Edition,
    EnvironmentFile, KeptFor, Limits, Partner, Policy, Pool, Product, Role, SipDomain, Site, TrustFile, Web,
};
pub use inventory::{BaselineFile, InventoryFile, SourceFile, Wave, WaveState, WaveUsers};
pub use load::{Environment, load};
pub use phase::{Phase, Window};
pub use secret::{Secret, SecretReference};
pub use view::EnvironmentView;
