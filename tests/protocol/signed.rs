//! Signatures of captured messages, with the keys that their captures go with.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::ntlm::{Authenticate, Challenge, Credentials, Direction, Nonces, SessionKeys, Signature};
use poolproof::protocol::sip::{Decoder, Limits, Message, Proof, SignatureVersion};
use zeroize::Zeroizing;

use super::{peers, samples::sample};

/// The challenge that goes with the capture of Office Communications Server 2007 R2, as SIPE's tests keep it.
const CHALLENGE: &str = "4e544c4d53535000020000000000000038000000f38298e2dd1baaf4e7e218d1000000000000000096009600380000000502ce0e0000000f02000a0043004f0053004d004f000100180043004f0053004d004f002d004f00430053002d00520032000400160063006f0073006d006f002e006c006f00630061006c000300300063006f0073006d006f002d006f00630073002d00720032002e0063006f0073006d006f002e006c006f00630061006c000500160063006f0073006d006f002e006c006f00630061006c0000000000";
/// The key that its client chose.
const SESSION: [u8; 16] =
    [0x67, 0x42, 0xfb, 0xe3, 0x7b, 0xb1, 0x94, 0x6b, 0x49, 0xd8, 0x6a, 0x52, 0x5b, 0xd2, 0x9a, 0x9b];

/// What is changed in the message: a name and what it becomes.
type Change = (&'static str, &'static str);

/// Each of these is signed, so that each change must be noticed.
const REQUEST_CHANGES: &[Change] = &[
    ("<sip:user@cosmo.local>;tag=3e49177a52", "<sip:User@cosmo.local>;tag=3e49177a52"),
    ("tag=3e49177a52", "tag=3e49177a53"),
    ("To: <sip:user@cosmo.local>", "To: <sip:other@cosmo.local>"),
    ("Call-ID: 4037", "Call-ID: 5037"),
    ("CSeq: 3 ", "CSeq: 4 "),
    ("crand=\"13317733\"", "crand=\"13317734\""),
    ("cnum=\"1\"", "cnum=\"2\""),
    ("realm=\"SIP C", "realm=\"Sip C"),
    ("targetname=\"cosmo-", "targetname=\"Cosmo-"),
    ("Event: registration", "Expires: 0\r\nEvent: registration"),
    ("Event: registration", "P-Asserted-Identity: <sip:user@cosmo.local>\r\nEvent: registration"),
    ("Event: registration", "P-Preferred-Identity: <tel:+15550100>\r\nEvent: registration"),
];

const RESPONSE_CHANGES: &[Change] = &[
    ("SIP/2.0 200 OK", "SIP/2.0 202 OK"),
    ("Expires: 7200", "Expires: 7201"),
    ("tag=5E61CC", "tag=5e61CC"),
    ("srand=\"9616454F\"", "srand=\"9616454f\""),
    ("snum=\"1\"", "snum=\"2\""),
    ("CSeq: 3 REGISTER", "CSeq: 3 MESSAGE"),
];

/// Other spellings of what is signed none of.
const UNSIGNED: &[Change] = &[("Max-Forwards: 70", "Max-Forwards: 69"), ("epid=c8ca638a15", "epid=other")];

pub fn trials() -> Vec<Trial> {
    let held = |file: &'static str, direction: Direction, changes: &'static [Change]| {
        peers::trial(&format!("signed::{file}"), move || sample(file), move |text| held(&text, direction, changes))
    };
    vec![
        held("ocs2007r2-register-with-ntlm-authorization", Direction::ToServer, REQUEST_CHANGES),
        held("ocs2007r2-200ok-register-ntlm", Direction::ToClient, RESPONSE_CHANGES),
        peers::trial("signed::the_captured_register_proves_the_password", password, |text| proves_password(&text)),
        peers::trial(
            "signed::old_text_has_neither_to_nor_identity",
            || sample("ocs2007-200ok-register-ntlm"),
            |text| old_text(&text),
        ),
        peers::trial(
            "signed::a_kerberos_signature_behind_a_bare_to_is_found",
            || sample("ms-siprege-200ok-register-presence-state"),
            |text| kerberos(&text),
        ),
    ]
}

fn password() -> Result<String, String> {
    sample("ocs2007r2-register-with-ntlm-authorization")
}

fn message(text: &str) -> Result<Message, Failed> {
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    let lines = lines.filter(|line| !line.to_ascii_lowercase().starts_with("content-length"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(format!("{head}Content-Length: 0\r\n\r\n").as_bytes());
    decoder.message()?.ok_or_else(|| "a whole message".into())
}

fn captured() -> Result<SessionKeys, Failed> {
    let challenge = Challenge::read(&unhex(CHALLENGE))?;
    let credentials = Credentials::of("COSMO\\User");
    let nonces = Nonces { client: [7; 8], session: Zeroizing::new(SESSION), filetime: 0 };
    let key = credentials.key("Pa$$word");
    Ok(Authenticate::answer(&challenge, &credentials, &key, "HERE", &nonces)?.1)
}

fn verifies(text: &str, direction: Direction) -> Result<bool, Failed> {
    let message = message(text)?;
    let proof = match direction {
        Direction::ToServer => Proof::of_client(&message.headers),
        Direction::ToClient => Proof::of_server(&message.headers),
    };
    let proof = proof.ok_or("a signature")?;
    let signature = Signature::read(&proof.signature).ok_or("sixteen bytes")?;
    let signed = message.signed_text(&proof, SignatureVersion::of(Some("4")))?;
    Ok(captured()?.verify(direction, &signed, signature))
}

/// The captured signature verifies, and no longer once a signed field is another.
fn held(text: &str, direction: Direction, changes: &[Change]) -> Result<(), Failed> {
    if !verifies(text, direction)? {
        return Err("the captured signature doesn't verify".into());
    }
    for (from, to) in changes {
        let other = text.replacen(from, to, 1);
        if other == text {
            return Err(format!("`{from}` is not in the sample").into());
        }
        if verifies(&other, direction)? {
            return Err(format!("`{from}` became `{to}`, and nobody noticed").into());
        }
    }
    for (from, to) in UNSIGNED {
        if !verifies(&text.replacen(from, to, 1), direction)? {
            return Err(format!("`{from}` is not signed").into());
        }
    }
    Ok(())
}

/// What a server does with the captured request: the right password, and no other, proves it.
fn proves_password(text: &str) -> Result<(), Failed> {
    use base64::Engine;
    let message = message(text)?;
    let field = message.headers.first("proxy-authorization").ok_or("credentials")?.into_owned();
    let blob = field.split("gssapi-data=\"").nth(1).and_then(|rest| rest.split('"').next()).ok_or("gssapi-data")?;
    let answer = Authenticate::read(&base64::engine::general_purpose::STANDARD.decode(blob)?)?;
    let challenge = Challenge::read(&unhex(CHALLENGE))?;
    if answer.verify(&challenge, &answer.credentials.key("Pa$$w0rd")).is_some() {
        return Err("another password is taken".into());
    }
    let keys = answer.verify(&challenge, &answer.credentials.key("Pa$$word")).ok_or("the right password")?;
    let proof = Proof::of_client(&message.headers).ok_or("a signature")?;
    let signed = message.signed_text(&proof, SignatureVersion::of(Some("4")))?;
    let signature = Signature::read(&proof.signature).ok_or("sixteen bytes")?;
    keys.verify(Direction::ToServer, &signed, signature).then_some(()).ok_or_else(|| "its signature".into())
}

/// Its signature can't verify, since names in it were replaced: the text is held instead.
fn old_text(text: &str) -> Result<(), Failed> {
    let message = message(text)?;
    let proof = Proof::of_server(&message.headers).ok_or("a signature")?;
    let expected = "<NTLM><0878F41B><1><SIP Communications Service><ocs1.ocs.provo.novell.com>\
                    <8592g5DCBa1694i5887m0D0Bt2247b3F38xAE9Fx><3><REGISTER><sip:kim@ocs.provo.novell.com><2947328781>\
                    <B816D65C2300A32CFA6D371F2AF537FD><900><200>";
    let signed = message.signed_text(&proof, SignatureVersion::of(None))?;
    let signed = String::from_utf8(signed)?;
    (signed == expected).then_some(()).ok_or_else(|| signed.into())
}

fn kerberos(text: &str) -> Result<(), Failed> {
    let message = message(text)?;
    let proof = Proof::of_server(&message.headers).ok_or("a signature")?;
    let signed = String::from_utf8(message.signed_text(&proof, SignatureVersion::of(Some("3")))?)?;
    if proof.scheme != "Kerberos" || Signature::read(&proof.signature).is_some() {
        return Err(format!("{proof:?}").into());
    }
    let expected = "<REGISTER><sip:alice@fabrikam.com><90a265ed3f><sip:alice@fabrikam.com><><><><7200><200>";
    signed.ends_with(expected).then_some(()).ok_or_else(|| signed.into())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.chars().filter_map(|letter| letter.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = digits.collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}
