//! A connection in the middle, which does something when enough has come through.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Passes one connection on to a server.
pub struct Relay {
    pub address: SocketAddr,
}

impl Relay {
    /// `then` is done when more bytes than this have come from the server.
    pub fn to(server: SocketAddr, bytes: usize, then: impl FnOnce() + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            let mut then = Some(then);
            while let Ok((client, _)) = listener.accept() {
                let Ok(upstream) = TcpStream::connect(server) else { continue };
                let (from, to) = (client.try_clone().expect("a handle"), upstream.try_clone().expect("a handle"));
                thread::spawn(move || pass(from, to, &mut |_| {}));
                let mut passed = 0;
                pass(upstream, client, &mut |more| {
                    passed += more;
                    if passed > bytes
                        && let Some(then) = then.take()
                    {
                        then();
                    }
                });
            }
        });
        Self { address }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, passed: &mut dyn FnMut(usize)) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(more @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..more]).is_err() {
            break;
        }
        passed(more);
    }
    // Whoever is left on the other side learns that it is over.
    drop(to.shutdown(std::net::Shutdown::Write));
}
