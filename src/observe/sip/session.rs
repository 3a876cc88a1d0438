//! A user who is signed in, or may be: whatever becomes of us, the registration is ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::{courtesy, random};
use crate::accounts::Roster;
use crate::observe::observation::ProbeError;
use crate::protocol::sip::{Message, Registration, Start};

/// How long a server may take to say goodbye, where nobody waits for it.
const FAREWELL: Duration = Duration::from_secs(2);
/// Messages that are looked at before the answer to the farewell.
const MOST_MESSAGES: usize = 64;

/// A connection and the registration over it. Dropped while something may be registered, it
/// ends the registration in the background.
pub(crate) struct Session {
    inner: Option<Inner>,
    roster: Arc<Roster>,
    /// Whether something may be registered.
    pub(super) registered: bool,
}

struct Inner {
    connection: Connection,
    registration: Registration,
}

impl Session {
    pub(super) fn new(connection: Connection, registration: Registration, roster: Arc<Roster>) -> Self {
        Self { inner: Some(Inner { connection, registration }), roster, registered: false }
    }

    /// The connection and the registration; none once it was left.
    pub(super) fn parts(&mut self) -> Option<(&mut Connection, &mut Registration)> {
        self.inner.as_mut().map(|inner| (&mut inner.connection, &mut inner.registration))
    }

    /// Ends the registration, and waits until the server has said so.
    ///
    /// # Errors
    /// It hasn't, and why.
    pub(crate) async fn leave(&mut self, deadline: Instant) -> Result<(), String> {
        let Some(inner) = self.inner.as_mut() else { return Ok(()) };
        let left = inner.leave(deadline).await;
        // Once more would say nothing else.
        self.registered = false;
        self.inner = None;
        left
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(mut inner) = self.inner.take().filter(|_| self.registered) {
            self.roster.afterwards(async move {
                // Nobody is left to be told.
                let _ = inner.leave(Instant::now() + FAREWELL).await;
            });
        }
    }
}

impl Inner {
    async fn leave(&mut self, deadline: Instant) -> Result<(), String> {
        let said = |error: ProbeError| error.message;
        let number = || random().map(u32::from_le_bytes);
        let Some(request) = self.registration.leave(number().map_err(said)?) else { return Ok(()) };
        let request = request.map_err(|field| format!("the farewell can't be signed: {field}"))?;
        self.connection.send(&request, deadline).await.map_err(said)?;
        for _ in 0..MOST_MESSAGES {
            let message = self.connection.next(deadline).await.map_err(said)?;
            if let Start::Request { .. } = message.start {
                self.decline(&message, number().map_err(said)?, deadline).await.map_err(said)?;
                continue;
            }
            match self.registration.left(&message) {
                Some(Ok(200..300)) => return Ok(()),
                Some(Ok(status)) => return Err(format!("the server answered the farewell with {status}")),
                Some(Err(unproven)) => return Err(format!("the answer to the farewell proves nothing: {unproven}")),
                None => {}
            }
        }
        Err(format!("{MOST_MESSAGES} messages, none of them the answer to the farewell"))
    }

    /// Answers what this run didn't begin.
    async fn decline(&mut self, request: &Message, random: u32, deadline: Instant) -> Result<(), ProbeError> {
        let Some(mut reply) = courtesy::answer(request, random) else { return Ok(()) };
        if let Some(association) = self.registration.association()
            && association.sign(&mut reply, random).is_err()
        {
            // What can't be signed would not be believed.
            return Ok(());
        }
        self.connection.send(&reply, deadline).await
    }
}
