//! One handshake, driven by hand: what was learned before a peer broke off is kept, and
//! the cause of a failure stays what it was.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use rustls::ClientConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::observe::secure::{Broken, HEAD, Handshake, Offer, Witness, config, is_refusal, is_tls};

/// Completes a handshake and closes the connection. Takes as long as the peer takes.
pub(super) async fn shake(mut stream: TcpStream, offer: &Offer) -> Result<Handshake, Broken> {
    let started = Instant::now();
    let witness = Arc::new(Witness::default());
    let mut connection =
        ClientConnection::new(Arc::new(config(offer, &witness)?), offer.name.clone()).map_err(Broken::Tls)?;
    let ended = drive(&mut connection, &mut stream).await;
    let took = started.elapsed();
    if let Err(broken) = ended {
        // A server that insists on a client certificate breaks off in TLS 1.2 before its
        // last message. By then it has proven who it is, which is all that was asked.
        let insists = witness.asked_for_certificate() && witness.is_proven() && is_refusal(&broken);
        if !insists {
            return Err(broken);
        }
    }
    goodbye(&mut connection, &mut stream).await;
    Handshake::of(&connection, &witness, took)
}

async fn drive(connection: &mut ClientConnection, stream: &mut TcpStream) -> Result<(), Broken> {
    let mut head = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        send(connection, stream).await.map_err(Broken::Io)?;
        if !connection.is_handshaking() {
            return Ok(());
        }
        let count = stream.read(&mut buffer).await.map_err(Broken::Io)?;
        let mut received = buffer.get(..count).unwrap_or_default();
        if received.is_empty() {
            return Err(Broken::Closed);
        }
        head.extend(received.iter().copied().take(HEAD.saturating_sub(head.len())));
        if !is_tls(&head) {
            return Err(Broken::NotTls(head));
        }
        while !received.is_empty() && connection.is_handshaking() {
            connection.read_tls(&mut received).map_err(Broken::Io)?;
            if let Err(error) = connection.process_new_packets() {
                // The alert that says why; whether it arrives makes no difference.
                let _ = send(connection, stream).await;
                return Err(Broken::Tls(error));
            }
        }
    }
}

async fn send(connection: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<()> {
    let mut bytes = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut bytes)?;
    }
    stream.write_all(&bytes).await
}

/// A polite end. The peer may be gone already.
async fn goodbye(connection: &mut ClientConnection, stream: &mut TcpStream) {
    connection.send_close_notify();
    let _ = send(connection, stream).await;
    let _ = stream.shutdown().await;
}
