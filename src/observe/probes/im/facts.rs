//! What is learned.

use schemars::JsonSchema;
use serde::Serialize;

use crate::protocol::diagnostics::Diagnostics;

/// What became of an instant message.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImFacts {
    /// Who sent it.
    pub from: String,
    /// Who should get it.
    pub to: String,
    /// Whether the other endpoint has received the text. Unknown where that is a partner's: nobody here reads there.
    pub delivered: bool,
    /// Whether whoever was invited has taken the invitation.
    pub accepted: bool,
    /// Why it was not delivered, or not taken, in words; null where it was.
    pub why: Option<String>,
    /// The status of the final answer to the invitation.
    pub status: u16,
    /// Its reason phrase, for people.
    pub reason: String,
    /// What servers say of a failure, every header in order.
    pub diagnostics: Vec<Diagnostics>,
    /// The status of the answer to the text itself; null where it was not sent.
    pub message_status: Option<u16>,
    /// The server that the sender is registered with, as its challenge names it.
    #[schemars(extend("format" = "fqdn"))]
    pub sender_registrar: Option<String>,
    /// The server that the receiver is registered with; null where a partner gets it.
    #[schemars(extend("format" = "fqdn"))]
    pub receiver_registrar: Option<String>,
    /// Whether all who signed in were signed out again, and the servers proved that they know.
    pub signed_out: bool,
    /// From the invitation to its final answer, in milliseconds.
    pub invite_ms: u64,
    /// From the invitation until the other endpoint had the text, in milliseconds; null where it never had.
    pub delivery_ms: Option<u64>,
    /// From the start, signing in included, to the end, in milliseconds.
    pub elapsed_ms: u64,
}
