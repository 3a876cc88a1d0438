//! Any messages as a registrar's answers, each made an answer to whatever was asked last: the
//! credential is shown at most once, nobody is registered without a signature that only the
//! session's keys make, and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::ntlm::{Credentials, Nonces};
use poolproof::protocol::sip::{Decoder, Endpoint, Fresh, How, Identity, Limits, Message, Next, Registration, Start};

fn identity() -> Identity {
    let credentials = Credentials::of("CONTOSO\\probe1");
    let key = credentials.key("password");
    let (address, user_agent) = ("probe1@contoso.com".to_owned(), "fuzz".to_owned());
    Identity { address, credentials, key, workstation: "HERE".to_owned(), user_agent }
}

/// A message with the identity of an answer to a request, and everything else as it came.
fn answering(request: &Message, message: &Message) -> Message {
    let Start::Response { status, reason } = &message.start else { return message.clone() };
    let mut answer = Message::reply(request, *status, reason.clone());
    let own = ["via", "from", "to", "call-id", "cseq"];
    let others = message.headers.0.iter().filter(|header| !own.contains(&header.long_name().as_str()));
    answer.headers.0.extend(others.cloned());
    answer
}

fuzz_target!(|bytes: &[u8]| {
    let endpoint = Endpoint::of(([10, 0, 0, 9], 50_001).into(), [7; 48]);
    let (mut registration, mut last) = Registration::begin(identity(), endpoint);
    let (mut decoder, mut shown) = (Decoder::new(Limits::default()), 0);
    decoder.push(bytes);
    while let Ok(Some(message)) = decoder.message() {
        let fresh = Fresh { nonces: Nonces { client: [1; 8], session: [2; 16].into(), filetime: 3 }, random: 4 };
        match registration.hear(&answering(&last, &message), &fresh) {
            Next::Wait => {}
            Next::Send(request) => last = request,
            Next::Show(request) => {
                shown += 1;
                last = request;
            }
            Next::End(how) => {
                assert_ne!(how, How::Registered, "the session's keys are nobody's");
                break;
            }
        }
        assert!(shown <= 1, "a credential is shown once");
    }
    if let Ok(farewell) = registration.leave(5) {
        assert!(farewell.faults().is_empty());
        // Who was shown no credential lets go as easily as it took in; who was has to sign that.
        let let_go = registration.left(&Message::reply(&farewell, 200, "OK")) == Some(Ok(200));
        assert!(!let_go || shown == 0, "an unsigned answer lets go of a signed registration");
    }
});
