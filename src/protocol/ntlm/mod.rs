//! `NTLMv2` as SIP uses it ([MS-NLMP] 3.1.5.2, connectionless; [MS-SIPAE] 3.2.5): there is no
//! NEGOTIATE, the server begins with its [`Challenge`], the client answers with one
//! [`Authenticate`], and from then on every message is signed with [`SessionKeys`], each
//! signature on its own: sequence number 100, and RC4 begun anew.
//!
//! Keys and hashes are wiped when they are dropped, and none of these types can be printed.
//! What comes from outside is read within its own length, and nothing here can panic on it.

mod authenticate;
mod challenge;
mod credentials;
mod fields;
mod flags;
mod primitives;
mod signature;

pub use authenticate::{Authenticate, Nonces, Refused};
pub use challenge::{Challenge, TargetInfo};
pub use credentials::{Credentials, ResponseKey};
pub use fields::Malformed;
pub use flags::Flags;
pub use signature::{Direction, SEQUENCE, SessionKeys, Signature};
