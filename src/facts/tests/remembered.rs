//! Remembered answers are the plain ones, whatever records come in whatever order.

use proptest::prelude::*;

use super::*;
use crate::expression::{Remembered, Type, Value};

/// Expressions over a record that may be anything: what one of them lacks is unknown of it.
const EXPRESSIONS: [&str; 25] = [
    "r.effective_by_shell is none",
    "r.effective_by_shell is not none and r.effective_by_shell.conferencing_policy == 'Global'",
    "r.effective_by_shell.conferencing_policy == r.conferencing_policy",
    "r.registrar_pool == 'old.tiny.test'",
    "r.enabled",
    "r.identity == 'Global'",
    "r.identity is none",
    "r.scope is none or r.identity != 'Global'",
    "r.fqdn == 'old.tiny.test' or r.fqdn is none",
    "r.conferencing_policy is none",
    "r.conferencing_policy is not none and r.conferencing_policy == 'Small'",
    "r.pin_policy is none or r.conferencing_policy is none",
    "r.wave is none",
    "r.wave is not none and r.wave.name == 'first'",
    "r.wave is none or r.wave.to == r.registrar_pool",
    "r.before is none",
    "r.before is none or r.before.registrar_pool == r.registrar_pool",
    "r.before is none or r.before.conferencing_policy is none",
    "r.before is not none and r.before.before is none",
    "r.effective.conferencing_policy.identity == 'Global'",
    "r.effective.conferencing_policy.identity == r.before.effective.conferencing_policy.identity",
    "('conferencing_policy' in r.assignment_changes)",
    "(r.effective_changes | length) == 0",
    "(r.undefined_policies | length) == 0",
    "r.home_pool is none or r.home_pool == r.registrar_pool",
];

/// Lists whose records are numbered, each list for itself.
const LISTS: [&str; 7] = [
    "inventory.users",
    "(inventory.users | map(attribute=\"before\"))",
    "inventory.conferencing_policies",
    "inventory.pin_policies",
    "inventory.pools",
    "inventory.sites",
    "inventory.baseline.doubts",
];

/// A user: the pool, the policies, the home server.
type Drawn = (u8, u8, u8, u8);

fn drawn(name: &str, (pool, conferencing, pin, home): Drawn) -> Json {
    let pool = ["old.tiny.test", "new.tiny.test", "kept.tiny.test"][usize::from(pool % 3)];
    let mut given = json!({"Guid": format!("{name:0>32}")});
    let fields = given.as_object_mut().expect("an object");
    for (property, value) in [("ConferencingPolicy", conferencing), ("PinPolicy", pin)] {
        match value % 4 {
            0 => drop(fields.insert(property.to_owned(), json!("Small"))),
            1 => drop(fields.insert(property.to_owned(), json!("Gone"))),
            2 => drop(fields.insert(property.to_owned(), Json::Null)),
            // Not what anybody can read.
            _ => drop(fields.insert(property.to_owned(), json!(7))),
        }
    }
    match home % 3 {
        0 => drop(fields.insert("HomeServer".to_owned(), json!("CN=Lc Services,CN=Microsoft,CN=1:2,CN=Pools,DC=a"))),
        1 => drop(fields.insert("HomeServer".to_owned(), Json::Null)),
        _ => {}
    }
    user(name, pool, &given)
}

fn deployment(now: &[Drawn], before: &[Drawn]) -> Roots {
    let people = |drawn_of: &[Drawn]| -> Vec<Json> {
        drawn_of.iter().enumerate().map(|(number, one)| drawn(&(number + 1).to_string(), *one)).collect()
    };
    let waves = vec![
        named("first", WaveState::Moved, &["1@tiny.test", "4@tiny.test"]),
        named("second", WaveState::Next, &["2@tiny.test"]),
    ];
    let other = [json!({"Identity": "Site:Barn", "MaxMeetingSize": 3}), json!({"Identity": "Global"})];
    roots(inventory(&people(now), &conferencing()), Some(inventory(&people(before), &other)), waves)
}

/// All records of the lists that can be told, each list's beside its like.
fn records(roots: &Roots) -> Vec<Value> {
    let mut scope = Scope::default();
    scope.add("environment", environment_type());
    scope.add("inventory", inventory_type());
    let now = "2026-05-02T12:00:00Z".parse().expect("a time");
    let slots = roots.slots(2);
    let list = |text: &&str| {
        let list = compile(text, &scope).expect("compiled").eval(&Slots { values: &slots, now });
        match list {
            Ok(Value::List(items)) => items.to_vec(),
            other => panic!("{text}: {other:?}"),
        }
    };
    LISTS.iter().flat_map(list).collect()
}

fn people() -> impl Strategy<Value = Vec<Drawn>> {
    prop::collection::vec(any::<Drawn>(), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn remembered_answers_are_the_plain_ones(
        now in people(),
        before in people(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..60),
    ) {
        let records = records(&deployment(&now, &before));
        let mut scope = Scope::default();
        let slot = scope.add("r", Type::Any);
        for text in EXPRESSIONS {
            let expression = compile(text, &scope).expect("compiled");
            let mut remembered = Remembered::of(&expression, slot);
            for index in &order {
                let values = [Ok(index.get(&records).clone())];
                let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
                let plain = expression.truth(&slots).map_err(|error| error.message);
                let again = remembered.truth(&expression, &slots).map_err(|error| error.message);
                prop_assert_eq!(again, plain, "{} of {:?}", text, values[0]);
            }
        }
    }
}

/// Both are the first of their lists: equal numbers, and nothing else that is equal.
#[test]
fn the_first_of_one_list_is_not_the_first_of_another() {
    let roots = deployment(&[(0, 0, 2, 1)], &[(1, 2, 2, 1)]);
    let records = records(&roots);
    let mut scope = Scope::default();
    let slot = scope.add("r", Type::Any);
    let expression = compile("r.identity == 'Global'", &scope).expect("compiled");
    let mut remembered = Remembered::of(&expression, slot);
    let answers: Vec<bool> = records
        .iter()
        .filter_map(|record| {
            let values = [Ok(record.clone())];
            remembered.truth(&expression, &Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH }).ok()
        })
        .collect();
    assert!(answers.contains(&true) && answers.contains(&false), "{answers:?}");
    let of = |text: &str| eval(&roots, text);
    let wanted = of("(inventory.conferencing_policies | length) + (inventory.pin_policies | length)");
    assert_eq!(wanted, Ok("4".into()));
    assert_eq!(answers.iter().filter(|yes| **yes).count(), 2, "one of each policy's list: {answers:?}");
}
