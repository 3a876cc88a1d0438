//! A user who is signed in, or may be: whatever becomes of us, the registration is ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::{courtesy, random, shown};
use crate::accounts::Roster;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::protocol::sip::{Message, Party, Registration, Start};

/// How long a server may take to say goodbye, where nobody waits for it.
const FAREWELL: Duration = Duration::from_secs(2);
/// What to do about a sign-in that ends by itself.
const LOOK: &str = "look into the server's log, and whether somebody else uses the account";
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
    /// The last request that was sent.
    asked: Option<Message>,
    /// Whether the farewell was sent.
    said_farewell: bool,
}

impl Session {
    pub(super) fn new(connection: Connection, registration: Registration, roster: Arc<Roster>) -> Self {
        Self {
            inner: Some(Inner { connection, registration, asked: None, said_farewell: false }),
            roster,
            registered: false,
        }
    }

    /// The connection and the registration; none once it was left.
    pub(super) fn parts(&mut self) -> Option<(&mut Connection, &mut Registration)> {
        self.inner.as_mut().map(|inner| (&mut inner.connection, &mut inner.registration))
    }

    /// Who is signed in; none once it was left.
    pub(crate) fn party(&self) -> Option<Party> {
        self.inner.as_ref().map(|inner| inner.registration.party())
    }

    /// Sends a message, signed.
    ///
    /// # Errors
    /// It can't be signed, or the connection breaks.
    pub(crate) async fn say(&mut self, message: Message, deadline: Instant) -> Result<(), ProbeError> {
        match self.inner.as_mut() {
            Some(inner) => inner.say(message, deadline).await,
            None => Err(left()),
        }
    }

    /// The next message that is proven to be the server's. What is not is nobody's: a signature is
    /// all that tells a message of this server's from another.
    ///
    /// # Errors
    /// The connection ends, or nothing comes in time.
    pub(crate) async fn hear(&mut self, deadline: Instant) -> Result<Message, ProbeError> {
        let inner = self.inner.as_mut().ok_or_else(left)?;
        for _ in 0..MOST_MESSAGES {
            let message = inner.connection.next(deadline).await?;
            let proven = inner.registration.association().is_some_and(|one| one.verify(&message).is_ok());
            if !proven && inner.is_challenged(&message) {
                let what = "it asks for credentials again: it no longer knows that the account is signed in";
                let cause = format!("{what} ({}); {LOOK}", shown::told(&message));
                return Err(inner.connection.error(ErrorClass::Protocol, &cause));
            }
            if proven && is_deregistration(&message) {
                let told = shown::told(&message);
                let why = if told.is_empty() { "no reason is told" } else { &told };
                let cause = format!("the server signed the account out meanwhile: {why}; {LOOK}");
                return Err(inner.connection.error(ErrorClass::Protocol, &cause));
            }
            if proven {
                return Ok(message);
            }
        }
        Err(inner.connection.error(ErrorClass::Protocol, &format!("{MOST_MESSAGES} messages, none of them signed")))
    }

    /// Answers what this run didn't begin.
    ///
    /// # Errors
    /// The connection breaks.
    pub(crate) async fn decline(&mut self, request: &Message, deadline: Instant) -> Result<(), ProbeError> {
        let random = random().map(u32::from_le_bytes)?;
        match self.inner.as_mut() {
            Some(inner) => inner.decline(request, random, deadline).await,
            None => Err(left()),
        }
    }

    /// Ends the registration, and waits until the server has said so.
    ///
    /// # Errors
    /// It hasn't, and why.
    pub(crate) async fn leave(&mut self, deadline: Instant) -> Result<(), String> {
        let Some(inner) = self.inner.as_mut() else { return Ok(()) };
        let left = inner.leave(deadline).await;
        // Once it was sent, once more would say nothing else.
        if left.is_ok() || inner.said_farewell {
            self.registered = false;
            self.inner = None;
        }
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

/// Whether a notification says that the registration was ended. For which event it comes is UNCONFIRMED: what it
/// holds is as captures have it.
fn is_deregistration(message: &Message) -> bool {
    let notifies =
        matches!(&message.start, Start::Request { method, .. } if method == "NOTIFY" || method == "BENOTIFY");
    let kind = message.headers.first("content-type").unwrap_or_default();
    notifies
        && kind.trim().eq_ignore_ascii_case("text/registration-event")
        && message.body.trim_ascii_start().starts_with(b"deregistered")
}

fn left() -> ProbeError {
    ProbeError::new(ErrorClass::Internal, "a session that was left")
}

impl Inner {
    /// Whether this asks for credentials again. Who has lost the keys can't sign that, and the credential is shown
    /// once: unsigned, it is the end; signed, it was handed on from elsewhere.
    fn is_challenged(&self, message: &Message) -> bool {
        matches!(message.start, Start::Response { status: 401 | 407, .. })
            && self.asked.as_ref().is_some_and(|asked| message.answers(asked))
    }

    async fn say(&mut self, mut message: Message, deadline: Instant) -> Result<(), ProbeError> {
        let random = random().map(u32::from_le_bytes)?;
        let signed = self.registration.association().map(|association| association.sign(&mut message, random));
        if matches!(message.start, Start::Request { .. }) {
            self.asked = Some(message.clone());
        }
        match signed {
            Some(Ok(())) => self.connection.send(&message, deadline).await,
            Some(Err(field)) => {
                Err(self.connection.error(ErrorClass::Internal, &format!("a message can't be signed: {field}")))
            }
            None => Err(left()),
        }
    }

    async fn leave(&mut self, deadline: Instant) -> Result<(), String> {
        let said = |error: ProbeError| error.message;
        let number = || random().map(u32::from_le_bytes);
        let request = self.registration.leave(number().map_err(said)?);
        let request = request.map_err(|field| format!("the farewell can't be signed: {field}"))?;
        self.connection.send(&request, deadline).await.map_err(said)?;
        self.said_farewell = true;
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
