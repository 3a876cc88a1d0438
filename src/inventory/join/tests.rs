//! Whatever shapes the columns of parts have, what is joined of them is what one would join by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::expression::{Lookup, Value};
use crate::inventory::{Builder, Expectations, Inventory, Manifest};

/// A record of a part: the object, and what is said of it.
type Said = (u32, Map<String, Json>);

const FIELDS: [(&str, &str); 3] =
    [("VoicePolicy", "voice_policy"), ("DisplayName", "display_name"), ("WhenChanged", "when_changed")];

/// Numbers that look as if they were drawn, and are the same each time.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// What a part says: of some fields nothing at all, of some that there is nothing, of some what others say
    /// too.
    fn part(&mut self, objects: u32, all: bool) -> Vec<Said> {
        let silent: Vec<bool> = FIELDS.iter().map(|_| self.below(4) == 0).collect();
        let known = (0..objects).filter(|_| all || self.below(3) > 0).collect::<Vec<_>>();
        let mut record = |object: u32| {
            let mut said = Map::new();
            for ((property, _), silent) in FIELDS.iter().zip(&silent) {
                let value = match (*property, self.below(6)) {
                    (_, 0) => continue,
                    (_, 1) => Json::Null,
                    ("VoicePolicy", number) => json!(format!("Policy{}", number % 3)),
                    ("DisplayName", number) => json!(format!("Person {object}, {}", number / 5)),
                    (_, number) => json!(format!("2026-05-0{number}T12:00:00Z")),
                };
                if !silent {
                    said.insert((*property).to_owned(), value);
                }
            }
            (object, said)
        };
        known.into_iter().map(&mut record).collect()
    }
}

fn guid(object: u32) -> String {
    format!("6f1c9d0e-6f5e-4d0b-9a55-{object:012x}")
}

fn joined(parts: &[Vec<Said>]) -> Arc<Inventory> {
    let mut builder = Builder::default();
    for (number, records) in parts.iter().enumerate() {
        let source = builder.source("export", format!("{number}"));
        let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
        for (object, said) in records {
            let mut record = said.clone();
            record.insert("Guid".to_owned(), json!(guid(*object)));
            part.record(&record).expect("taken");
        }
        builder.end(part);
    }
    Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)))
}

/// For each object and property, the first that a part says, and how often a later one says otherwise.
fn by_hand(parts: &[Vec<Said>]) -> (Vec<u32>, BTreeMap<(u32, &'static str), Json>, usize) {
    let (mut order, mut first, mut differing) = (Vec::new(), BTreeMap::new(), 0);
    for (object, said) in parts.iter().flatten() {
        if !order.contains(object) {
            order.push(*object);
        }
        for (property, _) in FIELDS {
            let Some(value) = said.get(property) else { continue };
            let before = first.entry((*object, property)).or_insert_with(|| value.clone());
            differing += usize::from(before != value && property != "WhenChanged");
        }
    }
    (order, first, differing)
}

#[test]
fn parts_are_joined_as_by_hand() {
    let mut drawn = Drawn(7);
    for round in 0..400 {
        let objects = u32::try_from(1 + drawn.below(12)).expect("few");
        let count = 2 + drawn.below(2);
        let parts: Vec<Vec<Said>> = (0..count).map(|part| drawn.part(objects, part == 0 && round % 2 == 0)).collect();
        let (inventory, (order, first, differing)) = (joined(&parts), by_hand(&parts));
        let rows: Vec<_> = inventory.rows("users").expect("users").collect();
        assert_eq!(rows.len(), order.len(), "{parts:?}");
        for (row, object) in rows.iter().zip(&order) {
            let Lookup::Known(Value::Name(is)) = row.field("guid") else { panic!("{row:?}") };
            assert_eq!(*is, *guid(*object));
            for (property, field) in FIELDS {
                let told = match row.field(field) {
                    Lookup::Known(value) => Some(value.to_json()),
                    Lookup::Unknown(_) | Lookup::Missing => None,
                };
                assert_eq!(told.as_ref(), first.get(&(*object, property)), "{object} {property}: {parts:?}");
            }
        }
        let told = inventory.disagreements().iter().filter(|told| told.field.is_some()).count();
        assert_eq!(told, differing, "{parts:?}");
    }
}

#[test]
fn equal_inventories_have_equal_hashes_however_their_columns_came_about() {
    // What the first part has alone is taken over; what it lacks for one object is made anew.
    let said = |object: u32, policy: &str| (object, Map::from_iter([("VoicePolicy".to_owned(), json!(policy))]));
    let bare = |object: u32| (object, Map::new());
    let over = joined(&[vec![said(1, "A"), said(2, "B")], vec![bare(1), bare(2)]]);
    let anew = joined(&[vec![said(1, "A"), bare(2)], vec![bare(1), said(2, "B")]]);
    assert_eq!(over.hash(), anew.hash());
}

#[test]
fn of_several_that_share_a_key_only_the_first_is_taken_for_another() {
    // Events without their places in the log: what tells them apart was not delivered.
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let parts = [vec![("Information", 1); 1_000], vec![("Error", 30_024); 3]];
    for records in parts {
        let mut manifest = Manifest::new("events", "Get-WinEvent -LogName 'Lync Server'");
        manifest.about = Some("fe21.contoso.com".to_owned());
        let mut part = builder.part(source, manifest).expect("a dataset");
        for (level, id) in records {
            let record = json!({"Id": id, "Level": level});
            part.record(record.as_object().expect("an object")).expect("taken");
        }
        builder.end(part);
    }
    let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)));
    assert_eq!(inventory.count("events"), 1_002, "two of three are nobody else's");
    let levels = inventory.rows("events").into_iter().flatten().map(|row| row.field("level"));
    let errors = levels.filter(|level| matches!(level, Lookup::Known(value) if value.to_string() == "Error"));
    assert_eq!(errors.count(), 2);
}

/// A record of a part as joining sees it: a GUID, an address, or neither.
type Bare = (Option<u32>, Option<u32>);

/// Which rows of the parts are one object: the first that has the most trusted key, or nobody.
fn grouped_by_hand(parts: &[Vec<Bare>]) -> Vec<Vec<(usize, usize)>> {
    let mut objects: Vec<Vec<(usize, usize)>> = Vec::new();
    // For each key, the objects that had it, in the order in which they came to it.
    let mut known: [BTreeMap<u32, Vec<usize>>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for (part, rows) in parts.iter().enumerate() {
        for (row, (guid, address)) in rows.iter().enumerate() {
            let of = |(part, row): &(usize, usize)| parts.get(*part).and_then(|rows| rows.get(*row)).expect("a row");
            let fits = |object: &usize| {
                objects.get(*object).expect("an object").iter().all(|member| {
                    let other = of(member).0;
                    member.0 != part && (guid.is_none() || other.is_none() || other == *guid)
                })
            };
            let keys = [*guid, *address];
            let found = keys
                .iter()
                .zip(&known)
                .find_map(|(key, known)| known.get(&(*key)?)?.first().copied().filter(fits).filter(|_| part > 0));
            let object = found.unwrap_or(objects.len());
            match objects.get_mut(object) {
                Some(members) => members.push((part, row)),
                None => objects.push(vec![(part, row)]),
            }
            // What comes last is known to nobody after it.
            for (key, known) in keys.iter().zip(&mut known) {
                if let Some(key) = key.filter(|_| part + 1 < parts.len() || part == 0) {
                    let objects = known.entry(key).or_default();
                    if !objects.contains(&object) {
                        objects.push(object);
                    }
                }
            }
        }
    }
    objects
}

/// Addresses are shared and swapped, GUIDs are missing, and parts have one object twice.
#[test]
fn rows_are_one_object_as_by_hand() {
    const NAMES: [(&str, &str); 3] =
        [("DisplayName", "display_name"), ("FirstName", "first_name"), ("LastName", "last_name")];
    let mut drawn = Drawn(11);
    for _ in 0..600 {
        let count = 2 + drawn.below(2);
        let limit = 2 + drawn.below(6);
        let parts: Vec<Vec<Bare>> = (0..count)
            .map(|_| {
                let mut key = |never: u64| {
                    let number = drawn.below(limit + never);
                    u32::try_from(number).ok().filter(|_| number < limit)
                };
                (0..5).map(|_| (key(2), key(1))).collect()
            })
            .collect();
        let mut builder = Builder::default();
        for (number, rows) in parts.iter().enumerate() {
            let source = builder.source("export", format!("{number}"));
            let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
            for (row, (own, address)) in rows.iter().enumerate() {
                let mut record = Map::new();
                record.insert(NAMES[number].0.to_owned(), json!(row.to_string()));
                if let Some(own) = own {
                    record.insert("Guid".to_owned(), json!(guid(*own)));
                }
                if let Some(address) = address {
                    record.insert("SipAddress".to_owned(), json!(format!("sip:user{address}@contoso.com")));
                }
                part.record(&record).expect("taken");
            }
            builder.end(part);
        }
        let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)));
        let members = |row: crate::inventory::Row| -> Vec<(usize, usize)> {
            let of = |(part, (_, field)): (usize, &(&str, &str))| match row.field(field) {
                Lookup::Known(value) => Some((part, value.to_string().parse().expect("a number"))),
                Lookup::Unknown(_) | Lookup::Missing => None,
            };
            NAMES.iter().enumerate().filter_map(of).collect()
        };
        let found: Vec<_> = inventory.rows("users").expect("users").map(members).collect();
        assert_eq!(found, grouped_by_hand(&parts), "{parts:?}");
    }
}
