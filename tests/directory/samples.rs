//! What others have published of the directory's schema and of a user in it. The files lie
//! beside the project.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Trial;
use poolproof::inventory::dataset;
use poolproof::values::Dn;

use crate::peers;

type Test = fn(&str);

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, &str, Test); 3] = [
        ("attributes_by_class", "schema-attributes-by-class.txt", attributes_by_class),
        ("attribute_syntaxes", "schema-user-attribute-oids.tsv", attribute_syntaxes),
        ("a_hybrid_user", "user-expected-values-hybrid-homeserver.ldif", a_hybrid_user),
    ];
    let trial = |(name, file, test): (&str, &'static str, Test)| {
        let find = move || peers::shared(&format!("samples/ldap/{file}"));
        peers::trial(&format!("samples::{name}"), find, move |path| {
            test(&std::fs::read_to_string(path)?);
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

/// The product's attributes that our datasets read.
fn ours() -> BTreeSet<String> {
    let fields = dataset::all().iter().flat_map(|dataset| &dataset.fields);
    fields.filter_map(|field| field.attribute).filter(|name| name.starts_with("msRTCSIP-")).map(str::to_owned).collect()
}

/// Each attribute that we ask for is one that a class of the schema has.
fn attributes_by_class(text: &str) {
    let classes: BTreeMap<&str, BTreeSet<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .map(|(class, attributes)| (class, attributes.split(", ").map(str::trim).collect()))
        .collect();
    assert!(classes.len() > 40, "{}", classes.len());
    let all: BTreeSet<&str> = classes.values().flatten().copied().collect();
    for attribute in ours() {
        assert!(all.contains(attribute.as_str()), "no class has {attribute}");
    }
    for attribute in ["msRTCSIP-PrimaryHomeServer", "msRTCSIP-OwnerUrn", "msRTCSIP-TargetHomeServer"] {
        assert!(classes["User"].contains(attribute) && classes["Contact"].contains(attribute), "{attribute}");
    }
}

/// Attributes are read as the kind of value that their syntax says.
fn attribute_syntaxes(text: &str) {
    let mut met = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [name, syntax, oid] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(oid.starts_with("1.2.840.113556.1."), "{line}");
        for field in dataset::all().iter().flat_map(|dataset| &dataset.fields) {
            if field.attribute != Some(name) {
                continue;
            }
            met += 1;
            let kind = format!("{:?}", field.kind);
            let fits: &[&str] = match syntax {
                "2.5.5.1" => &["Dn"],
                "2.5.5.8" => &["Bool"],
                "2.5.5.9" => &["Int"],
                "2.5.5.12" => &["Text", "Name", "Sip"],
                "2.5.5.17" => &["Sid"],
                other => panic!("{name}: syntax {other}"),
            };
            assert!(fits.contains(&kind.as_str()), "{name} is read as {kind}");
        }
    }
    assert!(met > 8, "{met}");
}

/// A real user's values, in LDIF with a folded line.
fn a_hybrid_user(text: &str) {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "");
    let values: BTreeMap<&str, &str> = unfolded.lines().filter_map(|line| line.split_once(": ")).collect();
    let home: Dn = values["msRTCSIP-PrimaryHomeServer"].parse().expect("a name");
    let pools: Dn = "cn=pools,cn=rtc service,cn=services,cn=configuration,dc=contoso,dc=com".parse().expect("a name");
    assert_eq!(
        home.above(2).and_then(|pool| pool.parts().first()?.text("CN").map(str::to_owned)).as_deref(),
        Some("1:1")
    );
    assert!(home.is_within(&pools) && home.above(3) == Some(pools));
    let user: Dn = values["dn"].parse().expect("a name");
    assert_eq!(user.parts()[0].text("cn"), Some("Kim Akers"));
    let flags: i64 = values["msRTCSIP-OptionFlags"].parse().expect("a number");
    assert_eq!((flags & 128, flags & 256), (0, 256));
}
