//! Any text as an Autodiscover answer: never a panic, and within its bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::autodiscover::Autodiscover;

fuzz_target!(|body: &str| {
    let Ok(Some(answer)) = Autodiscover::read(body) else { return };
    assert!(answer.links.len() <= 256 && answer.access_points.len() <= 256);
    for link in &answer.links {
        assert_eq!(link.token, link.token.trim().to_ascii_lowercase());
        assert_eq!(answer.link(&link.token).map(|first| &first.token), Some(&link.token));
    }
    for point in &answer.access_points {
        assert!(answer.access_point(&point.name).is_some());
    }
    std::hint::black_box((answer.resource, answer.access_location));
});
