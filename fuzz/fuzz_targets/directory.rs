//! Any text as a distinguished name: what is read is the same when it is written and read
//! again, equals itself, and lies within each of its parents. And any bytes as what else a
//! directory holds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::ldap::{file_time, generalized_time, guid, ranged, refusal, sid};
use poolproof::values::Dn;

fuzz_target!(|bytes: &[u8]| {
    std::hint::black_box((guid(bytes), sid(bytes)));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    std::hint::black_box((file_time(text), generalized_time(text), refusal(49, text)));
    let range = ranged(text);
    assert!(text.starts_with(range.name));
    let Ok(name) = text.parse::<Dn>() else { return };
    let shown = name.to_string();
    assert!(!shown.chars().any(|one| one.is_control() || ('\u{202a}'..='\u{202e}').contains(&one)), "{shown:?}");
    // Writing escapes may make a name longer than what is read.
    let Ok(again) = shown.parse::<Dn>() else {
        assert!(shown.len() > 32 << 10, "{shown:?}");
        return;
    };
    assert_eq!(again, name);
    assert_eq!(again.to_string(), shown);
    for count in 0..=name.parts().len() {
        let above = name.above(count).expect("not above the root");
        assert!(name.is_within(&above));
        assert_eq!(above.is_within(&name), count == 0);
    }
});
