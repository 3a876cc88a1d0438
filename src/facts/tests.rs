//! What follows from more than one record: moves, changes, parity.

use std::sync::Arc;

use serde_json::{Value as Json, json};

mod remembered;

use super::*;
use crate::diagnostic::Source;
use crate::environment::{Environment, WaveState};
use crate::expression::{Scope, Slots, compile};
use crate::inventory::{Builder, Expectations, Inventory, Manifest, Role};

const ENVIRONMENT: &str = "
environment: tiny
phase: pilot
sip_domains: [{ name: tiny.test }]
sites: [{ name: Hall }, { name: Barn }]
pools:
  - { fqdn: old.tiny.test, role: legacy, product: sfb-2015, edition: standard, site: Hall, moves_to: new.tiny.test }
  - { fqdn: kept.tiny.test, role: legacy, product: sfb-2015, edition: standard, site: Hall, kept_for: [xmpp] }
  - { fqdn: new.tiny.test, role: target, product: sfb-2019, edition: standard, site: Barn }
policy: { minimum_builds: { sfb-2015: 6.0.9319.510 } }
inventory: { sources: [] }
";

/// Types of policy whose assignments every version shows.
const TYPES: [&str; 12] = [
    "Conferencing",
    "ExternalAccess",
    "Client",
    "ClientVersion",
    "Voice",
    "VoiceRouting",
    "Location",
    "Archiving",
    "Presence",
    "Pin",
    "Mobility",
    "DialPlan",
];

fn dataset_of(ty: &str) -> String {
    match ty {
        "DialPlan" => "dial_plans".to_owned(),
        ty => format!("{}_policies", crate::inventory::dataset::snake_case(ty)),
    }
}

/// A user without policies of its own, but for those given.
fn user(name: &str, pool: &str, given: &Json) -> Json {
    let mut user = json!({"SipAddress": format!("sip:{name}@tiny.test"), "RegistrarPool": pool, "Enabled": true});
    let fields = user.as_object_mut().expect("an object");
    for ty in TYPES {
        let property = if ty == "DialPlan" { ty.to_owned() } else { format!("{ty}Policy") };
        fields.insert(property, Json::Null);
    }
    fields.extend(given.as_object().expect("an object").clone());
    user
}

fn inventory(users: &[Json], conferencing: &[Json]) -> Inventory {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let mut part = |dataset: &str, records: &[Json]| {
        let mut manifest = Manifest::new(dataset, "Get-CsThing");
        manifest.roles = Some(vec![Role { name: "RTCUniversalReadOnlyAdmins".to_owned(), scopes: Vec::new() }]);
        manifest.start = "2026-05-02T11:00:00Z".parse().ok();
        manifest.end = manifest.start;
        let mut part = builder.part(source, manifest).expect("a dataset");
        for record in records {
            part.record(record.as_object().expect("an object")).expect("taken");
        }
        builder.end(part);
    };
    part("users", users);
    part("pools", &[json!({"Fqdn": "old.tiny.test"}), json!({"Fqdn": "new.tiny.test"})]);
    part(
        "sites",
        &[
            json!({"Identity": "Site:Hall", "Pools": ["old.tiny.test", "kept.tiny.test"]}),
            json!({"Identity": "Site:Barn", "Pools": ["new.tiny.test"]}),
        ],
    );
    part("directory_domains", &[json!({"DnsRoot": "tiny.test"})]);
    part("clusters", &[json!({"ClusterId": "1:2", "Fqdn": "new.tiny.test"})]);
    let said =
        |name: &str, policy: &str| json!({"Identity": format!("sip:{name}@tiny.test"), "ConferencingPolicy": policy});
    part("effective_policies", &[said("ann", "Global"), said("1", "Small"), said("3", "Global")]);
    for ty in TYPES {
        let global = json!({"Identity": "Global", "Setting": 1});
        if ty == "Conferencing" {
            part("conferencing_policies", conferencing);
        } else {
            part(&dataset_of(ty), &[global]);
        }
    }
    let now = "2026-05-02T12:00:00Z".parse().expect("a time");
    let domains = vec!["tiny.test".to_owned()];
    builder.finish(&Expectations { domains, ..Expectations::at(now) })
}

fn conferencing() -> Vec<Json> {
    vec![
        json!({"Identity": "Global", "MaxMeetingSize": 250}),
        json!({"Identity": "Site:Hall", "MaxMeetingSize": 100}),
        json!({"Identity": "Tag:Small", "MaxMeetingSize": 10}),
    ]
}

fn named(name: &str, state: WaveState, members: &[&str]) -> Wave {
    let members = Members::Named(members.iter().map(|name| (*name).to_owned()).collect());
    Wave { name: name.to_owned(), to: "new.tiny.test".to_owned(), state, members }
}

fn roots(now: Inventory, before: Option<Inventory>, waves: Vec<Wave>) -> Roots {
    let source = Arc::new(Source::new("environment.yaml", ENVIRONMENT.to_owned()));
    let environment = Environment::of_source(source, std::path::PathBuf::new())
        .unwrap_or_else(|found| panic!("{}", crate::diagnostic::render(&found, false)));
    let at = "2026-05-02T12:00:00Z".parse().expect("a time");
    let base = Base::new(Arc::new(now), before.map(Arc::new), Waves(waves), at);
    Roots::new(&environment, Ok(Arc::new(base)))
}

fn eval(roots: &Roots, text: &str) -> Result<String, String> {
    let mut scope = Scope::default();
    scope.add("environment", environment_type());
    scope.add("inventory", inventory_type());
    let expr = compile(text, &scope).map_err(|flaws| flaws[0].message.clone())?;
    let now = "2026-05-02T12:00:00Z".parse().expect("a time");
    let slots = roots.slots(2);
    expr.eval(&Slots { values: &slots, now }).map(|value| value.to_string()).map_err(|error| error.message)
}

fn moved() -> Roots {
    let before = vec![
        user("ann", "old.tiny.test", &json!({"ConferencingPolicy": "Small"})),
        user("bob", "old.tiny.test", &json!({})),
        user("eve", "old.tiny.test", &json!({"VoicePolicy": "Gone"})),
    ];
    let now = vec![
        user("ann", "new.tiny.test", &json!({"ConferencingPolicy": "Small", "PinPolicy": "New"})),
        user(
            "bob",
            "new.tiny.test",
            &json!({"HomeServer": "CN=Lc Services,CN=Microsoft,CN=1:2,CN=Pools,DC=tiny,DC=test"}),
        ),
        user(
            "eve",
            "old.tiny.test",
            &json!({"VoicePolicy": "Gone", "HomeServer": "CN=Lc Services,CN=Microsoft,CN=9:9,DC=test"}),
        ),
        user("joe", "new.tiny.test", &json!({})),
    ];
    roots(
        inventory(&now, &conferencing()),
        Some(inventory(&before, &conferencing())),
        vec![named("first", WaveState::Moved, &["bob@tiny.test", "ghost@tiny.test", "ann@tiny.test"])],
    )
}

fn of_user(name: &str, field: &str) -> Result<String, String> {
    let text = format!("(inventory.users | selectattr(\"sip_address\", \"==\", \"{name}@tiny.test\") | first).{field}");
    eval(&moved(), &text)
}

#[test]
fn changes_of_policies_are_named_by_type() {
    assert_eq!(of_user("ann", "assignment_changes | join(\" \")"), Ok("pin_policy".into()));
    assert_eq!(of_user("bob", "assignment_changes | length"), Ok("0".into()));
    assert_eq!(of_user("bob", "effective_changes | join(\" \")"), Ok("conferencing_policy".into()), "another site");
    // Without a GUID nobody can say that it was not there under another name.
    let new = of_user("joe", "assignment_changes").expect_err("it can't be told");
    assert!(new.contains("whether it was in the baseline: users.guid"), "{new}");
    let dangling = of_user("eve", "effective_changes").expect_err("it governs nothing");
    assert!(dangling.contains("the assigned voice_policy `gone` does not exist"), "{dangling}");
}

#[test]
fn an_assigned_policy_that_does_not_exist_is_told() {
    assert_eq!(of_user("eve", "undefined_policies | join(\" \")"), Ok("voice_policy".into()));
    assert_eq!(of_user("bob", "undefined_policies | length"), Ok("0".into()));
}

#[test]
fn the_directory_and_the_shell_have_their_say() {
    assert_eq!(of_user("bob", "home_pool"), Ok("new.tiny.test".into()));
    assert!(of_user("eve", "home_pool").is_err_and(|message| message.contains("which pool")));
    assert_eq!(of_user("ann", "effective_by_shell.conferencing_policy"), Ok("Global".into()));
    assert_eq!(of_user("bob", "effective_by_shell is none"), Ok("true".into()));
}

#[test]
fn waves_know_their_members_and_who_does_not_exist() {
    let wave = "(environment.waves | first)";
    let members = |what: &str| eval(&moved(), &format!("{wave}.members | map(attribute=\"{what}\") | join(\" \")"));
    assert_eq!(members("sip_address"), Ok("ann@tiny.test bob@tiny.test ghost@tiny.test".into()));
    let pool = |number: usize| eval(&moved(), &format!("{wave}.members[{number}].user.registrar_pool"));
    assert_eq!(pool(1), Ok("new.tiny.test".into()));
    assert_eq!(eval(&moved(), &format!("{wave}.members[2].user is none")), Ok("true".into()));
}

#[test]
fn nobody_goes_with_a_wave_where_none_is_stated() {
    // Without an address nobody can be looked for on a list, and here is none.
    let nameless = [json!({"Guid": format!("{:0>32}", 1), "RegistrarPool": "old.tiny.test", "Enabled": true})];
    let wave = |waves: Vec<Wave>| {
        eval(&roots(inventory(&nameless, &conferencing()), None, waves), "inventory.users[0].wave is none")
    };
    assert_eq!(wave(Vec::new()), Ok("true".into()));
    assert_eq!(wave(vec![named("empty", WaveState::Next, &[])]), Ok("true".into()));
    let told = wave(vec![named("first", WaveState::Next, &["ann@tiny.test"])]);
    assert!(told.as_ref().is_err_and(|told| told.contains("sip_address")), "{told:?}");
}

#[test]
fn what_governs_is_compared_with_where_a_pool_moves_to() {
    let of_pool = |pool: &str, rest: &str| {
        let text =
            format!("(environment.legacy_pools | selectattr(\"fqdn\", \"==\", \"{pool}.tiny.test\") | first).{rest}");
        eval(&moved(), &text)
    };
    assert_eq!(of_pool("old", "governing | length"), Ok("12".into()));
    let conferencing = "governing | selectattr(\"type\", \"==\", \"conferencing_policy\") | map(attribute=";
    assert_eq!(of_pool("old", &format!("{conferencing}\"here\") | first")), Ok("Site:Hall".into()));
    assert_eq!(of_pool("old", &format!("{conferencing}\"there\") | first")), Ok("Global".into()));
    assert_eq!(of_pool("old", &format!("{conferencing}\"differences\") | first")), Ok("[max_meeting_size]".into()));
    assert_eq!(of_pool("kept", "governing | length"), Ok("0".into()));
    assert_eq!(of_pool("old", "minimum_build"), Ok("6.0.9319.510".into()));
}

#[test]
fn the_baseline_says_what_it_does_not_prove() {
    assert_eq!(eval(&moved(), "inventory.baseline.users"), Ok("3".into()));
    assert_eq!(eval(&moved(), "inventory.baseline.doubts | length"), Ok("0".into()));
    assert_eq!(eval(&moved(), "inventory.baseline.taken | days_until"), Ok("-1".into()));
    let partial = Builder::default().finish(&Expectations::at("2026-05-02T12:00:00Z".parse().expect("a time")));
    let partly = roots(inventory(&[], &conferencing()), Some(partial), Vec::new());
    let doubted = eval(&partly, "inventory.baseline.doubts | map(attribute=\"dataset\") | join(\" \")");
    assert!(
        doubted.clone().is_ok_and(|doubted| doubted.starts_with("users pools sites conferencing_policies")),
        "{doubted:?}"
    );
    let without = self::roots(inventory(&[], &conferencing()), None, Vec::new());
    assert_eq!(eval(&without, "inventory.baseline is none"), Ok("true".into()));
}

/// Someone with a GUID, homed on the old pool.
fn person(name: &str, guid: &str) -> Json {
    user(name, "old.tiny.test", &json!({"Guid": format!("{guid:0>32}")}))
}

#[test]
fn an_address_that_somebody_else_had_is_not_the_same_user() {
    let ann = "inventory.users[0].before";
    let held = |now: &[Json], before: &[Json], text: &str| {
        let (now, before) = (inventory(now, &conferencing()), inventory(before, &conferencing()));
        eval(&roots(now, Some(before), Vec::new()), text)
    };
    let is_none = format!("{ann} is none");
    assert_eq!(held(&[person("ann", "2")], &[person("ann", "1")], &is_none), Ok("true".into()));
    assert_eq!(
        held(&[person("ann", "1")], &[person("anna", "1")], &format!("{ann}.sip_address")),
        Ok("sip:anna@tiny.test".into())
    );
    // By the address alone, where one of them has no GUID that is known.
    assert_eq!(held(&[person("ann", "2")], &[user("ann", "old.tiny.test", &json!({}))], &is_none), Ok("false".into()));
    let told = held(&[person("ann", "2")], &[person("ann", "1"), user("bob", "old.tiny.test", &json!({}))], &is_none);
    assert!(told.as_ref().is_err_and(|told| told.contains("not everybody's GUID is known")), "{told:?}");
}

#[test]
fn a_setting_that_cannot_be_read_is_not_left_out() {
    let bob = [user("bob", "old.tiny.test", &json!({"Guid": format!("{:0>32}", 1)}))];
    let changes = |before: Json, now: Json| {
        let policies = |setting| {
            let mut hall = json!({"Identity": "Site:Hall", "AllowIPAudio": true});
            hall.as_object_mut()
                .expect("an object")
                .extend(serde_json::Map::from_iter([("MaxMeetingSize".to_owned(), setting)]));
            vec![json!({"Identity": "Global", "AllowIPAudio": true}), hall]
        };
        let (now, before) = (inventory(&bob, &policies(now)), inventory(&bob, &policies(before)));
        eval(&roots(now, Some(before), Vec::new()), "inventory.users[0].effective_changes | join(\" \")")
    };
    assert_eq!(changes(json!(100), json!(100)), Ok(String::new()));
    assert_eq!(changes(json!(100), json!(50)), Ok("conferencing_policy".into()));
    for (before, now) in [(json!(100), json!("a hundred")), (json!("a hundred"), json!(100))] {
        let told = changes(before, now);
        assert!(told.as_ref().is_err_and(|told| told.contains("whether max_meeting_size")), "{told:?}");
    }
}

#[test]
fn nothing_on_a_pool_that_need_not_exist_proves_nothing() {
    let first = "(environment.legacy_pools | first).users | length";
    let with = |pools: &[Json], text: &str| {
        let mut builder = Builder::default();
        let source = builder.source("export", "./export");
        let mut part = |dataset: &str, records: &[Json]| {
            let mut manifest = Manifest::new(dataset, "Get-CsThing");
            manifest.roles =
                Some(vec![Role { name: "CsViewOnlyAdministrator".to_owned(), scopes: vec!["Global".to_owned()] }]);
            manifest.start = "2026-05-02T11:00:00Z".parse().ok();
            manifest.end = manifest.start;
            let mut part = builder.part(source, manifest).expect("a dataset");
            for record in records {
                part.record(record.as_object().expect("an object")).expect("taken");
            }
            builder.end(part);
        };
        part("users", &[]);
        part("directory_domains", &[json!({"DnsRoot": "tiny.test"})]);
        if !pools.is_empty() {
            part("pools", pools);
        }
        let at = "2026-05-02T12:00:00Z".parse().expect("a time");
        let read = builder.finish(&Expectations { domains: vec!["tiny.test".to_owned()], ..Expectations::at(at) });
        eval(&roots(read, None, Vec::new()), text)
    };
    assert_eq!(with(&[json!({"Fqdn": "Old.Tiny.Test"})], first), Ok("0".into()));
    let told = with(&[json!({"Fqdn": "olde.tiny.test"})], first).expect_err("it is mistyped");
    assert!(
        told.contains("no pool old.tiny.test among pools") && told.contains("did you mean `olde.tiny.test`?"),
        "{told}"
    );
    let told = with(&[], first).expect_err("nobody knows");
    assert!(told.contains("export pools (Get-CsPool)"), "{told}");
    let database =
        json!({"Fqdn": "old.tiny.test", "Services": ["UserDatabase:old.tiny.test", "FileStore:old.tiny.test"]});
    let told = with(&[database], first).expect_err("nobody is homed on a database");
    assert!(told.contains("no Registrar runs on the pool old.tiny.test"), "{told}");
}
