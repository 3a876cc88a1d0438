//! Messages over one connection, in both directions.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::secure::Secured;
use crate::protocol::sip::{Decoder, Limits, Message};

/// Bytes read at once.
const CHUNK: usize = 16 << 10;

/// A connection to a SIP server.
pub(crate) struct Connection {
    stream: Secured,
    decoder: Decoder,
    /// What is done with whom, as it is told to people: `sign-in of … to …`.
    what: String,
    heard: bool,
}

impl Connection {
    /// Speaks SIP over a stream.
    pub(crate) fn over(stream: Secured, what: &str) -> Self {
        Self { stream, decoder: Decoder::new(Limits::default()), what: what.to_owned(), heard: false }
    }

    /// What is done with whom from now on.
    pub(super) fn is_now(&mut self, what: String) {
        self.what = what;
    }

    /// An error of this connection.
    pub(crate) fn error(&self, class: ErrorClass, cause: &str) -> ProbeError {
        ProbeError::new(class, format!("{}: {cause}", self.what))
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The connection breaks, or takes nothing in time.
    pub(crate) async fn send(&mut self, message: &Message, deadline: Instant) -> Result<(), ProbeError> {
        let sent = async {
            self.stream.write_all(&message.encode()).await?;
            self.stream.flush().await
        };
        match timeout_at(deadline, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.error(ErrorClass::Connect, &format!("the connection broke ({error})"))),
            Err(_) => Err(self.error(ErrorClass::Timeout, "it takes nothing more")),
        }
    }

    /// The next message. Nothing is lost where this is given up in between.
    ///
    /// # Errors
    /// The peer closes, breaks the rules or the bounds, or says nothing in time.
    pub(crate) async fn next(&mut self, deadline: Instant) -> Result<Message, ProbeError> {
        let mut buffer = vec![0; CHUNK];
        loop {
            let complete = self.decoder.message();
            if let Some(message) = complete.map_err(|cause| self.error(ErrorClass::Protocol, &cause.to_string()))? {
                return Ok(message);
            }
            match timeout_at(deadline, self.stream.read(&mut buffer)).await {
                Ok(Ok(0)) => return Err(self.closed("it closed")),
                Ok(Ok(count)) => {
                    self.heard = true;
                    self.decoder.push(buffer.get(..count).unwrap_or_default());
                }
                // Without a word of farewell from TLS.
                Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => return Err(self.closed("it closed")),
                Ok(Err(error)) => return Err(self.closed(&format!("the connection broke ({error})"))),
                Err(_) => return Err(self.silent()),
            }
        }
    }

    fn closed(&self, how: &str) -> ProbeError {
        // A federation port cuts off whoever shows no certificate, once the handshake is done.
        let why = if self.heard {
            "before the answer"
        } else {
            "before any answer: it speaks no SIP there, or it wants a client certificate, as a federation port does; \
             none is shown"
        };
        self.error(ErrorClass::Protocol, &format!("{how} {why}{}", self.pending()))
    }

    fn silent(&self) -> ProbeError {
        self.error(ErrorClass::Timeout, &format!("no answer in time{}", self.pending()))
    }

    fn pending(&self) -> String {
        self.decoder.pending().map(|pending| format!(" (it had sent {pending})")).unwrap_or_default()
    }
}
