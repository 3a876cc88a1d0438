//! `http`, against servers that break the rules, never end, or take their time.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use poolproof::observe::ErrorClass;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::http::{asked, configuration, request, saying};
use super::world::World;

/// A server that says the beginning, and then the rest again and again.
async fn endless(world: World, beginning: &'static str, rest: &'static [u8]) -> World {
    let peer = move |mut stream: TcpStream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(beginning.as_bytes()).await;
        while stream.write_all(rest).await.is_ok() {}
    };
    world.listen("10.0.0.1:80", peer).await
}

#[tokio::test]
async fn a_redirect_loop_is_told() {
    let world = saying("10.0.0.1:80", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n").await;
    let question = json!({"url": "http://10.0.0.1/", "redirects": 10});
    let message = world.error("http", question, ErrorClass::Protocol).await;
    assert!(message.contains("redirect loop: http://10.0.0.1/ → http://10.0.0.1/"), "{message}");
}

#[tokio::test]
async fn of_a_very_long_address_the_beginning_is_told() {
    let long = "a".repeat(50_000);
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: /{long}\r\nContent-Length: 0\r\n\r\n");
    let world = saying("10.0.0.1:80", answer).await;
    let question = json!({"url": "http://10.0.0.1/", "redirects": 3});
    let message = world.error("http", question, ErrorClass::Protocol).await;
    assert!(message.starts_with("http: redirect loop: ") && message.ends_with(" bytes)"), "{message}");
    assert!(message.chars().count() < 4_100, "{}", message.len());
}

#[tokio::test]
async fn what_breaks_the_rules_is_an_error_that_says_so() {
    for (answer, words) in [
        ("SSH-2.0-OpenSSH_9.6\r\n", "it said `SSH-2.0-OpenSSH_9.6`"),
        ("SIP/2.0 400 Bad Request\r\n\r\n", "it said `SIP/2.0 400 Bad Request`"),
        ("", "closed the connection before any answer"),
        ("HTTP/1.1 200 OK\r\nServer: x\r\n", "closed the connection before the end of its answer"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "breaks the rules"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "breaks the rules"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "breaks the rules"),
        ("HTTP/1.1 twohundred OK\r\n\r\n", "breaks the rules"),
        ("HTTP/3.7 200 OK\r\n\r\n", "breaks the rules"),
        ("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "breaks the rules"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\na", "its body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na", "its body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole", "its body"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "its body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "its body"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain", "can't be decoded"),
    ] {
        let world = saying("10.0.0.1:80", answer).await;
        let message = world.error("http", asked(), ErrorClass::Protocol).await;
        assert!(message.contains(words) && message.contains("http://10.0.0.1/"), "{words}: {message}");
    }
}

#[tokio::test]
async fn an_endless_header_is_an_error() {
    let world = endless(World::new(), "HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n").await;
    let message = world.error("http", asked(), ErrorClass::Protocol).await;
    assert!(message.contains("larger than"), "{message}");
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let world = endless(World::new(), "HTTP/1.1 200 OK\r\n\r\n", &[b'a'; 4096]).await;
    let (facts, unknown) = world.partial("http", asked()).await;
    assert_eq!((&facts["body_truncated"], &facts["body_bytes"]), (&json!(true), &json!(256 << 10)));
    assert_eq!(unknown, ["json"]);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_body() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream| {
            request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
            let _ = stream.set_zero_linger();
        })
        .await;
    let answer = world.ask("http", asked()).await.expect_err("half a body");
    assert!(matches!(answer.class, ErrorClass::Connect | ErrorClass::Protocol), "{answer:?}");
}

#[tokio::test]
async fn one_byte_a_second_gets_a_verdict_in_time() {
    let world = World::new().impatient().listen("10.0.0.1:80", async |mut stream| {
        request(&mut stream).await;
        for byte in b"HTTP/1.1 200 OK\r\n" {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    });
    let error = world.await.error("http", asked(), ErrorClass::Timeout).await;
    assert!(error.contains("header was not complete in time"), "{error}");
}

#[tokio::test]
async fn a_banner_before_the_request_is_told() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream| {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        })
        .await;
    let error = world.error("http", asked(), ErrorClass::Protocol).await;
    assert!(error.contains("it doesn't speak HTTP, it said `SSH-2.0-OpenSSH_9.2`"), "{error}");
}

#[tokio::test]
async fn a_loop_over_several_addresses_is_told() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream: TcpStream| {
            let line = request(&mut stream).await;
            let next = if line.starts_with("GET /a ") { "/b" } else { "/a" };
            let answer = format!("HTTP/1.1 301 Moved\r\nLocation: {next}\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
    let question = json!({"url": "http://10.0.0.1/a", "redirects": 10});
    let message = world.error("http", question, ErrorClass::Protocol).await;
    let way = "http://10.0.0.1/a → http://10.0.0.1/b → http://10.0.0.1/a";
    assert!(message.contains(&format!("redirect loop: {way}")), "{message}");
}

#[tokio::test]
async fn redirects_without_end_are_followed_as_far_as_is_wanted() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream: TcpStream| {
            let path = request(&mut stream).await.split(' ').nth(1).expect("a path").to_owned();
            let answer = format!("HTTP/1.1 302 Found\r\nLocation: {path}x\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
    let (facts, _) = world.partial("http", json!({"url": "http://10.0.0.1/", "redirects": 10})).await;
    assert_eq!((&facts["status"], facts["redirects"].as_array().map(Vec::len)), (&json!(302), Some(10)));
    assert_eq!(facts["url"], "http://10.0.0.1/xxxxxxxxxx");
    let message = world.error("http", json!({"url": "http://10.0.0.1/", "redirects": 11}), ErrorClass::NotAsked).await;
    assert!(message.contains("at most 10"), "{message}");
}

#[tokio::test]
async fn a_hundred_thousand_header_fields_are_not_read() {
    let fields: String = (0..100_000).map(|at| format!("x-{at}: {at}\r\n")).collect();
    let world = saying("10.0.0.1:80", format!("HTTP/1.1 200 OK\r\n{fields}\r\n")).await;
    let message = world.error("http", asked(), ErrorClass::Protocol).await;
    assert!(message.contains("larger than"), "{message}");
    let few: String = (0..101).map(|at| format!("x-{at}: {at}\r\n")).collect();
    let world = saying("10.0.0.1:80", format!("HTTP/1.1 200 OK\r\n{few}\r\n")).await;
    let message = world.error("http", asked(), ErrorClass::Protocol).await;
    assert!(message.contains("100 fields"), "{message}");
}

#[tokio::test]
async fn an_endless_chunked_body_is_cut() {
    let chunk = b"4000\r\n";
    let mut whole = chunk.to_vec();
    whole.extend([b'a'; 0x4000]);
    whole.extend(b"\r\n");
    let whole: &'static [u8] = whole.leak();
    let world = endless(World::new(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", whole).await;
    let (facts, _) = world.partial("http", asked()).await;
    assert_eq!((&facts["body_truncated"], &facts["body_bytes"]), (&json!(true), &json!(256 << 10)));
}

#[tokio::test]
async fn endless_chunk_extensions_and_trailers_get_a_verdict() {
    for (beginning, rest) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", &b"a=b;"[..]),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", &b"x-more: and more\r\n"[..]),
    ] {
        let world = endless(World::new().half_patient(), beginning, rest).await;
        let error = world.ask("http", asked()).await.expect_err("no end");
        assert!(matches!(error.class, ErrorClass::Protocol | ErrorClass::Timeout), "{error:?}");
        assert!(error.message.contains("its body"), "{error:?}");
    }
}

/// What unpacks to many megabytes.
fn bomb(times: usize) -> Vec<u8> {
    let mut packed = vec![b'0'; 64 << 20];
    for _ in 0..times {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&packed).expect("written");
        packed = encoder.finish().expect("packed");
    }
    packed
}

#[tokio::test]
async fn a_decompression_bomb_is_cut() {
    for (times, coding) in [(1, "gzip"), (2, "gzip, gzip")] {
        let packed = bomb(times);
        let length = packed.len();
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        answer.extend(packed);
        let world = saying("10.0.0.1:80", answer).await;
        let (facts, unknown) = world.partial("http", asked()).await;
        assert_eq!((&facts["body_truncated"], &facts["body_bytes"]), (&json!(true), &json!(256 << 10)));
        assert!(unknown.contains(&"json".to_owned()), "{unknown:?}");
    }
}

#[tokio::test]
async fn a_body_of_one_byte_a_second_gets_a_verdict_in_time() {
    let world = World::new().impatient().listen("10.0.0.1:80", async |mut stream| {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
        while stream.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let error = world.await.error("http", asked(), ErrorClass::Timeout).await;
    assert!(error.contains("its body was not complete in time"), "{error}");
}

#[tokio::test]
async fn provisional_answers_without_end_get_a_verdict() {
    let world = endless(World::new().half_patient(), "", b"HTTP/1.1 100 Continue\r\n\r\n").await;
    let error = world.ask("http", asked()).await.expect_err("no answer");
    assert!(matches!(error.class, ErrorClass::Protocol | ErrorClass::Timeout), "{error:?}");
}

/// A frame of HTTP/2 (RFC 9113 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// An HTTPS server that agrees to HTTP/2, greets, and then says this again and again.
async fn over_http2(beginning: Vec<u8>, rest: Vec<u8>) -> World {
    let acceptor = TlsAcceptor::from(Arc::new(configuration(&["h2"])));
    let world = World::new().half_patient().a("web01.contoso.test.", "10.0.0.1").zone().await;
    world
        .listen("10.0.0.1:443", move |stream| {
            let (acceptor, beginning, rest) = (acceptor.clone(), beginning.clone(), rest.clone());
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut preface = [0; 24];
                if stream.read_exact(&mut preface).await.is_err() {
                    return;
                }
                let _ = stream.write_all(&beginning).await;
                while !rest.is_empty() && stream.write_all(&rest).await.is_ok() {}
                std::future::pending::<()>().await;
            }
        })
        .await
}

#[tokio::test]
async fn http2_that_never_ends_gets_a_verdict() {
    // `:status: 200` from the static table, and a literal field (RFC 7541 6).
    let field = b"\x00\x06x-more\x08and more";
    let settings = frame(4, 0, 0, &[]);
    let headers = |flags| [settings.clone(), frame(1, flags, 1, b"\x88")].concat();
    let endless_header = (headers(0), frame(9, 0, 1, &field.repeat(500)));
    let endless_settings = (settings.clone(), settings.clone());
    let endless_pings = (settings.clone(), frame(6, 0, 0, &[0; 8]));
    let silence = (settings.clone(), Vec::new());
    let cases = [endless_header, endless_settings, endless_pings, silence].map(async |(beginning, rest)| {
        let world = over_http2(beginning, rest).await;
        let question = json!({"url": "https://web01.contoso.test/", "version": "2"});
        let error = world.ask("http", question).await.expect_err("no answer");
        assert!(matches!(error.class, ErrorClass::Protocol | ErrorClass::Timeout | ErrorClass::Connect), "{error:?}");
        assert!(error.message.contains("https://web01.contoso.test/ at 10.0.0.1:443"), "{error:?}");
    });
    futures::future::join_all(cases).await;
    let world = over_http2(headers(4), Vec::new()).await;
    let question = json!({"url": "https://web01.contoso.test/", "version": "2"});
    let error = world.error("http", question, ErrorClass::Timeout).await;
    assert!(error.contains("its body was not complete in time"), "{error}");
}

#[tokio::test]
async fn http_that_is_not_what_was_agreed() {
    let acceptor = TlsAcceptor::from(Arc::new(configuration(&["h2"])));
    let world = World::new().a("web01.contoso.test.", "10.0.0.1").zone().await;
    let world = world
        .listen("10.0.0.1:443", move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                let _ = stream.shutdown().await;
            }
        })
        .await;
    let error = world.error("http", json!({"url": "https://web01.contoso.test/"}), ErrorClass::Protocol).await;
    assert!(error.contains("breaks the rules of HTTP"), "{error}");
}
