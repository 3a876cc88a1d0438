//! What became of a user's policies: assignments and what governs, over all types at once.
//!
//! Types whose assignment every version is known to show must be known in both inventories;
//! of the others, what both know is compared.

use super::base::Base;
use super::policy::{name, policy_types};
use crate::inventory::Row;

type Names = Result<Vec<&'static str>, String>;

/// The policies that are assigned otherwise than before, by the field that assigns them.
///
/// # Errors
/// Why that is not known.
pub(super) fn assigned(base: &Base, user: &Row) -> Names {
    let before = base.before(user)?.ok_or("the user is not in the baseline")?;
    let mut changed = Vec::new();
    for ty in policy_types() {
        match (name(before.field(ty.field)), name(user.field(ty.field))) {
            (Ok(then), Ok(now)) if then != now => changed.push(ty.field),
            (Err(reason), _) if ty.expected => return Err(format!("before: {reason}")),
            (_, Err(reason)) if ty.expected => return Err(reason),
            _ => {}
        }
    }
    Ok(changed)
}

/// The types of policy of which another setting governs than before, by the field that assigns them.
///
/// # Errors
/// Why that is not known.
pub(super) fn effective(base: &Base, user: &Row) -> Names {
    let mut changed = Vec::new();
    for (number, ty) in policy_types().iter().enumerate() {
        match base.differences(user, number) {
            Ok(settings) if !settings.is_empty() => changed.push(ty.field),
            Err(reason) if ty.expected || is_known(base, user, ty.field, ty.dataset.name) => return Err(reason),
            _ => {}
        }
    }
    Ok(changed)
}

/// Whether both inventories came with a type's policies and with the user's assignment: what is
/// unknown of it then is not a version that has no such type.
fn is_known(base: &Base, user: &Row, field: &str, policies: &str) -> bool {
    let came = |user: &Row| {
        let inventory = user.inventory();
        inventory.doubt(policies).is_none() && inventory.count(policies) > 0 && name(user.field(field)).is_ok()
    };
    came(user) && base.before(user).is_ok_and(|before| before.is_some_and(|before| came(&before)))
}

/// The assigned policies that don't exist, by the field that assigns them.
///
/// # Errors
/// Why that is not known.
pub(super) fn undefined(base: &Base, user: &Row) -> Names {
    let mut dangling = Vec::new();
    for ty in policy_types() {
        let assigned = match name(user.field(ty.field)) {
            Ok(assigned) => assigned,
            Err(reason) if ty.expected => return Err(reason),
            Err(_) => None,
        };
        let Some(assigned) = assigned else { continue };
        let policies = ty.dataset.name;
        if base.inventory.find(policies, "identity", &format!("Tag:{assigned}")).is_some() {
            continue;
        }
        match base.inventory.doubt(policies) {
            Some(reason) => return Err(format!("{policies} are not proven to be complete: {reason}")),
            None => dangling.push(ty.field),
        }
    }
    Ok(dangling)
}
