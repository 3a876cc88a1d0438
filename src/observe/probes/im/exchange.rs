//! Both ends of one conversation.

use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::Instant;

use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::sip::{Session, random};
use crate::protocol::sip::{Conversation, Message, Party, Start};

/// How long an endpoint may wait for a text whose delivery was reported.
const SETTLING: Duration = Duration::from_secs(5);

/// What the sender was told.
pub(super) struct Sent {
    /// The final answer to the invitation.
    pub(super) invitation: Message,
    pub(super) invited: Duration,
    /// The final answer to the text, where that was sent.
    pub(super) text: Option<Message>,
}

/// Sends a text, and waits for it at the other end where that is ours: what the sender was told, and
/// after how long the receiver had the text.
///
/// # Errors
/// It could not be found out what became of it.
pub(super) async fn exchange(
    conversation: &mut Conversation,
    text: &str,
    sender: &mut Session,
    receiver: Option<(&mut Session, Party)>,
    deadline: Instant,
) -> Result<(Sent, Option<Duration>), ProbeError> {
    let Some((receiver, party)) = receiver else {
        return Ok((send(conversation, text, sender, deadline).await?, None));
    };
    let expected = conversation.clone();
    let begun = Instant::now();
    let mut delivered = None;
    let (sent, lost) = {
        let sending = Box::pin(send(conversation, text, sender, deadline));
        let receiving = Box::pin(receive(&expected, text, receiver, &party, &mut delivered, deadline));
        match select(sending, receiving).await {
            Either::Left((sent, receiving)) => {
                let sent = sent?;
                // What was taken at the other end may be on its way there still.
                let taken = sent.text.as_ref().is_some_and(is_success);
                let settled = if taken { tokio::time::timeout(SETTLING, receiving).await.ok() } else { None };
                // Who has listened to the end of the time has heard nothing.
                let lost = settled.and_then(Result::err).filter(|error| error.class != ErrorClass::Timeout);
                (sent, lost)
            }
            Either::Right((received, sending)) => {
                received?;
                (sending.await?, None)
            }
        }
    };
    // Who can't listen any more can't say that nothing came.
    if let (Some(error), None) = (lost, delivered) {
        return Err(error);
    }
    Ok((sent, delivered.map(|at: Instant| at.duration_since(begun))))
}

async fn send(
    conversation: &mut Conversation,
    text: &str,
    session: &mut Session,
    deadline: Instant,
) -> Result<Sent, ProbeError> {
    let begun = Instant::now();
    let invite = conversation.invite(text);
    let invitation = ask(session, invite, deadline).await?;
    let invited = begun.elapsed();
    if !is_success(&invitation) {
        return Ok(Sent { invitation, invited, text: None });
    }
    let ack = conversation.establish(&invitation).map_err(|part| {
        ProbeError::new(ErrorClass::Protocol, format!("the answer to the invitation makes no dialog: {part}"))
    })?;
    session.say(ack, deadline).await?;
    let message = conversation.message(text);
    let answer = ask(session, message, deadline).await?;
    // How it ends says nothing of the text.
    let bye = conversation.bye();
    let _ = ask(session, bye, deadline.min(Instant::now() + SETTLING)).await;
    Ok(Sent { invitation, invited, text: Some(answer) })
}

/// Sends a request, and waits for its final answer.
async fn ask(session: &mut Session, request: Message, deadline: Instant) -> Result<Message, ProbeError> {
    session.say(request.clone(), deadline).await?;
    loop {
        let message = session.hear(deadline).await?;
        match &message.start {
            Start::Request { .. } => session.decline(&message, deadline).await?,
            Start::Response { status: 200.., .. } if message.answers(&request) => return Ok(message),
            Start::Response { .. } => {}
        }
    }
}

/// Takes the invitation that this run has begun, the text and the end; declines all others.
async fn receive(
    expected: &Conversation,
    text: &str,
    session: &mut Session,
    party: &Party,
    delivered: &mut Option<Instant>,
    deadline: Instant,
) -> Result<(), ProbeError> {
    let tag: String = random::<5>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    loop {
        let message = session.hear(deadline).await?;
        let Start::Request { method, .. } = &message.start else { continue };
        if !expected.owns(&message) {
            session.decline(&message, deadline).await?;
            continue;
        }
        match method.as_str() {
            "INVITE" => session.say(party.accept(&message, &tag), deadline).await?,
            "MESSAGE" => {
                if String::from_utf8_lossy(&message.body).trim() == text {
                    *delivered = Some(Instant::now());
                }
                session.say(Message::reply(&message, 200, "OK"), deadline).await?;
            }
            "BYE" => return session.say(Message::reply(&message, 200, "OK"), deadline).await,
            "ACK" => {}
            _ => session.decline(&message, deadline).await?,
        }
    }
}

pub(super) fn is_success(answer: &Message) -> bool {
    matches!(answer.start, Start::Response { status: 200..300, .. })
}
