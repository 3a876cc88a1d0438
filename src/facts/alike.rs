//! Users who agree in all that decides which policies govern them, worked out once: what is asked
//! of every type of policy has one answer for all of them.

use hashbrown::{DefaultHashBuilder, HashMap};

use super::policy::policy_types;
use crate::expression::{Numbering, Reading, Record};
use crate::inventory::{Inventory, Row, by_ranges};

/// The number of each user's like, in the inventory's order; none where that can't be told.
#[derive(Debug)]
pub(super) struct Alike(Vec<Option<u32>>);

/// What users are told apart by → their number.
type Numbers = HashMap<Box<[u32]>, u32, DefaultHashBuilder>;

/// What numbers users by the policies of some types, and by their pools, which decide what governs whom none is
/// assigned to.
pub(super) fn by_policies(row: &Row, fields: impl Iterator<Item = &'static str>) -> Option<Vec<Numbering>> {
    fields.chain(["registrar_pool"]).map(|field| row.numbering(&[field.to_owned()], Reading::Value)).collect()
}

impl Alike {
    /// None where what decides is not numbered: hardly two users agree then.
    pub(super) fn of(inventory: &std::sync::Arc<Inventory>) -> Option<Self> {
        let each = by_policies(&inventory.row("users", 0)?, policy_types().iter().map(|ty| ty.field))?;
        let all = inventory.count("users");
        // Each thread numbers as it goes along; what it has found gets its number for good afterwards.
        let found = by_ranges(all, |rows| {
            let mut numbers = Numbers::default();
            let mut scratch = Vec::new();
            let own: Vec<Option<u32>> = rows
                .map(|row| {
                    scratch.clear();
                    let told = each.iter().all(|numbering| numbering(row, &mut scratch));
                    told.then(|| number(&mut numbers, &scratch)).flatten()
                })
                .collect();
            (own, numbers)
        });
        let mut numbers = Numbers::default();
        let mut users = Vec::with_capacity(all);
        for (own, of) in found {
            let mut lasting = vec![None; of.len()];
            for (key, own) in &of {
                if let Some(place) = lasting.get_mut(*own as usize) {
                    *place = number(&mut numbers, key);
                }
            }
            users.extend(own.into_iter().map(|own| lasting.get(own? as usize).copied().flatten()));
        }
        Some(Self(users))
    }

    /// The number of a user's like.
    pub(super) fn number(&self, row: usize) -> Option<u32> {
        self.0.get(row).copied().flatten()
    }
}

fn number(numbers: &mut Numbers, key: &[u32]) -> Option<u32> {
    if let Some(number) = numbers.get(key) {
        return Some(*number);
    }
    let number = u32::try_from(numbers.len()).ok()?;
    numbers.insert(key.into(), number);
    Some(number)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::*;
    use crate::expression::Lookup;
    use crate::inventory::{Builder, Expectations, Manifest};

    #[test]
    fn users_have_one_number_where_they_agree_in_policies_and_pool() {
        let mut builder = Builder::default();
        let source = builder.source("export", "./export");
        let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
        // More than one thread looks at.
        let all = 20_000;
        for number in 0..all {
            let record = format!(
                r#"{{"SipAddress":"sip:u{number}@contoso.com","RegistrarPool":"pool{}.contoso.com","ConferencingPolicy":{},"VoicePolicy":"Tag:V{}"}}"#,
                number % 3,
                if number % 2 == 0 { "null" } else { "\"Tag:Sales\"" },
                number / 7 % 5,
            );
            part.record_json(record.as_bytes()).expect("taken");
        }
        builder.end(part);
        let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)));
        let alike = Alike::of(&inventory).expect("few policies");
        let mut like: HashMap<u32, String> = HashMap::new();
        for row in inventory.rows("users").expect("users") {
            let field = |name: &str| match row.field(name) {
                Lookup::Known(value) => value.to_json().to_string(),
                other => panic!("{name}: {other:?}"),
            };
            let own = ["registrar_pool", "conferencing_policy", "voice_policy"].map(field).concat();
            let number = alike.number(row.number()).expect("a number");
            assert_eq!(*like.entry(number).or_insert_with(|| own.clone()), own, "user {}", row.number());
        }
        assert_eq!(like.len(), 3 * 2 * 5);
    }

    #[test]
    fn where_nobody_is_nobody_is_numbered() {
        let inventory = Arc::new(Builder::default().finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)));
        assert!(Alike::of(&inventory).is_none());
    }
}
