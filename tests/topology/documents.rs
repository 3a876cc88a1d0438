//! Both forms of a document, and the ways in which Windows writes text.

use libtest_mimic::Trial;
use poolproof::inventory::topology::{self, Form, Host, Limits, Topology, role};

use super::generated::{Deployment, contoso};
use super::{read, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("documents::both forms say the same", both_forms),
        trial("documents::what they say", what_they_say),
        trial("documents::line ends, byte order marks and UTF-16", encodings),
        trial("documents::what refers to nothing is told, and stays unknown", dangling),
        trial("documents::other elements and prefixes", strangers),
    ]
}

fn facts(topology: &Topology) -> Vec<String> {
    let mut facts = Vec::new();
    let site = |index| topology.site(index).map_or("", |site| site.name.as_str());
    for domain in &topology.domains {
        facts.push(format!("{domain:?}"));
    }
    for one in &topology.sites {
        let route = one.federation_route.and_then(|index| topology.identity(topology.service(index)?));
        facts.push(format!("{} {} {:?} {route:?}", one.name, one.is_branch, one.parent.map(site)));
    }
    for (index, one) in topology.clusters() {
        let services: Vec<&str> = topology.services_on(index).map(|service| topology.shell_role(service)).collect();
        facts.push(format!("{} {} {:?} {services:?}", one.fqdn, site(one.site), one.machines));
    }
    for one in &topology.services {
        let used = one.depends_on.iter().map(|used| topology.identity(topology.service(used.on?)?));
        let used: Vec<_> = used.collect();
        let on_sql = matches!(one.host, Some(Host::Sql(_)));
        facts.push(format!(
            "{:?} {:?} {on_sql} {used:?} {:?} {:?}",
            topology.identity(one),
            one.version,
            one.ports,
            one.details
        ));
    }
    facts
}

fn both_forms() {
    let deployment = contoso();
    let (published, builder) = (deployment.published(), deployment.builder());
    let (published, builder) = (read(&published).expect("published"), read(&builder).expect("saved"));
    assert_eq!((published.form, builder.form), (Form::Published, Form::Builder));
    assert_eq!((published.warnings.len(), builder.warnings.len()), (0, 0));
    let (mut left, mut right) = (facts(&published), facts(&builder));
    // Topology Builder lists clusters and instances site by site.
    left.sort();
    right.sort();
    assert_eq!(left, right);
    assert!(left.len() > 25);
}

fn what_they_say() {
    let topology = read(&contoso().published()).expect("reads");
    assert_eq!(topology.domains[0].name, "contoso.com", "the default one is first");
    assert!(topology.domains[0].is_default && !topology.domains[1].is_default);
    let director = topology.clusters().find(|(_, one)| one.fqdn == "dir01.contoso.com").expect("a Director");
    let director = topology.role_on(director.0, role::REGISTRAR).expect("a Registrar");
    assert_eq!(topology.identity(director).as_deref(), Some("Director:dir01.contoso.com"));
    let branch = &topology.sites[2];
    assert_eq!(
        (branch.is_branch, branch.parent.and_then(|site| topology.site(site)).map(|site| &*site.name)),
        (true, Some("Redmond"))
    );
    assert_eq!(topology.cluster_of_pair("2:1").map(|one| &*one.fqdn), Some("pool11.contoso.com"));
    assert_eq!(topology.cluster_of_pair("9:9").map(|one| &*one.fqdn), None);
    let database = topology.services.iter().find(|one| one.role == "UserStore").expect("a database");
    assert_eq!(topology.identity(database).as_deref(), Some("UserDatabase:sql01.contoso.com"));

    let lettered = contoso().published().replace("SiteId=\"1\"", "SiteId=\"co1\"");
    let topology = read(&lettered).expect("a site's id need not be a number");
    assert_eq!(topology.cluster_of_pair("CO1:2").map(|one| &*one.fqdn), Some("pool02.contoso.com"));
}

fn encodings() {
    let text = contoso().builder().replace("><", ">\r\n<");
    let expected = facts(&read(&text).expect("reads"));
    let utf16 = |unit: fn(u16) -> [u8; 2]| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(unit).collect::<Vec<u8>>()
    };
    let marked = [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat();
    for (what, bytes) in [("UTF-8", marked), ("LE", utf16(u16::to_le_bytes)), ("BE", utf16(u16::to_be_bytes))] {
        let source = topology::decode("t.tbxml", &bytes, Limits::default()).expect(what);
        let topology = topology::parse(&source, Limits::default()).expect(what);
        assert_eq!(facts(&topology), expected, "{what}");
    }
    let mut cut = utf16(u16::to_le_bytes);
    cut.pop();
    for bytes in [cut, b"<Topology a=\"\xfc\"/>".to_vec()] {
        assert_eq!(
            topology::decode("t.xml", &bytes, Limits::default()).expect_err("refused").code.as_str(),
            "not-utf8"
        );
    }
    let small = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(topology::decode("t.xml", &[b'a'; 11], small).expect_err("refused").code.as_str(), "file-too-large");
}

fn dangling() {
    let text = contoso().published();
    let gone = text
        .replace("RoleName=\"EdgeServer\" Instance=\"14\"/></Dep", "RoleName=\"EdgeServer\" Instance=\"99\"/></Dep");
    assert_ne!(gone, text, "the generator numbers services otherwise");
    let topology = read(&gone).expect("reads");
    assert!(!topology.warnings.is_empty() && topology.warnings.iter().all(|odd| !odd.is_error()));
    assert!(topology.warnings[0].to_string().contains("depends on `1-EdgeServer-99`"), "{}", topology.warnings[0]);
    let registrar = topology.services.iter().find(|one| one.role == role::REGISTRAR).expect("a Registrar");
    assert!(registrar.depends_on.iter().any(|used| used.on.is_none()));
}

fn strangers() {
    let text = contoso().published();
    let expected = facts(&read(&text).expect("reads"));
    let more = text
        .replace("<Clusters>", "<!-- new --><New xmlns=\"urn:new\"><Clusters><Cluster/></Clusters></New><Clusters>");
    assert_eq!(facts(&read(&more).expect("what is not known is passed over")), expected);
    let prefixed = "<t:Topology xmlns:t=\"urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008\"><t:InternalDomains><t:InternalDomain Name=\"a&amp;b.c\"/></t:InternalDomains></t:Topology>";
    assert_eq!(read(prefixed).expect("reads").domains[0].name, "a&b.c");
    let empty = read(&Deployment::default().published()).expect("an empty topology is one");
    assert_eq!((empty.sites.len(), empty.clusters.len()), (0, 0));
}
