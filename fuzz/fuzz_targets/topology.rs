//! Any bytes as a topology document: refused with a diagnostic, or read into something
//! that is consistent in itself; and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::inventory::topology::{self, Limits};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(source) = topology::decode("topology.xml", bytes, limits) else { return };
    match topology::parse(&source, limits) {
        Err(found) => assert!(!found.is_empty() && found.iter().all(|one| one.is_error() && one.place.is_some())),
        Ok(read) => {
            for service in &read.services {
                assert!(service.host.is_none() || read.cluster_of(service).is_some());
            }
            for (index, cluster) in read.clusters() {
                assert!(read.site(cluster.site).is_some());
                assert!(read.services_on(index).all(|service| read.cluster_of(service).is_some()));
            }
        }
    }
});
