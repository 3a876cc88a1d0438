//! The answer of a run or a gate, posted to a webhook.
//!
//! Posting changes no verdict and no exit code. It is bounded in size and time, follows no
//! redirect, and says of an address no more than its scheme, host and port: the rest of a
//! chat's address is a secret.

mod hook;
mod notice;
mod template;

pub use hook::{Attempt, Delivery, Given, Hook, HookOptions};
pub use notice::{Finding, NOTICE_VERSION, Notice, NoticeKind, SinceThen};
pub use template::NoticeTemplate;
