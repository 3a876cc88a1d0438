//! MS-TURN against bytes that libnice writes, and against what is not MS-TURN.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::msturn::{
    AttributeKind, ErrorCode, Frames, Integrity, Key, Kind, Malformed, Message, SequenceNumber, begins_client_hello,
    begins_server_hello, client_hello, framed, server_hello,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::peers;
use super::samples::same;
use super::world::World;

const TRANSACTION: [u8; 16] =
    [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf];
const BARE: &str = "00030010a0a1a2a3a4a5a6a7a8a9aaabacadaeaf000f000472c64bc68008000400000001";
const REFUSAL: &str = "01130040a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0009001000000401556e617574686f72697a6564\
    000f000472c64bc60015000a227274636d656469612200140012223031323334353637383961626364656622";
const SIGNED: &str = "00030058a0a1a2a3a4a5a6a7a8a9aaabacadaeaf000f000472c64bc680080004000000010015000a227274636d65\
    6469612200140012223031323334353637383961626364656622000600080102030405060708000800\
    14e59636b58a4e3328e56af98a3d218ad604e373c7";
const PROLOGUE: &str =
    "160301002d010000290301c1fcd5a36d93dd7e0b45673fec7985fbbc3fd660c2ce8485081b8121bcaa10fb00000200180100";

const SAMPLES: [&str; 6] = [
    "pseudo-tls-client-hello-msoc",
    "pseudo-tls-server-hello-msoc",
    "rfc5769-2.1-request",
    "rfc5769-2.2-ipv4-response",
    "rfc5769-2.3-ipv6-response",
    "rfc5769-2.4-long-term-request",
];

type Test = fn() -> Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let vectors: [(&str, Test); 6] = [
        ("requests_are_those_of_libnice", requests_are_those_of_libnice),
        ("the_refusal_of_libnice_is_read", the_refusal_of_libnice_is_read),
        ("every_bit_of_a_signed_message_counts", every_bit_of_a_signed_message_counts),
        ("addresses_and_numbers_come_back", addresses_and_numbers_come_back),
        ("frames_come_whole_from_any_pieces", frames_come_whole_from_any_pieces),
        ("what_is_broken_is_refused", what_is_broken_is_refused),
    ];
    let vectors = vectors.map(|(name, test)| Trial::test(format!("msturn::{name}"), test));
    let samples = SAMPLES
        .map(|file| peers::trial(&format!("msturn::{file}"), move || sample(file), move |bytes| met(file, &bytes)));
    let all = peers::trial(
        "msturn::every_sample_is_met",
        || peers::shared("samples/turn"),
        |folder| {
            let mut found: Vec<String> = std::fs::read_dir(folder)?
                .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().replace(".hex.txt", "")))
                .collect::<Result<_, _>>()?;
            found.sort();
            Ok(same("the samples", found.as_slice(), SAMPLES.as_slice())?)
        },
    );
    vectors.into_iter().chain(samples).chain([all]).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn sample(file: &str) -> Result<Vec<u8>, String> {
    let path = peers::shared(&format!("samples/turn/{file}.hex.txt"))?;
    Ok(bytes(&std::fs::read_to_string(path).map_err(|error| error.to_string())?))
}

fn request() -> Message {
    Message::new(Kind::ALLOCATE, TRANSACTION).with(AttributeKind::MS_VERSION, [0, 0, 0, 1])
}

fn signed_request() -> Message {
    request()
        .with(AttributeKind::REALM, *b"\"rtcmedia\"")
        .with(AttributeKind::NONCE, *b"\"0123456789abcdef\"")
        .with(AttributeKind::USERNAME, [1, 2, 3, 4, 5, 6, 7, 8])
}

fn key() -> Key {
    Key::of(&[1, 2, 3, 4, 5, 6, 7, 8], b"\"rtcmedia\"", &[0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18])
}

fn requests_are_those_of_libnice() -> Result<(), Failed> {
    same("a bare request", request().encode()?, bytes(BARE))?;
    same("the key", key().bytes().to_vec(), bytes("a763e03602aaa827a94d1870b65021a3"))?;
    let bare = Key::of(&[1, 2, 3, 4, 5, 6, 7, 8], b"rtcmedia", &[0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]);
    same("the key of a realm without quotation marks", bare.bytes(), key().bytes())?;
    same("a signed request", key().sign(&signed_request())?, bytes(SIGNED))?;
    let read = Message::decode(&bytes(SIGNED))?;
    same("its signature", key().verify(&read, &bytes(SIGNED)), Integrity::Valid)?;
    same("a request without one", key().verify(&request(), &bytes(BARE)), Integrity::Absent)?;
    let prologue = bytes(PROLOGUE);
    let random = prologue[11..43].try_into()?;
    same("the prologue", client_hello(random).to_vec(), prologue)?;
    Ok(())
}

fn the_refusal_of_libnice_is_read() -> Result<(), Failed> {
    let refusal = Message::decode(&bytes(REFUSAL))?;
    same("its type", refusal.kind, Kind::ALLOCATE_ERROR)?;
    same("its code", refusal.error(), Some(ErrorCode { code: 401, reason: "Unauthorized".into() }))?;
    same("its realm", refusal.get(AttributeKind::REALM), Some(b"\"rtcmedia\"".as_slice()))?;
    same("its nonce", refusal.get(AttributeKind::NONCE), Some(b"\"0123456789abcdef\"".as_slice()))?;
    same("the cookie's place", refusal.begins_with_cookie(), false)?;
    same("written again", refusal.encode()?, bytes(REFUSAL))?;
    Ok(())
}

fn every_bit_of_a_signed_message_counts() -> Result<(), Failed> {
    let signed = bytes(SIGNED);
    for bit in 0..signed.len() * 8 {
        let mut broken = signed.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        if let Ok(message) = Message::decode(&broken) {
            let integrity = key().verify(&message, &broken);
            if integrity == Integrity::Valid {
                return Err(format!("bit {bit} makes no difference").into());
            }
        }
    }
    // What follows the signature is not signed.
    let longer = Message::decode(&signed)?.with(AttributeKind::LIFETIME, [0, 0, 0, 0]);
    same("more behind it", key().verify(&longer, &longer.encode()?), Integrity::Wrong)?;
    same("another key", Key::of(b"a", b"b", b"c").verify(&Message::decode(&signed)?, &signed), Integrity::Wrong)?;
    Ok(())
}

fn addresses_and_numbers_come_back() -> Result<(), Failed> {
    for address in ["198.51.100.7:50000", "[2001:db8::7]:59999"] {
        let address = address.parse()?;
        let message = Message::new(Kind::ALLOCATE_RESPONSE, TRANSACTION)
            .with_address(AttributeKind::MAPPED_ADDRESS, address)
            .with_masked_address(AttributeKind::XOR_MAPPED_ADDRESS, address)
            .with(AttributeKind::LIFETIME, 600_u32.to_be_bytes())
            .with_sequence(SequenceNumber { connection: [7; 20], number: 3 });
        let read = Message::decode(&message.encode()?)?;
        same("the message", &read, &message)?;
        same("the address", read.address(AttributeKind::MAPPED_ADDRESS), Some(address))?;
        same("the masked address", read.masked_address(AttributeKind::XOR_MAPPED_ADDRESS), Some(address))?;
        same("the lifetime", read.number(AttributeKind::LIFETIME), Some(600))?;
        same("the sequence", read.sequence(), Some(SequenceNumber { connection: [7; 20], number: 3 }))?;
    }
    // 192.0.2.1:32853 masked by a0a1a2a3, as wire bytes.
    let masked = Message::new(Kind::ALLOCATE_RESPONSE, TRANSACTION)
        .with_masked_address(AttributeKind::XOR_MAPPED_ADDRESS, "192.0.2.1:32853".parse()?);
    same(
        "masked",
        masked.get(AttributeKind::XOR_MAPPED_ADDRESS),
        Some([0, 1, 0x20, 0xf4, 0x60, 0xa1, 0xa0, 0xa2].as_slice()),
    )?;
    Ok(())
}

fn frames_come_whole_from_any_pieces() -> Result<(), Failed> {
    let stream = [framed(&bytes(BARE))?, framed(&bytes(SIGNED))?].concat();
    for size in [1, 3, 7, stream.len()] {
        let (mut frames, mut bodies) = (Frames::default(), Vec::new());
        for piece in stream.chunks(size) {
            frames.push(piece);
            while let Some(frame) = frames.frame()? {
                bodies.push(frame.body);
            }
        }
        same("the messages", bodies, vec![bytes(BARE), bytes(SIGNED)])?;
        same("nothing is left", frames.rest().is_empty(), true)?;
    }
    Ok(())
}

fn what_is_broken_is_refused() -> Result<(), Failed> {
    let bare = bytes(BARE);
    let refused = |bytes: &[u8]| Message::decode(bytes).expect_err("refused");
    for end in 0..20 {
        same("a piece of a header", refused(&bare[..end]), Malformed::Short(end))?;
    }
    same("cut short", refused(&bare[..30]), Malformed::Length { told: 16, there: 10 })?;
    let mut no_cookie = bare.clone();
    no_cookie[24] ^= 1;
    same("another cookie", refused(&no_cookie), Malformed::NoCookie)?;
    let many = (0..64).fold(request(), |message, _| message.with(AttributeKind(0x7fff), []));
    same("many attributes", refused(&many.encode()?), Malformed::Many)?;
    let long = request().with(AttributeKind(0x7fff), vec![0; 9000]).encode()?;
    same("long", refused(&long), Malformed::Long(long.len()))?;
    let endless = request().with(AttributeKind(0x7fff), vec![0; 70_000]);
    same("too long to be written", endless.encode().is_err(), true)?;
    Ok(())
}

/// What becomes of a sample where it would be met.
fn met(file: &str, sample: &[u8]) -> Result<(), Failed> {
    match file {
        "pseudo-tls-client-hello-msoc" => {
            same("as a client's", begins_client_hello(sample), true)?;
            same("as a server's", begins_server_hello(sample), false)?;
            Ok(same("written by us", client_hello(sample[11..43].try_into()?).to_vec(), sample.to_vec())?)
        }
        "pseudo-tls-server-hello-msoc" => {
            same("written by us", server_hello(&[0; 32], &[0; 32]).to_vec(), sample.to_vec())?;
            prologue_is_taken(sample.to_vec())
        }
        _ => an_edge_it_is_not(sample.to_vec()),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// The probe takes it for the A/V Edge's part, and asks.
fn prologue_is_taken(sample: Vec<u8>) -> Result<(), Failed> {
    runtime().block_on(async {
        let world = World::new()
            .listen("198.51.100.22:443", move |mut stream| {
                let sample = sample.clone();
                async move {
                    let mut hello = [0; 50];
                    stream.read_exact(&mut hello).await.expect("the prologue");
                    assert!(begins_client_hello(&hello));
                    stream.write_all(&sample).await.expect("sent");
                    let mut request = [0; 40];
                    stream.read_exact(&mut request).await.expect("a framed request");
                    let request = Message::decode(&request[4..]).expect("a request");
                    let refusal =
                        Message { transaction: request.transaction, ..Message::decode(&bytes(REFUSAL)).expect("read") };
                    stream.write_all(&framed(&refusal.encode().expect("short")).expect("short")).await.expect("sent");
                }
            })
            .await;
        let facts = world.facts("turn", json!({"host": "198.51.100.22", "port": 443, "transport": "tcp"})).await;
        same("an A/V Edge", &facts["av_edge"], &json!(true))?;
        Ok(same("the realm", &facts["realm"], &json!("rtcmedia"))?)
    })
}

/// Where it comes in place of an answer, it is told what it is.
fn an_edge_it_is_not(sample: Vec<u8>) -> Result<(), Failed> {
    runtime().block_on(async {
        let world = World::new().datagrams("198.51.100.22:3478", move |_| vec![sample.clone()]).await;
        let facts = world.facts("turn", json!({"host": "198.51.100.22", "port": 3478, "transport": "udp"})).await;
        same("an A/V Edge", &facts["av_edge"], &json!(false))?;
        let otherwise = facts["otherwise"].as_str().unwrap_or_default();
        let words = "a STUN message of RFC 5389, which an A/V Edge doesn't speak";
        Ok(same("what it is", otherwise.starts_with(words), true)?)
    })
}
