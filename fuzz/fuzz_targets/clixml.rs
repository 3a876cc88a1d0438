//! Any text as a shell's standard error, and as a diagnosis: never a panic, and nothing
//! that is said gets longer than what was heard.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::observe::probes::cmdlet::Diagnosis;
use poolproof::protocol::clixml;

fuzz_target!(|text: &str| {
    let said = clixml::said(text);
    // A fault is told in a sentence of its own, once for each document.
    let sentences = text.matches(clixml::MARK).count() * 200;
    let total: usize = said.iter().map(|one| one.text.len()).sum();
    assert!(total <= text.len() * 3 + sentences, "{said:?}");
    std::hint::black_box(clixml::read(text));
    if let Some(found) = Diagnosis::read(text) {
        std::hint::black_box(found.in_words());
    }
});
