//! Whatever claims to be a snapshot is refused or read, and never takes more than it has.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use poolproof::expression::Record;
use poolproof::inventory::{dataset, snapshot};

fuzz_target!(|body: &[u8]| {
    // The hash is right, so that what lies behind it is reached.
    let mut bytes = b"poolproof inventory snapshot 1\n".to_vec();
    bytes.extend_from_slice(body);
    let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
    bytes.extend_from_slice(hash.as_ref());
    let Ok(inventory) = snapshot::of_bytes(&bytes) else { return };
    let inventory = Arc::new(inventory);
    for dataset in dataset::all() {
        for row in inventory.rows(dataset.name).expect("a dataset").take(8) {
            drop(row.fields());
        }
    }
});
