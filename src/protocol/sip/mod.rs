//! SIP messages (RFC 3261) as Lync and Skype for Business Server write and read them:
//! any method token, header text kept as it came, because signatures are made over it
//! ([MS-SIPAE] 3.2.5.2), and framing by Content-Length alone (RFC 3261 18.3).
//!
//! [`Decoder`] turns bytes into [`Message`]s, [`Message::encode`] turns them back, and
//! [`Message::faults`] tells what of a message breaks the rules that routing rests on.
//!
//! [`Registration`] signs in: message by message it says what is to be sent next, and how it
//! ends. From then on an [`Association`] signs what is sent and holds what comes to its signature,
//! and a [`Conversation`] is what one user says to another.

mod addresses;
mod association;
mod challenge;
mod decode;
mod dialog;
mod encode;
mod faults;
mod headers;
mod message;
mod registration;
mod signed;
mod target;

pub use association::{Association, Side, Unproven};
pub use challenge::Challenge;
pub use decode::{Decoder, Limits, Malformed};
pub use dialog::{Conversation, Party};
pub use headers::{Header, Headers};
pub use message::{Message, Start};
pub use registration::{Endpoint, Fresh, How, Identity, Next, Registration};
pub use signed::{Proof, SignatureVersion};
pub use target::Target;
