//! A directory as large as a large deployment's, whole and cut off half-way.

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;

use crate::authority::Authority;
use crate::ldif::{self, DOMAIN};
use crate::peers;
use crate::relay::Relay;
use crate::slapd::{AS_USUAL, OpenLdap};
use crate::world::{CONTROLLER, World};

/// Bytes for each user after which the server is killed; all of a user's are about 900.
const HALF_WAY: usize = 300;

/// How many users there are. The documentation's durations come from other numbers.
fn users() -> u32 {
    std::env::var("POOLPROOF_DIRECTORY_USERS").map_or(100_000, |text| text.parse().expect("a number"))
}

const SOURCE: &str = "
servers: [{ host: dc1.contoso.test, domain: 'DC=contoso,DC=test', known: 'sip:user000001@contoso.test' }]
account: { user: 'CN=reader,DC=contoso,DC=test', password: {password} }
configuration: CN=Configuration,DC=contoso,DC=test
";

pub fn trials() -> Vec<Trial> {
    vec![peers::trial("openldap::a_hundred_thousand_users", OpenLdap::find, |openldap| {
        a_hundred_thousand_users(&openldap);
        Ok(())
    })]
}

/// One directory serves both tests: making it takes longer than reading it.
fn a_hundred_thousand_users(openldap: &OpenLdap) {
    let authority = Authority::new();
    let directory = openldap.serve(DOMAIN, &authority.identity(CONTROLLER), AS_USUAL, |out| {
        ldif::frame(out);
        (0..users()).for_each(|number| ldif::user(out, number));
    });
    let world = World::trusting(&authority.root).reach("dc1.contoso.test:636", directory.ldaps);
    let read = world.read(SOURCE);
    let users = users() as usize;
    assert_eq!((read.count("users"), read.doubt("users")), (users, String::new()));
    assert_eq!(read.count("directory_objects"), users + 6);
    assert_eq!(read.with("users", "registrar_pool", "pool02.contoso.test"), users / 4);
    assert_eq!(read.with("users", "registrar_pool", "pool01.contoso.test"), users / 4 * 3);
    assert_eq!(read.with("users", "enabled", "false"), users / 50);
    assert_eq!(directory.count(DOMAIN, "(&(objectClass=user)(msRTCSIP-UserEnabled=FALSE))"), users / 50);
    assert_eq!(read.told[0].pages, (users as u64 + 6).div_ceil(1000));
    eprintln!("{users} users in {:.1} s, {} pages, LDAPS", read.took.as_secs_f64(), read.told[0].pages);
    goes_away_half_way(directory, &authority);
}

/// The server dies; what came before stays, and says that it is not all.
fn goes_away_half_way(directory: crate::slapd::Directory, authority: &Authority) {
    let ldaps = directory.ldaps;
    let directory = Arc::new(Mutex::new(directory));
    let killed = Arc::clone(&directory);
    let relay = Relay::to(ldaps, HALF_WAY * users() as usize, move || killed.lock().expect("a server").kill());
    let world = World::trusting(&authority.root).reach("dc1.contoso.test:636", relay.address);
    let read = world.read(SOURCE);
    let (count, doubt) = (read.count("users"), read.doubt("users"));
    assert!(count > 0 && count < users() as usize, "{count}");
    assert!(doubt.contains("closed the connection") || doubt.contains("the connection broke"), "{doubt}");
    // What was read before is whole.
    assert_eq!((read.count("directory_pools"), read.doubt("directory_pools")), (2, String::new()));
    let part = read.inventory.parts().iter().find(|part| part.manifest.dataset == "users").expect("a part");
    assert_eq!((part.records, part.manifest.count), (count as u64, Some(count as u64)));
}
