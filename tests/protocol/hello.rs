//! The first words of TLS, in the clear: a hello that rustls understands, and flights in
//! pieces, cut short and without end.

use std::io::Cursor;

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::hello::{Alert, Flight, MOST_BYTES, Malformed, ServerHello, Suite, Version, client_hello};

use super::samples::same;

type Test = fn() -> Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Test); 6] = [
        ("rustls_reads_what_is_offered", rustls_reads_what_is_offered),
        ("a_flight_is_read_in_any_pieces", a_flight_is_read_in_any_pieces),
        ("alerts_are_told_apart_from_warnings", alerts_are_told_apart_from_warnings),
        ("what_is_no_flight_is_refused", what_is_no_flight_is_refused),
        ("a_flight_without_end_is_left", a_flight_without_end_is_left),
        ("what_is_encrypted_is_left_alone", what_is_encrypted_is_left_alone),
    ];
    all.into_iter().map(|(name, test)| Trial::test(format!("hello::{name}"), test)).collect()
}

fn rustls_reads_what_is_offered() -> Result<(), Failed> {
    let mut acceptor = rustls::server::Acceptor::default();
    acceptor.read_tls(&mut Cursor::new(client_hello(&[7; 32], Some("sip.contoso.test"))))?;
    let accepted = acceptor.accept().map_err(|(error, _)| error)?.ok_or("a whole hello")?;
    let hello = accepted.client_hello();
    same("the name", hello.server_name(), Some("sip.contoso.test"))?;
    let suites: Vec<u16> = hello.cipher_suites().iter().map(|suite| u16::from(*suite)).collect();
    for suite in [0x002f, 0x0035, 0xc028, 0x009f, 0x009d, 0x000a, 0x00ff] {
        same("a suite of old servers", suites.contains(&suite), true)?;
    }
    let nameless = client_hello(&[7; 32], None);
    let mut acceptor = rustls::server::Acceptor::default();
    acceptor.read_tls(&mut Cursor::new(nameless))?;
    let accepted = acceptor.accept().map_err(|(error, _)| error)?.ok_or("a whole hello")?;
    Ok(same("no name", accepted.client_hello().server_name(), None::<&str>)?)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, top, high, low] = u32::try_from(body.len()).expect("short").to_be_bytes();
    [&[kind, top, high, low], body].concat()
}

fn record(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(bytes.len()).expect("short").to_be_bytes();
    [&[kind, 3, 1, high, low], bytes].concat()
}

/// TLS 1.0 and a suite, with a session of so many bytes.
fn server_hello(suite: u16, session: u8) -> Vec<u8> {
    let mut body = vec![3, 1];
    body.extend([7; 32]);
    body.push(session);
    body.extend(vec![9; usize::from(session)]);
    body.extend(suite.to_be_bytes());
    body.push(0);
    message(2, &body)
}

fn heard(bytes: &[u8], size: usize) -> Result<Flight, Malformed> {
    let mut flight = Flight::default();
    bytes.chunks(size).try_for_each(|piece| flight.push(piece))?;
    Ok(flight)
}

fn a_flight_is_read_in_any_pieces() -> Result<(), Failed> {
    let messages = [server_hello(0x002f, 32), message(11, &[0; 3000]), message(13, &[1, 1, 0, 0]), message(14, &[])];
    let whole = messages.concat();
    // One record for all, and records that end in the middle of messages.
    let flights = [record(22, &whole), whole.chunks(10).flat_map(|piece| record(22, piece)).collect()];
    for flight in flights {
        for size in [1, 2, 5, 100, flight.len()] {
            let heard = heard(&flight, size)?;
            let hello = ServerHello { version: Version(0x0301), suite: Suite(0x002f) };
            same("what it agrees on", heard.hello(), Some(hello))?;
            same("whether it asks", heard.asks_for_certificate(), true)?;
            same("an alert", heard.alert(), None)?;
        }
    }
    same("the words", format!("{}, {}", Version(0x0301), Suite(0x002f)), "TLS 1.0, AES128-SHA".to_owned())?;
    same("an unknown suite", Suite(0x5600).to_string(), "the cipher suite 0x5600".to_owned())?;
    Ok(same("its name", Suite(0x002f).iana(), Some("TLS_RSA_WITH_AES_128_CBC_SHA"))?)
}

fn alerts_are_told_apart_from_warnings() -> Result<(), Failed> {
    let warned = [record(21, &[1, 112]), record(22, &server_hello(0x0035, 0))].concat();
    let flight = heard(&warned, 3)?;
    same("a warning", flight.alert(), None)?;
    same("what follows it", flight.hello().map(|hello| hello.suite), Some(Suite(0x0035)))?;
    let flight = heard(&record(21, &[2, 70]), 1)?;
    same("an alert", flight.alert(), Some(Alert(70)))?;
    Ok(same("its name", Alert(70).to_string(), "protocol_version".to_owned())?)
}

fn what_is_no_flight_is_refused() -> Result<(), Failed> {
    let refused = |bytes: &[u8]| heard(bytes, 7).map(|_| ()).expect_err("refused");
    same("words", refused(b"220 mail.contoso.test"), Malformed::NotTls)?;
    same("another version", refused(&[22, 9, 9, 0, 1, 0]), Malformed::NotTls)?;
    same("a long record", refused(&[22, 3, 1, 0xff, 0xff, 0]), Malformed::Long)?;
    same("a long message", refused(&record(22, &[11, 0xff, 0xff, 0xff])), Malformed::Long)?;
    for length in 0..37 {
        let cut = message(2, &vec![0; length]);
        same("a hello cut short", refused(&record(22, &cut)), Malformed::Hello)?;
    }
    Ok(same("an empty flight", heard(&[], 1)?.hello(), None)?)
}

fn a_flight_without_end_is_left() -> Result<(), Failed> {
    let mut flight = Flight::default();
    // Records without anything in them, and messages that nobody waits for.
    for piece in [record(22, &[]), record(22, &message(0, &[])), record(21, &[1, 0])] {
        let ended = (0..=MOST_BYTES).find_map(|_| flight.push(&piece).err());
        same("the end", ended, Some(Malformed::Long))?;
        flight = Flight::default();
    }
    Ok(())
}

fn what_is_encrypted_is_left_alone() -> Result<(), Failed> {
    // A session that goes on: the change of ciphers follows the hello.
    let flight = [record(22, &server_hello(0x002f, 32)), record(20, &[1]), vec![0xff; 100]].concat();
    Ok(same("what it agrees on", heard(&flight, 11)?.hello().map(|hello| hello.suite), Some(Suite(0x002f)))?)
}
