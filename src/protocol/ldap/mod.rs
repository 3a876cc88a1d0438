//! What the messages of a directory hold that the codec of LDAP itself knows nothing of:
//! Active Directory's binary values, its times, values in ranges, and what its refusals mean.

mod identifiers;
mod range;
mod refusal;
mod time;

pub use identifiers::{guid, sid};
pub use range::{Ranged, ask_from, ranged};
pub use refusal::{Refusal, refusal};
pub use time::{file_time, generalized_time};
