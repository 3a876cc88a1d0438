//! Any text as what a registrar tells of its settings, as what a media relay's authentication
//! service is asked, and as what it answers: never a panic, within bounds, and what was read says
//! the same when it is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::mras::{CredentialsRequest, CredentialsResponse, Settings};

fuzz_target!(|body: &[u8]| {
    if let Ok(settings) = Settings::read(body) {
        assert_eq!(Settings::read(settings.write().as_bytes()).ok(), Some(settings));
    }
    if let Ok(asked) = CredentialsRequest::read(body) {
        assert_eq!(CredentialsRequest::read(asked.write().as_bytes()).ok(), Some(asked));
    }
    if let Ok(answer) = CredentialsResponse::read(body) {
        assert!(answer.relays.len() <= 64);
        let written = answer.write("sip:a@contoso.com", "sip:b@contoso.com");
        let again = CredentialsResponse::read(written.as_bytes()).expect("what we write");
        assert_eq!((&again.phrase, &again.relays), (&answer.phrase, &answer.relays));
        let told = |answer: &CredentialsResponse| {
            answer.credentials.as_ref().map(|given| (given.user.to_vec(), given.password.to_vec(), given.minutes))
        };
        assert_eq!(told(&again), told(&answer));
    }
});
