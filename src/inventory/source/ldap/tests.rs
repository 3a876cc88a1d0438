//! Against a server that says whatever a test wants, over a connection without TLS.

use std::time::Duration;

use bytes::BytesMut;
use futures::future::BoxFuture;
use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapExtendedResponse, LdapFilter, LdapMsg, LdapOp, LdapPartialAttribute, LdapResult, LdapResultCode,
    LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::codec::{Decoder, Encoder};

use super::client::{Client, open};
use super::entry::Entry;
use super::search::{Pace, Query, Searched, search};
use super::way::{Stream, Way};
use crate::environment::Encryption;
use crate::values::HostPort;

/// Long enough for a busy machine; nothing waits for it.
const PATIENT: Duration = Duration::from_mins(1);

/// The other side.
struct Server {
    stream: DuplexStream,
    codec: LdapCodec,
    buffer: BytesMut,
}

impl Server {
    /// The next request, if the client is still there.
    async fn asked(&mut self) -> Option<LdapMsg> {
        loop {
            if let Some(message) = self.codec.decode(&mut self.buffer).expect("a request") {
                return Some(message);
            }
            if self.stream.read_buf(&mut self.buffer).await.ok()? == 0 {
                return None;
            }
        }
    }

    async fn says(&mut self, msgid: i32, op: LdapOp, ctrl: Vec<LdapControl>) {
        let mut bytes = BytesMut::new();
        self.codec.encode(LdapMsg { msgid, op, ctrl }, &mut bytes).expect("encoded");
        self.raw(&bytes).await;
    }

    /// A client that has given up hears nothing more.
    async fn raw(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes).await);
    }
}

fn result(code: LdapResultCode, message: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: message.to_owned(), referral: Vec::new() }
}

fn done() -> LdapOp {
    LdapOp::SearchResultDone(result(LdapResultCode::Success, ""))
}

fn object(number: usize, attributes: &[(&str, &[&str])]) -> LdapOp {
    let attributes = attributes.iter().map(|(name, values)| LdapPartialAttribute {
        atype: (*name).to_owned(),
        vals: values.iter().map(|value| value.as_bytes().to_vec()).collect(),
    });
    LdapOp::SearchResultEntry(LdapSearchResultEntry { dn: format!("CN={number}"), attributes: attributes.collect() })
}

fn page(cookie: &[u8]) -> Vec<LdapControl> {
    vec![LdapControl::SimplePagedResults { size: 0, cookie: cookie.to_vec() }]
}

fn asked_for(message: &LdapMsg) -> &LdapSearchRequest {
    let LdapOp::SearchRequest(request) = &message.op else { panic!("no search: {message:?}") };
    request
}

/// Searches a server that acts as a test says.
async fn against<F: Future<Output = ()> + Send + 'static>(
    timeout: Duration,
    act: impl FnOnce(Server) -> F,
) -> (Searched, Vec<Entry>) {
    let (near, far) = duplex(64 << 10);
    let server = Server { stream: far, codec: LdapCodec::new(Some(1 << 20), None), buffer: BytesMut::new() };
    let acting = tokio::spawn(act(server));
    let mut client = Client::over(near, &"dc1.contoso.com:636".parse().expect("a target"), 1 << 20);
    let query = Query {
        base: "DC=contoso,DC=com".to_owned(),
        scope: LdapSearchScope::Subtree,
        filter: LdapFilter::Present("objectClass".to_owned()),
        attributes: vec!["proxyAddresses".to_owned()],
    };
    let pace = Pace { page: Some(2), timeout, deadline: Instant::now() + PATIENT };
    let mut entries = Vec::new();
    let searched = search(&mut client, &query, pace, |entry| entries.push(entry)).await;
    drop(client);
    acting.await.expect("the server's side holds");
    (searched, entries)
}

fn trouble(searched: &Searched) -> &str {
    searched.trouble.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn pages_are_asked_for_until_there_are_none() {
    let (searched, entries) = against(PATIENT, |mut server| async move {
        for (number, cookie) in ["", "one", "two"].into_iter().enumerate() {
            let message = server.asked().await.expect("a page");
            let sent = message.ctrl.iter().find_map(|control| match control {
                LdapControl::SimplePagedResults { size, cookie } => Some((*size, cookie.clone())),
                _ => None,
            });
            assert_eq!(sent, Some((2, cookie.as_bytes().to_vec())));
            server.says(message.msgid, object(number, &[]), Vec::new()).await;
            server.says(message.msgid, done(), page(["one", "two", ""][number].as_bytes())).await;
        }
        assert!(server.asked().await.is_none());
    })
    .await;
    assert_eq!(searched, Searched { entries: 3, pages: 3, ..Searched::default() });
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn values_in_ranges_are_fetched_to_the_end() {
    let (searched, entries) = against(PATIENT, |mut server| async move {
        let message = server.asked().await.expect("a search");
        server
            .says(
                message.msgid,
                object(1, &[("proxyAddresses", &[]), ("proxyAddresses;range=0-1", &["a", "b"])]),
                Vec::new(),
            )
            .await;
        server.says(message.msgid, object(2, &[("proxyAddresses", &["x"])]), Vec::new()).await;
        server.says(message.msgid, done(), Vec::new()).await;
        for (asked, answer, values) in [
            ("proxyAddresses;range=2-*", "proxyAddresses;range=2-3", ["c", "d"]),
            ("proxyAddresses;range=4-*", "proxyAddresses;range=4-*", ["e", "f"]),
        ] {
            let message = server.asked().await.expect("the rest");
            let request = asked_for(&message);
            assert_eq!((request.base.as_str(), &request.scope), ("CN=1", &LdapSearchScope::Base));
            assert_eq!(request.attrs, [asked]);
            server.says(message.msgid, object(1, &[(answer, &values)]), Vec::new()).await;
            server.says(message.msgid, done(), Vec::new()).await;
        }
    })
    .await;
    assert_eq!(searched, Searched { entries: 2, pages: 1, ..Searched::default() });
    let ranged = entries.iter().find(|entry| entry.dn == "CN=1").expect("it came");
    assert_eq!((ranged.values("proxyAddresses").len(), ranged.broken("proxyAddresses")), (6, None));
}

#[tokio::test]
async fn a_range_that_goes_round_in_circles_is_given_up() {
    let (searched, entries) = against(PATIENT, |mut server| async move {
        let message = server.asked().await.expect("a search");
        server.says(message.msgid, object(1, &[("a;range=0-1", &["a", "b"])]), Vec::new()).await;
        server.says(message.msgid, done(), Vec::new()).await;
        while let Some(message) = server.asked().await {
            server.says(message.msgid, object(1, &[("a;range=0-1", &["a", "b"])]), Vec::new()).await;
            server.says(message.msgid, done(), Vec::new()).await;
        }
    })
    .await;
    assert_eq!(searched.trouble, None);
    assert!(entries[0].broken("a").is_some_and(|why| why.contains("don't come to an end")), "{entries:?}");
}

#[tokio::test]
async fn limits_and_refusals_are_told_and_nothing_is_lost() {
    for (code, message, word) in [
        (LdapResultCode::SizeLimitExceeded, "", "size limit"),
        (LdapResultCode::TimeLimitExceeded, "", "time limit"),
        (LdapResultCode::AdminLimitExceeded, "", "administrative limit"),
        (LdapResultCode::NoSuchObject, "0000208D: NameErr: DSID-03100241", "no such object"),
        (
            LdapResultCode::OperationsError,
            "000004DC: LdapErr: DSID-0C090A5C, comment: bind first, data 0",
            "bind first",
        ),
        (LdapResultCode::Referral, "", "not followed"),
    ] {
        let (searched, entries) = against(PATIENT, |mut server| async move {
            let asked = server.asked().await.expect("a search");
            server.says(asked.msgid, object(1, &[]), Vec::new()).await;
            server.says(asked.msgid, LdapOp::SearchResultDone(result(code, message)), Vec::new()).await;
        })
        .await;
        assert!(trouble(&searched).contains(word), "{searched:?}");
        assert_eq!((entries.len(), searched.entries), (1, 1));
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_not_waited_for() {
    let short = Duration::from_millis(50);
    let (searched, entries) = against(short, |mut server| async move {
        let message = server.asked().await.expect("a search");
        server.says(message.msgid, object(1, &[]), Vec::new()).await;
        assert!(server.asked().await.is_none());
    })
    .await;
    assert!(trouble(&searched).contains("no whole answer in time"), "{searched:?}");
    assert_eq!(entries.len(), 1);
}

#[tokio::test]
async fn a_server_that_never_ends_is_not_listened_to_for_ever() {
    let (searched, _) = against(Duration::from_millis(50), |mut server| async move {
        let message = server.asked().await.expect("a search");
        let mut bytes = BytesMut::new();
        let endless = LdapMsg { msgid: message.msgid, op: object(1, &[]), ctrl: Vec::new() };
        server.codec.encode(endless, &mut bytes).expect("encoded");
        while server.stream.write_all(&bytes).await.is_ok() {}
    })
    .await;
    assert!(trouble(&searched).contains("no whole answer in time"), "{searched:?}");
}

#[tokio::test]
async fn what_is_no_ldap_is_told() {
    // Far too long, far too deep, not BER, not a message, and half of one.
    let long = [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff];
    let mut deep = Vec::new();
    for _ in 0..2000 {
        let inner = deep.len();
        let mut outer =
            vec![0x30, 0x82, u8::try_from(inner >> 8).expect("short"), u8::try_from(inner & 255).expect("a byte")];
        outer.append(&mut deep);
        deep = outer;
    }
    let cases: [(&[u8], bool, &str); 5] = [
        (&long, false, "too long"),
        (&deep, true, "not LDAP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", false, "doesn't speak LDAP, it said `HTTP/1.1 400 Bad Request"),
        (&[0x30, 0x03, 0x02, 0x01, 0x01], true, "not LDAP"),
        (&[0x30, 0x20, 0x02], true, "closed the connection"),
    ];
    for (bytes, closes, word) in cases {
        let bytes = bytes.to_vec();
        let (searched, _) = against(PATIENT, move |mut server| async move {
            server.asked().await.expect("a search");
            server.raw(&bytes).await;
            // Who announces two gigabytes also sends them, until nobody listens.
            while !closes && server.stream.write_all(&[0; 4096]).await.is_ok() {}
        })
        .await;
        assert!(trouble(&searched).contains(word), "{searched:?}");
    }
}

#[tokio::test]
async fn an_answer_to_something_else_is_no_answer() {
    let (searched, _) = against(PATIENT, |mut server| async move {
        let message = server.asked().await.expect("a search");
        server.says(message.msgid + 7, done(), Vec::new()).await;
    })
    .await;
    assert!(trouble(&searched).contains("answers what was not asked"), "{searched:?}");
    let (searched, _) = against(PATIENT, |mut server| async move {
        let message = server.asked().await.expect("a search");
        server.says(message.msgid, LdapOp::DelResponse(result(LdapResultCode::Success, "")), Vec::new()).await;
    })
    .await;
    assert!(trouble(&searched).contains("with something else"), "{searched:?}");
}

#[tokio::test]
async fn a_notice_of_disconnection_is_told() {
    let (searched, _) = against(PATIENT, |mut server| async move {
        server.asked().await.expect("a search");
        let notice = LdapExtendedResponse {
            res: result(LdapResultCode::Unavailable, "going down"),
            name: Some("1.3.6.1.4.1.1466.20036".to_owned()),
            value: None,
        };
        server.says(0, LdapOp::ExtendedResponse(notice), Vec::new()).await;
    })
    .await;
    assert!(trouble(&searched).contains("not available") && trouble(&searched).contains("going down"), "{searched:?}");
}

/// Connects to a server of the test, and takes it for encrypted, or refuses to.
struct TestWay {
    server: std::net::SocketAddr,
    distrust: Option<&'static str>,
}

impl Way for TestWay {
    fn connect<'a>(&'a self, _: &'a HostPort, _: Instant) -> BoxFuture<'a, Result<TcpStream, String>> {
        Box::pin(async { TcpStream::connect(self.server).await.map_err(|error| error.to_string()) })
    }

    fn secure<'a>(
        &'a self,
        stream: TcpStream,
        _: &'a HostPort,
        _: Instant,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, String>> {
        Box::pin(async move {
            match self.distrust {
                Some(why) => Err(why.to_owned()),
                None => Ok(Box::new(stream) as Box<dyn Stream>),
            }
        })
    }
}

/// Asks for `StartTLS` a server that answers with these bytes, and returns what became of it,
/// and what the server was sent.
async fn start_tls(
    answer: Vec<u8>,
    distrust: Option<&'static str>,
    timeout: Duration,
) -> (Result<(), String>, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = listener.local_addr().expect("an address");
    let hearing = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut heard = vec![0; 1024];
        let first = stream.read(&mut heard).await.expect("a request");
        heard.truncate(first);
        drop(stream.write_all(&answer).await);
        drop(stream.read_to_end(&mut heard).await);
        heard
    });
    let target = "dc1.contoso.com:389".parse().expect("a target");
    let opened = open(&TestWay { server, distrust }, &target, Encryption::StartTls, Instant::now() + timeout).await;
    let opened = opened.map(drop);
    (opened, hearing.await.expect("the server's side holds"))
}

fn agreed(code: LdapResultCode) -> Vec<u8> {
    let answer = LdapExtendedResponse { res: result(code, "as you like"), name: None, value: None };
    let mut bytes = BytesMut::new();
    let message = LdapMsg { msgid: 1, op: LdapOp::ExtendedResponse(answer), ctrl: Vec::new() };
    LdapCodec::default().encode(message, &mut bytes).expect("encoded");
    bytes.to_vec()
}

#[tokio::test]
async fn start_tls_is_agreed_on_before_anything_else() {
    let yes = agreed(LdapResultCode::Success);
    let (opened, heard) = start_tls(yes.clone(), None, PATIENT).await;
    assert_eq!(opened, Ok(()));
    // The object identifier of the request, and nothing else of interest.
    assert!(String::from_utf8_lossy(&heard).contains("1.3.6.1.4.1.1466.20037") && heard.len() < 40, "{heard:?}");
    let mut more = yes.clone();
    more.extend_from_slice(&yes);
    let cases: [(Vec<u8>, Option<&'static str>, &str); 5] = [
        (agreed(LdapResultCode::ProtocolError), None, "did not understand the request (code 2, `as you like`)"),
        // What was slipped in before the encryption must not count as said under it.
        (more, None, "in the clear"),
        (b"220 smtp.contoso.com ESMTP\r\n".to_vec(), None, "doesn't speak LDAP"),
        (yes, Some("an unknown authority"), "an unknown authority"),
        (Vec::new(), None, "in time"),
    ];
    for (answer, distrust, word) in cases {
        let patience = if answer.is_empty() { Duration::from_millis(50) } else { PATIENT };
        let (opened, heard) = start_tls(answer, distrust, patience).await;
        let trouble = opened.expect_err("refused");
        assert!(trouble.contains(word), "{trouble}");
        assert!(heard.len() < 40, "nothing was said beside the request: {heard:?}");
    }
}
