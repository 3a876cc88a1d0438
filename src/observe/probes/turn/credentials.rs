//! Credentials of a media relay.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::spec::TurnCredentials;
use crate::environment::{Secret, SecretReference};
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::protocol::msturn::Key;

/// User name and password as bytes. They are wiped from memory, and can't be printed.
pub(crate) struct Credentials {
    user: Zeroizing<Vec<u8>>,
    password: Zeroizing<Vec<u8>>,
}

impl Credentials {
    /// As the bytes that they are.
    pub(crate) fn of_bytes(user: Zeroizing<Vec<u8>>, password: Zeroizing<Vec<u8>>) -> Self {
        Self { user, password }
    }

    /// Out of the Base64 in which the authentication service hands them out.
    ///
    /// # Errors
    /// One of them is no Base64; neither is shown.
    pub(crate) fn of(user: &str, password: &str) -> Result<Self, ProbeError> {
        Ok(Self { user: decoded("user name", user)?, password: decoded("password", password)? })
    }

    /// Reads both from where they are.
    ///
    /// # Errors
    /// One of them can't be read, or is no Base64.
    pub(super) async fn read(from: TurnCredentials) -> Result<Self, ProbeError> {
        let (user, password) = (secret(&from.username).await?, secret(&from.password).await?);
        Self::of(user.0.expose_secret(), password.0.expose_secret())
    }

    /// The user name as it is sent.
    pub(super) fn user(&self) -> &[u8] {
        &self.user
    }

    /// The key for a realm.
    pub(super) fn key(&self, realm: &[u8]) -> Key {
        Key::of(&self.user, realm, &self.password)
    }
}

async fn secret(from: &SecretReference) -> Result<Secret, ProbeError> {
    from.resolve().await.map_err(|error| ProbeError::new(ErrorClass::NotAsked, format!("turn: {error}")))
}

fn decoded(what: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, ProbeError> {
    STANDARD.decode(text).map(Zeroizing::new).map_err(|_| {
        let message = format!("turn: the {what} is no Base64, as the authentication service of media relays gives it");
        ProbeError::new(ErrorClass::NotAsked, message)
    })
}
