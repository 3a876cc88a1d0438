use zeroize::Zeroizing;

use super::*;
use crate::protocol::ntlm::{Direction, Signature, TargetInfo};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("digits"))
        .collect()
}

fn array<const N: usize>(text: &str) -> [u8; N] {
    unhex(text).try_into().expect("its length")
}

/// The challenge of a registrar of OCS 2007 R2, as SIPE's tests keep it.
const CHALLENGE: &str = "4e544c4d53535000020000000000000038000000f38298e2dd1baaf4e7e218d1000000000000000096009600380000000502ce0e0000000f02000a0043004f0053004d004f000100180043004f0053004d004f002d004f00430053002d00520032000400160063006f0073006d006f002e006c006f00630061006c000300300063006f0073006d006f002d006f00630073002d00720032002e0063006f0073006d006f002e006c006f00630061006c000500160063006f0073006d006f002e006c006f00630061006c0000000000";
/// The client's answer to it, from the same capture.
const ANSWER: &str = "TlRMTVNTUAADAAAAGAAYAHIAAADGAMYAigAAAAoACgBIAAAACAAIAFIAAAAYABgAWgAAABAAEABQAQAAVYKYYgUCzg4AAAAPQwBPAFMATQBPAFUAcwBlAHIAQwBPAFMATQBPAC0ATwBDAFMALQBSADIAoeku/k4Hi/fFwASazGFmwtauh1yw/apBjcDIAK527KYG0rn769BHMQEBAAAAAAAAWVGaFye5ygHWrodcsP2qQQAAAAACAAoAQwBPAFMATQBPAAEAGABDAE8AUwBNAE8ALQBPAEMAUwAtAFIAMgAEABYAYwBvAHMAbQBvAC4AbABvAGMAYQBsAAMAMABjAG8AcwBtAG8ALQBvAGMAcwAtAHIAMgAuAGMAbwBzAG0AbwAuAGwAbwBjAGEAbAAFABYAYwBvAHMAbQBvAC4AbABvAGMAYQBsAAAAAAAAAAAAMctznhyoCkmFkeiueXEV5A==";

const REQUEST: &[u8] = b"<NTLM><13317733><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><><><><>";
const RESPONSE: &[u8] = b"<NTLM><9616454F><1><SIP Communications Service><cosmo-ocs-r2.cosmo.local><4037df9284354df39065195bd57a4b14><3><REGISTER><sip:user@cosmo.local><3e49177a52><sip:user@cosmo.local><5E61CCD925D17E043D9A74835A88F664><><><7200><200>";

fn captured() -> (Challenge, Credentials, ResponseKey, Nonces) {
    let challenge = Challenge::read(&unhex(CHALLENGE)).expect("a challenge");
    let credentials = Credentials::of("COSMO\\User");
    let key = credentials.key("Pa$$word");
    let nonces = Nonces {
        client: array("d6ae875cb0fdaa41"),
        session: Zeroizing::new(array("6742fbe37bb1946b49d86a525bd29a9b")),
        filetime: u64::from_le_bytes(array("59519a1727b9ca01")),
    };
    (challenge, credentials, key, nonces)
}

#[test]
fn the_values_of_the_specification_come_out() {
    // [MS-NLMP] 4.2.1, 4.2.4.
    let key = Credentials { user: "User".into(), domain: "Domain".into() }.key("Password");
    assert_eq!(hex(&key.0[..]), "0c868a403bfd7a93a3001ef22ef02e3f");
    let (server, client) = (array::<8>("0123456789abcdef"), [0xaa; 8]);
    let info = unhex("02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000");
    let proof = hmac(&key.0, &[&server, &temp(0, client, &info)]);
    assert_eq!(hex(&proof[..]), "68cd0ab851e51c96aabc927bebef6a1c");
    assert_eq!(hex(&hmac(&key.0, &[&server, &client])[..]), "86c35097ac9cec102554764a57cccc19");
    let base = hmac(&key.0, &[&proof[..]]);
    assert_eq!(hex(&base[..]), "8de40ccadbc14a82f15cb0ad0de95ca3");
    let mut sealed = [0x55; 16];
    rc4(&base, &mut sealed);
    assert_eq!(hex(&sealed), "c5dad2544fc9799094ce1ce90bc9d03e");
}

#[test]
fn the_captured_answer_comes_out_to_the_byte() {
    use base64::Engine;
    let (challenge, credentials, key, nonces) = captured();
    assert_eq!(hex(&key.0[..]), "164b086e00d2f393529fa3a98209f99e");
    assert_eq!(challenge.flags, Flags(0xE298_82F3));
    let (message, keys) =
        Authenticate::answer(&challenge, &credentials, &key, "COSMO-OCS-R2", &nonces).expect("a good offer");
    assert_eq!(message.len(), 352);
    assert_eq!(base64::engine::general_purpose::STANDARD.encode(&message), ANSWER);
    let signed =
        |direction, text, signature| keys.verify(direction, text, Signature::read(signature).expect("a signature"));
    assert!(signed(Direction::ToServer, REQUEST, "0100000029618e9651b65a7764000000"));
    assert!(signed(Direction::ToClient, RESPONSE, "01000000E615438A917661BE64000000"));
}

#[test]
fn a_server_reads_the_answer_and_has_the_same_keys() {
    let (challenge, credentials, key, nonces) = captured();
    let (message, keys) = Authenticate::answer(&challenge, &credentials, &key, "HERE", &nonces).expect("a good offer");
    let read = Authenticate::read(&message).expect("an answer");
    assert_eq!((&read.credentials, read.workstation.as_str()), (&credentials, "HERE"));
    let served = read.verify(&challenge, &key).expect("the right password");
    for direction in [Direction::ToServer, Direction::ToClient] {
        assert_eq!(served.sign(direction, REQUEST), keys.sign(direction, REQUEST));
    }
    assert_ne!(keys.sign(Direction::ToServer, REQUEST), keys.sign(Direction::ToClient, REQUEST));
    assert!(read.verify(&challenge, &credentials.key("pa$$word")).is_none(), "another password");
    assert!(read.verify(&challenge, &Credentials::of("OTHER\\User").key("Pa$$word")).is_none(), "another domain");
    assert!(read.verify(&challenge, &Credentials::of("COSMO\\uSER").key("Pa$$word")).is_some(), "case of the user");
    let again = Challenge { nonce: *b"another!", ..challenge };
    assert!(read.verify(&again, &key).is_none(), "an answer to another challenge");
}

#[test]
fn the_server_s_own_clock_is_used() {
    let (challenge, credentials, key, nonces) = captured();
    assert_eq!(challenge.info.filetime(), None);
    let info = TargetInfo::of("CONTOSO", "FE11", 132_539_328_000_000_000);
    let challenge = Challenge { info, target: "CONTOSO".into(), ..challenge };
    let written = Challenge::read(&challenge.write()).expect("its own");
    assert_eq!(written, challenge);
    assert_eq!(written.info.filetime(), Some(132_539_328_000_000_000));
    let (message, _) = Authenticate::answer(&written, &credentials, &key, "HERE", &nonces).expect("a good offer");
    let clock = 132_539_328_000_000_000_u64.to_le_bytes();
    let response = Authenticate::read(&message).expect("an answer").response;
    assert_eq!(response.get(24..32), Some(&clock[..]));
}

#[test]
fn an_offer_that_lacks_something_is_not_answered() {
    let (challenge, credentials, key, nonces) = captured();
    for (flag, name) in [(Flags::SIGN, "SIGN"), (Flags::DATAGRAM, "DATAGRAM"), (Flags::KEY_EXCHANGE, "KEY_EXCH")] {
        let weak = Challenge { flags: Flags(challenge.flags.0 & !flag.0), ..challenge.clone() };
        let refused = Authenticate::answer(&weak, &credentials, &key, "HERE", &nonces).err().expect("refused");
        assert_eq!(refused.to_string(), format!("the server's NTLM challenge lacks {name}"));
    }
}

#[test]
fn a_challenge_without_target_information_is_read() {
    use base64::Engine;
    let bare = "TlRMTVNTUAACAAAADgAOADgAAABVgphiASNFZ4mrze8AAAAAAAAAAAAAAABGAAAACgBjRQAAAA9DAE8ATgBUAE8AUwBPAA==";
    let bytes = base64::engine::general_purpose::STANDARD.decode(bare).expect("base64");
    let challenge = Challenge::read(&bytes).expect("a challenge");
    assert_eq!((challenge.target.as_str(), challenge.nonce), ("CONTOSO", array("0123456789abcdef")));
    assert!(challenge.info.bytes().is_empty());
}

#[test]
fn broken_messages_are_refused_and_never_a_panic() {
    let (challenge, credentials, key, nonces) = captured();
    let (answer, _) = Authenticate::answer(&challenge, &credentials, &key, "HERE", &nonces).expect("a good offer");
    let whole = unhex(CHALLENGE);
    for length in 0..whole.len() {
        assert!(Challenge::read(whole.get(..length).expect("shorter")).is_err(), "{length}");
    }
    for length in 0..answer.len() {
        assert!(Authenticate::read(answer.get(..length).expect("shorter")).is_err(), "{length}");
    }
    for at in 0..answer.len() {
        for value in [0, 1, 0x7f, 0xff] {
            for message in [&whole, &answer] {
                let mut bent = message.clone();
                if let Some(byte) = bent.get_mut(at) {
                    *byte = value;
                }
                let _ = Challenge::read(&bent);
                if let Ok(read) = Authenticate::read(&bent) {
                    let _ = read.verify(&challenge, &key);
                }
            }
        }
    }
    assert_eq!(Challenge::read(&answer).err(), Some(Malformed::OtherMessage(3)));
    assert_eq!(Challenge::read(b"NTLMSSX\0\x02\0\0\0").err(), Some(Malformed::NoSignature));
    assert!(matches!(Challenge::read(&vec![0; 20 << 10]), Err(Malformed::TooLong(_))));
}
