//! The deployment under validation: the file a person writes, and what expressions
//! see of it.

mod derive;
mod directory;
mod edge;
mod file;
mod inventory;
mod kind;
mod load;
mod phase;
mod policy;
mod secret;
mod view;

pub use directory::{DirectoryAccount, DirectoryServer, Encryption, LdapSource};
pub use edge::{Edge, EdgeNode, EdgeService};
pub use file::{
    Account, BranchAppliance, Connect, CutoverWindow, Director, EnvironmentFile, Partner, Pool, SipDomain, Site,
    TrustFile, Web,
};
pub use inventory::{BaselineFile, InventoryFile, PowershellSource, SourceFile, Wave, WaveState, WaveUsers};
pub use kind::{Balancing, Edition, KeptFor, Product, Role, TlsReach};
pub use load::{Environment, load};
pub use phase::{Phase, Window};
pub use policy::{Certificates, Limits, Policy};
pub use secret::{Secret, SecretCommand, SecretReference};
pub use view::EnvironmentView;
