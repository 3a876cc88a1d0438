//! The first words of TLS 1.0 to 1.2, in the clear: a `ClientHello` that offers what old
//! servers speak, and what a server's first flight tells before anything is encrypted.
//!
//! No handshake is completed with it. It tells what a server would agree on that the TLS
//! library of this build can't speak (RFC 2246, 4346 and 5246, section 7.4).

mod flight;
mod offer;
mod suites;

pub use flight::{Alert, Flight, MOST_BYTES, Malformed, ServerHello, Version};
pub use offer::client_hello;
pub use suites::Suite;
