//! A Samba domain controller: what only Active Directory's kind of server says and does.

use std::io::Write;

use libtest_mimic::{Failed, Trial};

use crate::authority::Authority;
use crate::ldif::{self, SERVICE, home, object};
use crate::peers;
use crate::samba::{LDAP, LDAPS, PASSWORD, Samba};
use crate::world::{CONTROLLER, World};

const USERS: u32 = 1500;

pub fn trials() -> Vec<Trial> {
    // Making a domain takes a while, and there is one at a time: one trial asks it everything.
    vec![peers::trial("samba::a_domain_controller", Samba::find, |samba| {
        let authority = Authority::new();
        let _controller = samba.serve(&authority.identity(CONTROLLER), &authority.pem, write);
        all_is_read(&authority);
        a_wrong_password_in_words(&authority);
        accounts_that_may_not_sign_in(&authority);
        Ok::<(), Failed>(())
    })]
}

fn write(out: &mut dyn Write) {
    let change = ("changetype", "add");
    object(out, SERVICE, &[change, ("objectClass", "msRTCSIP-Service"), ("cn", "RTC Service")]);
    ldif::service(out, &|_| vec![("changetype", "add")]);
    let staff = "OU=Staff,DC=contoso,DC=test";
    object(out, staff, &[change, ("objectClass", "organizationalUnit"), ("ou", "Staff")]);
    for number in 0..USERS {
        let name = format!("user{number:06}");
        object(
            out,
            &format!("CN={name},{staff}"),
            &[
                change,
                ("objectClass", "user"),
                ("cn", &name),
                ("sAMAccountName", &name),
                ("userPrincipalName", &format!("{name}@contoso.test")),
                ("userAccountControl", "546"),
                ("msRTCSIP-PrimaryUserAddress", &format!("sip:{name}@contoso.test")),
                ("msRTCSIP-UserEnabled", "TRUE"),
                ("msRTCSIP-PrimaryHomeServer", &home(if number.is_multiple_of(4) { "1:2" } else { "1:1" })),
                ("msRTCSIP-OptionFlags", "385"),
                ("msRTCSIP-UserPolicies", "7=5"),
            ],
        );
    }
}

/// Nothing but the account: the controller says where everything is.
fn source(user: &str, secret: &str) -> String {
    let server = "{ host: dc1.contoso.test, known: 'sip:user000007@contoso.test' }";
    format!("servers: [{server}]\naccount: {{ user: '{user}', password: {secret} }}\npage_size: 500\n")
}

fn world(authority: &Authority) -> World {
    World::trusting(&authority.root).reach("dc1.contoso.test:636", LDAPS).reach("dc1.contoso.test:389", LDAP)
}

fn in_file(folder: &tempfile::TempDir, secret: &str) -> String {
    let file = folder.path().join("secret");
    std::fs::write(&file, secret).expect("written");
    format!("{{ file: {} }}", file.display())
}

fn all_is_read(authority: &Authority) {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = in_file(&folder, PASSWORD);
    let by_name = source("Administrator@contoso.test", &secret);
    for source in [
        by_name.replace("host: dc1.contoso.test,", "host: dc1.contoso.test, tls: start-tls,"),
        source("CONTOSO\\Administrator", &secret),
    ] {
        let read = world(authority).read_with(&source);
        assert_eq!(read.told[0].troubles, [""; 0]);
        assert_eq!(read.told[0].domain.as_deref(), Some("contoso.test"));
        for dataset in ["users", "application_endpoints", "directory_objects", "directory_domains", "directory_pools"] {
            assert_eq!(read.doubt(dataset), "", "{dataset}");
        }
        let users = USERS as usize;
        for (dataset, count) in [
            ("users", users),
            ("directory_objects", users + 6),
            ("application_endpoints", 6),
            ("dial_in_access_numbers", 2),
            ("directory_pools", 2),
            ("directory_edges", 1),
            ("directory_domains", 1),
            ("unassigned_users", 0),
        ] {
            assert_eq!(read.count(dataset), count, "{dataset}");
        }
        assert!(read.told[0].pages >= 3, "{:?}", read.told);
        assert_eq!(read.with("users", "registrar_pool", "pool02.contoso.test"), users / 4);
        // The controller makes these itself.
        let user = "sip:user000007@contoso.test";
        let (guid, sid) = (read.of("users", user, "guid"), read.of("users", user, "sid"));
        assert!(guid.len() == 36 && sid.starts_with("S-1-5-21-"), "{guid} {sid}");
        let changed = read.of("users", user, "when_changed");
        assert!(changed.parse::<jiff::Timestamp>().is_ok(), "{changed}");
        assert_eq!(read.with("directory_domains", "dns_root", "contoso.test"), 1);
        let part = read.inventory.parts().iter().find(|part| part.manifest.dataset == "users").expect("a part");
        assert_eq!(part.manifest.domain_controller.as_deref(), Some("dc1.contoso.test"));
    }
}

fn a_wrong_password_in_words(authority: &Authority) {
    let folder = tempfile::tempdir().expect("a folder");
    let world = world(authority);
    let read = world.read_with(&source("Administrator@contoso.test", &in_file(&folder, "wrong")));
    let trouble = read.told[0].troubles.join(" ");
    assert!(trouble.contains("the name or the password is wrong") && trouble.contains("data 52e"), "{trouble}");
    assert!(read.doubt("users").contains("password is wrong"));
    let again = world.read_with(&source("administrator@contoso.test", &in_file(&folder, PASSWORD)));
    assert!(again.doubt("users").contains("not used again"), "{}", again.doubt("users"));
}

fn accounts_that_may_not_sign_in(authority: &Authority) {
    let folder = tempfile::tempdir().expect("a folder");
    for user in ["nobody@contoso.test", "user000003@contoso.test"] {
        let read = world(authority).read_with(&source(user, &in_file(&folder, "whatever")));
        let trouble = read.told[0].troubles.join(" ");
        assert!(trouble.contains("code 49") && trouble.contains("data "), "{trouble}");
    }
}
