//! A webhook on loopback that answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How one request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// With this status.
    Status(u16),
    /// With this status and place.
    Redirect(u16, String),
    /// With 200, a byte at a time.
    Slow,
    /// Not at all, until the client goes.
    Never,
    /// The connection is cut.
    Cut,
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// The webhook. What it was not told how to answer, it answers with 200.
pub(crate) struct Receiver {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub(crate) fn that<const N: usize>(answers: [Answer; N]) -> Self {
        Self::over(Vec::from(answers), serve)
    }

    /// One that wraps each connection first, as TLS does.
    pub(crate) fn over(
        answers: Vec<Answer>,
        serve: impl Fn(TcpStream, &Answer, &dyn Fn(Request)) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, serve) = (Arc::clone(&requests), Arc::new(serve));
        thread::spawn(move || {
            let mut answers = answers.into_iter();
            for stream in listener.incoming() {
                let (Ok(stream), kept, serve) = (stream, Arc::clone(&kept), Arc::clone(&serve)) else { return };
                let answer = answers.next().unwrap_or(Answer::Status(200));
                thread::spawn(move || {
                    // It is kept before it is answered: whoever was answered may look.
                    serve(stream, &answer, &|request| kept.lock().expect("not poisoned").push(request));
                });
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What came, in its order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, keep: &dyn Fn(Request)) {
    let request = stream.try_clone().ok().and_then(|stream| read(&mut BufReader::new(stream)));
    if let Some(request) = request {
        keep(request);
        respond(&mut stream, answer);
    }
}

/// Reads a request with a body.
pub(crate) fn read(from: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        from.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body).ok()?;
    Some(Request { line: line.trim_end().to_owned(), headers, body: String::from_utf8(body).ok()? })
}

/// Answers. What the client does with it is the test's business.
pub(crate) fn respond(stream: &mut (impl Read + Write), answer: &Answer) {
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} Told\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n")
    };
    let (text, slowly) = match answer {
        Answer::Status(status) => (head(*status, ""), false),
        Answer::Redirect(status, to) => (head(*status, &format!("location: {to}\r\n")), false),
        Answer::Slow => (head(200, ""), true),
        Answer::Never => {
            // Until the client goes.
            drop(stream.read(&mut [0]));
            return;
        }
        Answer::Cut => return,
    };
    for byte in text.as_bytes().chunks(if slowly { 1 } else { text.len() }) {
        drop(stream.write_all(byte));
        drop(stream.flush());
        if slowly {
            thread::sleep(Duration::from_millis(5));
        }
    }
}
