//! Older TLS than the modern library speaks: by OpenSSL where it is built in (the feature
//! `legacy-tls`), and else by asking what a server would agree on.

mod watching;

#[cfg(feature = "legacy-tls")]
mod by_openssl;
#[cfg(feature = "legacy-tls")]
pub(super) use by_openssl::{SPEAKS, open};

#[cfg(not(feature = "legacy-tls"))]
mod told;
#[cfg(not(feature = "legacy-tls"))]
pub(super) use told::{SPEAKS, open};
