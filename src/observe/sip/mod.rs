//! SIP over one connection, for every probe that speaks it: messages in and out, and
//! signing in, with what has to be left behind afterwards.

mod connection;
mod courtesy;
mod session;
mod shown;
mod sign_in;

pub(crate) use session::Session;
pub(crate) use shown::{all_diagnostics, date, fields, generation, offset_seconds, reason, server, text, told};
pub(crate) use sign_in::{Beginning, Hop, SignIn, sign_in};

use ring::rand::{SecureRandom, SystemRandom};

use super::observation::{ErrorClass, ProbeError};

/// Random bytes.
///
/// # Errors
/// The system has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ProbeError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| ProbeError::new(ErrorClass::Internal, "the system has no random numbers"))?;
    Ok(bytes)
}
