//! What will be asked: checks expanded over their subjects into cases, each with the
//! questions it needs, equal questions once.

mod case;
mod expand;
mod needs;
mod question;
mod questions;
mod range;
mod scope;
mod show;
mod touched;
mod vantages;

pub use case::{Case, State, SubjectValue, group_of, key_of};
pub use expand::{Plan, Request};
pub use needs::wanted;
pub(crate) use needs::{agree, ranges_over_nothing};
pub use question::{Asked, Settings, account_of, question_of};
pub use questions::{Known, Questions, questions};
pub(crate) use range::NO_SUBJECTS;
pub use range::{Found, Next, Ranged, Visitor, each};
pub use scope::{Asked as AskedAbout, Scope};
pub use show::{json, text};
