//! `OpenLDAP`: every kind of object, both kinds of encryption, and all that can go wrong.

use std::io::Write;

use libtest_mimic::{Failed, Trial};

use crate::authority::{Authority, Identity};
use crate::kinds::{self, HOSTILE};
use crate::ldif::{self, CONFIGURATION, DOMAIN, object};
use crate::peers;
use crate::slapd::{AS_USUAL, Directory, OpenLdap, READER};
use crate::world::{CONTROLLER, Read, World};

/// A source that names everything that `OpenLDAP` doesn't say of itself.
const SOURCE: &str = "
servers: [{ host: dc1.contoso.test, domain: 'DC=contoso,DC=test', known: 'sip:user000001@contoso.test' }]
account: { user: 'CN=reader,DC=contoso,DC=test', password: {password} }
configuration: CN=Configuration,DC=contoso,DC=test
timeout: 30s
";

type Test = fn(&OpenLdap);

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 16] = [
        ("kinds_are_told_apart", kinds_are_told_apart),
        ("start_tls_reads_the_same", start_tls_reads_the_same),
        ("hostile_names_are_read", hostile_names_are_read),
        ("a_rejected_account_is_used_once", a_rejected_account_is_used_once),
        ("an_expired_certificate", an_expired_certificate),
        ("an_unknown_authority", an_unknown_authority),
        ("a_certificate_for_another_name", a_certificate_for_another_name),
        ("a_limit_of_the_server", a_limit_of_the_server),
        ("no_pages_allowed", no_pages_allowed),
        ("a_referral_is_counted", a_referral_is_counted),
        ("nothing_is_proven_without_a_known_object", nothing_is_proven_without_a_known_object),
        ("a_known_object_that_can_not_be_seen", a_known_object_that_can_not_be_seen),
        ("an_account_that_sees_no_pools", an_account_that_sees_no_pools),
        ("a_domain_that_nobody_reads", a_domain_that_nobody_reads),
        ("two_domains_are_one_inventory", two_domains_are_one_inventory),
        ("nobody_listens", nobody_listens),
    ];
    let trial = |(name, test): (&str, Test)| {
        peers::trial(&format!("openldap::{name}"), OpenLdap::find, move |openldap| {
            test(&openldap);
            Ok::<(), Failed>(())
        })
    };
    tests.into_iter().map(trial).collect()
}

/// A directory with a few users and whatever else.
fn serve(openldap: &OpenLdap, identity: &Identity, limits: &str, more: impl Fn(&mut dyn Write)) -> Directory {
    openldap.serve(DOMAIN, identity, limits, |out| {
        ldif::frame(out);
        (0..20).for_each(|number| ldif::user(out, number));
        more(out);
    })
}

fn usual(openldap: &OpenLdap, more: impl Fn(&mut dyn Write)) -> (Directory, World) {
    let authority = Authority::new();
    let directory = serve(openldap, &authority.identity(CONTROLLER), AS_USUAL, more);
    let world = World::trusting(&authority.root)
        .reach("dc1.contoso.test:636", directory.ldaps)
        .reach("dc1.contoso.test:389", directory.ldap);
    (directory, world)
}

fn is_whole(read: &Read) {
    for told in &read.told {
        assert_eq!(told.troubles, [""; 0]);
    }
    for dataset in ["users", "common_area_phones", "application_endpoints", "directory_objects", "directory_domains"] {
        assert_eq!(read.doubt(dataset), "", "{dataset}");
    }
}

fn kinds_are_told_apart(openldap: &OpenLdap) {
    let (directory, world) = usual(openldap, kinds::write);
    let read = world.read(SOURCE);
    is_whole(&read);
    for (dataset, count) in [
        // 20, guest, unassigned, online, moving, left, and the hostile names.
        ("users", 25 + HOSTILE.len()),
        ("unassigned_users", 1),
        ("meeting_rooms", 1),
        ("common_area_phones", 3),
        ("analog_devices", 3),
        ("exchange_um_contacts", 2),
        ("application_endpoints", 6),
        ("dial_in_access_numbers", 2),
        ("trusted_application_endpoints", 2),
        ("directory_pools", 2),
        ("directory_edges", 1),
        ("directory_domains", 1),
        // All of the domain's and the applications' contacts; `nameless` is only here.
        ("directory_objects", 25 + HOSTILE.len() + 1 + 3 + 3 + 2 + 6 + 1),
    ] {
        assert_eq!(read.count(dataset), count, "{dataset}");
    }
    // The filters that people use, by a client that is not ours.
    for (base, filter, dataset) in [
        (DOMAIN, "(&(objectClass=user)(msRTCSIP-OwnerUrn=urn:device:roomsystem))", "meeting_rooms"),
        (DOMAIN, "(&(objectClass=contact)(msRTCSIP-OwnerUrn=urn:device:commonareaphone))", "common_area_phones"),
        (
            DOMAIN,
            "(|(msRTCSIP-OwnerUrn=urn:device:analogphone)(msRTCSIP-OwnerUrn=urn:device:analogfax))",
            "analog_devices",
        ),
        (CONFIGURATION, "(&(objectClass=contact)(msRTCSIP-OwnerUrn=urn:application:Caa))", "dial_in_access_numbers"),
        (CONFIGURATION, "(objectClass=msRTCSIP-Pool)", "directory_pools"),
        (CONFIGURATION, "(objectClass=msRTCSIP-EdgeProxy)", "directory_edges"),
        (
            DOMAIN,
            "(&(msRTCSIP-PrimaryUserAddress=*)(!(msRTCSIP-PrimaryHomeServer=*))(!(msRTCSIP-DeploymentLocator=sipfed.online.lync.com)))",
            "unassigned_users",
        ),
        (
            DOMAIN,
            "(|(msRTCSIP-PrimaryUserAddress=*)(msRTCSIP-PrimaryHomeServer=*)(msRTCSIP-TargetHomeServer=*))",
            "directory_objects",
        ),
    ] {
        assert_eq!(directory.count(base, filter), read.count(dataset), "{filter}");
    }
    let homed = |place: &str| directory.count(DOMAIN, &format!("(msRTCSIP-PrimaryHomeServer={})", ldif::home(place)));
    for (place, pool) in [("1:1", "pool01.contoso.test"), ("1:2", "pool02.contoso.test")] {
        assert_eq!(read.with("directory_objects", "registrar_pool", pool), homed(place), "{pool}");
    }
    for (address, field, value) in [
        ("sip:user000001@contoso.test", "registrar_pool", "pool01.contoso.test"),
        ("sip:user000000@contoso.test", "registrar_pool", "pool02.contoso.test"),
        ("sip:user000000@contoso.test", "enabled", "false"),
        ("sip:user000003@contoso.test", "enterprise_voice_enabled", "true"),
        ("sip:user000003@contoso.test", "line_uri", "tel:+49301000003;ext=000003"),
        ("sip:user000003@contoso.test", "guid", "00000001-0000-0000-0000-000000000003"),
        ("sip:user000001@contoso.test", "line_uri", "none"),
        ("sip:user000001@contoso.test", "hosting_provider", "SRV:"),
        ("sip:user000001@contoso.test", "conferencing_policy", "unknown"),
        ("sip:moving@contoso.test", "target_registrar_pool", "pool02.contoso.test"),
        ("sip:guest@contoso.test", "originator_sid", "S-1-5-32-544"),
        ("sip:unassigned@contoso.test", "registrar_pool", "none"),
        // No pool is left that it could be homed on: which one it was is not known.
        ("sip:left@contoso.test", "registrar_pool", "unknown"),
    ] {
        assert_eq!(read.of("users", address, field), value, "{address} {field}");
    }
    let notes = &read.told[0].notes;
    assert!(notes.iter().any(|note| note.contains("1:9") && note.contains("leads nowhere")), "{notes:?}");
    let part = read.inventory.parts().iter().find(|part| part.manifest.dataset == "users").expect("a part");
    assert_eq!(part.manifest.caller.as_deref(), Some(READER));
    assert_eq!(part.manifest.about.as_deref(), Some("contoso.test"));
    assert_eq!(part.manifest.domain_controller.as_deref(), Some(CONTROLLER));
    assert_eq!(part.manifest.count, Some(part.records));
}

fn start_tls_reads_the_same(openldap: &OpenLdap) {
    let (_directory, world) = usual(openldap, kinds::write);
    let plain = world.read(SOURCE);
    let upgraded = world.read(&SOURCE.replace("host: dc1.contoso.test,", "host: dc1.contoso.test, tls: start-tls,"));
    is_whole(&upgraded);
    for dataset in ["users", "analog_devices", "directory_objects", "directory_pools"] {
        assert_eq!(upgraded.count(dataset), plain.count(dataset), "{dataset}");
    }
}

fn hostile_names_are_read(openldap: &OpenLdap) {
    let (_directory, world) = usual(openldap, kinds::write);
    let read = world.read(SOURCE);
    for (number, (name, _)) in HOSTILE.iter().enumerate() {
        let address = format!("sip:hostile{number}@contoso.test");
        let dn = read.of("users", &address, "distinguished_name");
        let parsed: poolproof::values::Dn = dn.parse().unwrap_or_else(|error| panic!("{dn}: {error}"));
        assert_eq!(parsed.parts()[0].text("CN").map(str::trim), Some(name.trim()), "{dn}");
        assert_eq!(parsed.parts().len(), 4, "{dn}");
        assert_eq!(read.of("users", &address, "registrar_pool"), "pool02.contoso.test");
    }
}

fn a_rejected_account_is_used_once(openldap: &OpenLdap) {
    let authority = Authority::new();
    let directory = serve(openldap, &authority.identity(CONTROLLER), AS_USUAL, |_| {});
    let world = World::trusting(&authority.root).reach("dc1.contoso.test:636", directory.ldaps);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("wrong"), "hunter2 is wrong").expect("written");
    let wrong = format!("{{ file: {} }}", folder.path().join("wrong").display());
    // The same account, at two domain controllers.
    let source = SOURCE
        .replace("{password}", &wrong)
        .replace("servers: [{", "servers: [{ host: dc1.contoso.test, domain: 'DC=other,DC=test' }, {");
    let read = world.read_with(&source);
    let [first, second] = [0, 1].map(|at| read.told[at].troubles.join(" "));
    assert!(first.contains("the name or the password is wrong (code 49)"), "{first}");
    assert!(
        second.contains("the name or the password is wrong (code 49)") && second.contains("not used again"),
        "{second}"
    );
    for text in [&first, &second, &read.doubt("users")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(read.doubt("users").contains("password is wrong"), "{}", read.doubt("users"));
    assert_eq!(read.count("users"), 0);
    // Nor in another read of the same run, with the right password.
    let again = world.read(SOURCE);
    assert!(again.doubt("users").contains("not used again"), "{}", again.doubt("users"));
    assert_eq!(directory.sign_ins(), 1);
}

fn refused(openldap: &OpenLdap, identity: &Identity, root: &[u8], words: &[&str]) {
    let directory = serve(openldap, identity, AS_USUAL, |_| {});
    for (target, source) in [
        ("dc1.contoso.test:636", SOURCE.to_owned()),
        ("dc1.contoso.test:389", SOURCE.replace("host: dc1.contoso.test,", "host: dc1.contoso.test, tls: start-tls,")),
    ] {
        let address = if target.ends_with("636") { directory.ldaps } else { directory.ldap };
        let read = World::trusting(root).reach(target, address).read(&source);
        let trouble = read.told[0].troubles.join(" ");
        assert!(words.iter().all(|word| trouble.contains(word)), "{trouble}");
        assert!(trouble.contains("nothing secret is sent"), "{trouble}");
        assert!(read.doubt("users").contains(words[0]), "{}", read.doubt("users"));
    }
    assert_eq!(directory.sign_ins(), 0);
}

fn an_expired_certificate(openldap: &OpenLdap) {
    let authority = Authority::new();
    refused(openldap, &authority.expired(CONTROLLER), &authority.root, &["expired"]);
}

fn an_unknown_authority(openldap: &OpenLdap) {
    let (theirs, ours) = (Authority::new(), Authority::new());
    refused(openldap, &theirs.identity(CONTROLLER), &ours.root, &["leads to no trusted root"]);
}

fn a_certificate_for_another_name(openldap: &OpenLdap) {
    let authority = Authority::new();
    refused(
        openldap,
        &authority.identity("dc2.contoso.test"),
        &authority.root,
        &["dc2.contoso.test, not for dc1.contoso.test"],
    );
}

fn a_limit_of_the_server(openldap: &OpenLdap) {
    let authority = Authority::new();
    let limits = "size.soft=1000 size.hard=1000 size.pr=1000 size.prtotal=20";
    let directory = serve(openldap, &authority.identity(CONTROLLER), limits, |_| {});
    let world = World::trusting(&authority.root).reach("dc1.contoso.test:636", directory.ldaps);
    let read = world.read(&format!("{SOURCE}\npage_size: 5\n"));
    let doubt = read.doubt("users");
    assert!(doubt.contains("size limit was reached: what came is not all (code 4)"), "{doubt}");
    // What came before is not lost.
    assert!(read.count("users") >= 10, "{}", read.count("users"));
}

fn no_pages_allowed(openldap: &OpenLdap) {
    let authority = Authority::new();
    let limits = "size.soft=10 size.hard=10 size.prtotal=disabled";
    let directory = serve(openldap, &authority.identity(CONTROLLER), limits, |_| {});
    let world = World::trusting(&authority.root).reach("dc1.contoso.test:636", directory.ldaps);
    let read = world.read(SOURCE);
    let doubt = read.doubt("users");
    assert!(doubt.contains("(code "), "{doubt}");
    assert!(!read.told[0].troubles.is_empty());
}

fn a_referral_is_counted(openldap: &OpenLdap) {
    let (_directory, world) = usual(openldap, |out| {
        let attributes = [
            ("objectClass", "referral"),
            ("objectClass", "extensibleObject"),
            ("ou", "Elsewhere"),
            ("ref", "ldap://dc9.fabrikam.test/DC=fabrikam,DC=test"),
        ];
        object(out, &format!("OU=Elsewhere,{DOMAIN}"), &attributes);
    });
    let read = world.read(SOURCE);
    is_whole(&read);
    assert_eq!((read.told[0].referrals, read.count("users")), (1, 20));
    let part = read.inventory.parts().iter().find(|part| part.manifest.dataset == "users").expect("a part");
    assert!(part.manifest.parameters.contains("1 referrals not followed"), "{}", part.manifest.parameters);
}

fn nothing_is_proven_without_a_known_object(openldap: &OpenLdap) {
    let (_directory, world) = usual(openldap, |_| {});
    let read = world.read(&SOURCE.replace(", known: 'sip:user000001@contoso.test'", ""));
    assert!(read.doubt("users").contains("is not proven"), "{}", read.doubt("users"));
    assert_eq!((read.count("users"), read.doubt("directory_pools")), (20, String::new()));
}

fn a_known_object_that_can_not_be_seen(openldap: &OpenLdap) {
    let (_directory, world) = usual(openldap, |out| {
        let unit = format!("OU=Hidden,{DOMAIN}");
        object(out, &unit, &[("objectClass", "organizationalUnit"), ("ou", "Hidden")]);
        let attributes = [
            ("objectClass", "user"),
            ("cn", "hidden"),
            ("sn", "hidden"),
            ("msRTCSIP-PrimaryUserAddress", "sip:hidden@contoso.test"),
            ("msRTCSIP-PrimaryHomeServer", &ldif::home("1:1")),
        ];
        object(out, &format!("CN=hidden,{unit}"), &attributes);
    });
    for (known, word) in [
        ("sip:hidden@contoso.test", "is not found"),
        ("CN=hidden,OU=Hidden,DC=contoso,DC=test", "is not found"),
        ("sip:nobody@contoso.test", "is not found"),
        // There, but nobody's home server can be read of it.
        ("OU=Staff,DC=contoso,DC=test", "without its msRTCSIP-PrimaryUserAddress"),
    ] {
        let read = world.read(&SOURCE.replace("sip:user000001@contoso.test", known));
        let doubt = read.doubt("users");
        assert!(doubt.contains(known) && doubt.contains(word) && doubt.contains("proves nothing"), "{doubt}");
    }
    let by_name =
        world.read(&SOURCE.replace("sip:user000001@contoso.test", "cn=USER000001,ou=staff,dc=contoso,dc=test"));
    is_whole(&by_name);
}

fn an_account_that_sees_no_pools(openldap: &OpenLdap) {
    let (_directory, world) = usual(openldap, |_| {});
    let elsewhere = world.read(&format!("{SOURCE}\nrtc_service: 'CN=RTC Service,CN=System,DC=contoso,DC=test'\n"));
    let doubt = elsewhere.doubt("application_endpoints");
    assert!(
        doubt.contains("there is no `CN=RTC Service,CN=System,DC=contoso,DC=test`") && doubt.contains("rtc_service"),
        "{doubt}"
    );
    let empty = world.read(&format!("{SOURCE}\nrtc_service: 'OU=Staff,DC=contoso,DC=test'\n"));
    let doubt = empty.doubt("directory_pools");
    assert!(doubt.contains("no pool with a name was found"), "{doubt}");
    // Without pools, nobody's pool is known, but everybody is.
    assert_eq!(
        (empty.count("users"), empty.of("users", "sip:user000001@contoso.test", "registrar_pool")),
        (20, "unknown".to_owned())
    );
}

fn a_domain_that_nobody_reads(openldap: &OpenLdap) {
    let (_directory, world) =
        usual(openldap, |out| ldif::domain(out, "EMEA", "DC=emea,DC=contoso,DC=test", "emea.contoso.test"));
    let read = world.read(SOURCE);
    let doubt = read.doubt("users");
    assert!(doubt.contains("DC=emea,DC=contoso,DC=test was not read"), "{doubt}");
    assert_eq!(read.count("directory_domains"), 2);
}

fn nobody_listens(openldap: &OpenLdap) {
    let (mut directory, world) = usual(openldap, |_| {});
    directory.kill();
    let read = world.read(SOURCE);
    let doubt = read.doubt("users");
    assert!(doubt.contains("connect to dc1.contoso.test:636") && doubt.contains("refused"), "{doubt}");
    assert!(read.doubt("directory_pools").contains("refused"));
}

/// Two parts of one directory stand for two domains, each with its own server.
fn two_domains_are_one_inventory(openldap: &OpenLdap) {
    let (directory, world) = usual(openldap, kinds::write);
    let world = world.reach("dc2.contoso.test:3636", directory.ldaps);
    let staff =
        "{ host: dc1.contoso.test, domain: 'OU=Staff,DC=contoso,DC=test', known: 'sip:user000001@contoso.test' }";
    let kinds = "{ host: dc1.contoso.test, domain: 'OU=Kinds,DC=contoso,DC=test', known: 'sip:moving@contoso.test' }";
    let of = |servers: &str| {
        world.read(
            &SOURCE
                .lines()
                .map(|line| if line.starts_with("servers:") { servers } else { line })
                .collect::<Vec<_>>()
                .join("\n"),
        )
    };
    let both = of(&format!("servers: [{staff}, {kinds}]"));
    assert_eq!(both.told.iter().map(|told| told.troubles.len()).sum::<usize>(), 0, "{:?}", both.told);
    assert_eq!((both.count("users"), both.count("directory_pools")), (25 + HOSTILE.len(), 2));
    assert_eq!(both.inventory.parts().iter().filter(|part| part.manifest.dataset == "users").count(), 2);
    // One of them fails: what the other one told is there, and not taken for all.
    let elsewhere = kinds.replace("host: dc1.contoso.test", "host: dc2.contoso.test, port: 3636");
    let half = of(&format!("servers: [{staff}, {elsewhere}]"));
    assert_eq!(half.count("users"), 20);
    assert!(half.doubt("users").contains("not for dc2.contoso.test"), "{}", half.doubt("users"));
    assert_eq!(half.doubt("directory_pools"), "");
}
