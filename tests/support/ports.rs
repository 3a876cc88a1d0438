//! Ports for servers that can't be told to take any.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// A port for UDP and TCP that the system hands to nobody by itself: such ranges begin at 32768.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let seed = std::process::id().wrapping_mul(7);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + u16::try_from(seed.wrapping_add(step) % 12_000).expect("less than 12000");
        let free = |port| -> std::io::Result<()> {
            UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop)
        };
        if free(port).is_ok() {
            return port;
        }
    }
}
