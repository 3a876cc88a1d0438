//! MS-TURN as an A/V Edge speaks it ([MS-TURN]): its messages, their integrity, how they
//! are framed over TCP, and the exchange that looks like TLS before them.
//!
//! It is no TURN of RFC 5766: the header has no cookie, REALM and NONCE have changed
//! places, attributes are not padded, and what is signed is padded to 64 bytes.

mod attribute;
mod framing;
mod integrity;
mod message;
mod prologue;

pub use attribute::{Attribute, AttributeKind, ErrorCode, SequenceNumber};
pub use framing::{Frame, FrameKind, Frames, framed};
pub use integrity::{Integrity, Key};
pub use message::{Kind, LONGEST, Malformed, Message, TooLong, TransactionId};
pub use prologue::{CLIENT_HELLO, SERVER_HELLO, begins_client_hello, begins_server_hello, client_hello, server_hello};
