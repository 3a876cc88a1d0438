//! Any bytes as a server's challenge and as a client's answer: what is read is the same
//! when it is written and read again, an answer to a challenge proves its password and no
//! other, and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::ntlm::{
    Authenticate, Challenge, Credentials, Direction, Flags, Nonces, Signature, TargetInfo,
};

fn empty() -> Challenge {
    Challenge { flags: Flags::OFFERED, nonce: [0; 8], target: String::new(), info: TargetInfo::of("", "", 0) }
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        std::hint::black_box(Signature::read(text));
    }
    let credentials = Credentials::of("CONTOSO\\probe1");
    let key = credentials.key("password");
    let challenge = match (Challenge::read(bytes), Authenticate::read(bytes)) {
        (Ok(challenge), _) => challenge,
        (Err(_), Ok(answer)) => {
            let challenge = empty();
            assert!(answer.verify(&challenge, &answer.credentials.key("password")).is_none());
            return;
        }
        (Err(_), Err(_)) => return,
    };
    let nonces = Nonces { client: [1; 8], session: [2; 16].into(), filetime: 3 };
    let Ok((message, keys)) = Authenticate::answer(&challenge, &credentials, &key, "HERE", &nonces) else { return };
    let read = Authenticate::read(&message).expect("its own");
    assert_eq!(read.credentials, credentials);
    let served = read.verify(&challenge, &key).expect("the right password");
    assert_eq!(served.sign(Direction::ToClient, bytes), keys.sign(Direction::ToClient, bytes));
    assert!(read.verify(&challenge, &credentials.key("Password")).is_none());
    let again = Challenge::read(&challenge.write()).expect("its own");
    assert_eq!(again, challenge);
});
