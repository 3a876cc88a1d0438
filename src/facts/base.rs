//! What was gathered, ready to be looked at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;

use super::known::{Before, Goes, Known, KnownUser};
use super::listed::unlisted;
use super::policy::{Effective, differences};
use super::shell::Said;
use super::waves::{Wave, Waves};
use crate::expression::{Lookup, Value};
use crate::inventory::{HomeServers, Inventory, Row};
use crate::values::fold;

/// The inventory, the one from before, and who moves.
#[derive(Debug)]
pub struct Base {
    /// What is now.
    pub inventory: Arc<Inventory>,
    /// What was before, if a baseline is named.
    pub baseline: Option<Arc<Inventory>>,
    /// Who moves.
    pub waves: Waves,
    pub(super) now: Timestamp,
    pub(super) effective: Effective,
    pub(super) effective_before: Option<Effective>,
    /// What is worked out of each user once: many checks ask for it.
    known: OnceLock<Known>,
    /// What the shell said of users' policies.
    said: OnceLock<Said>,
    /// Which pool each home server belongs to.
    homes: OnceLock<HomeServers>,
    /// Whether every user of the baseline has a GUID.
    all_had_guids: OnceLock<bool>,
    /// Why nothing on a pool proves nothing, by pool.
    unlisted: Mutex<HashMap<String, Option<String>>>,
    /// Differences between a policy before and one now.
    compared: Mutex<HashMap<Pair, Arc<[Value]>>>,
}

/// A type of policy, and the rows of the one before and the one now.
type Pair = (usize, usize, usize);

impl Base {
    /// From what was gathered at `now`.
    #[must_use]
    pub fn new(inventory: Arc<Inventory>, baseline: Option<Arc<Inventory>>, waves: Waves, now: Timestamp) -> Self {
        Self {
            effective: Effective::of(Arc::clone(&inventory)),
            effective_before: baseline.clone().map(Effective::of),
            inventory,
            baseline,
            waves,
            now,
            known: OnceLock::new(),
            said: OnceLock::new(),
            homes: OnceLock::new(),
            all_had_guids: OnceLock::new(),
            unlisted: Mutex::default(),
            compared: Mutex::default(),
        }
    }

    /// The same object in the baseline: by GUID, then by SIP address, since people are renamed. An
    /// address that somebody else had is no proof of anything: two GUIDs are two people.
    ///
    /// # Errors
    /// Why that is not known.
    pub(super) fn before(&self, row: &Row) -> Result<Option<Row>, String> {
        match self.known_of(row).map(|known| known.before) {
            Some(Before::None) => Ok(None),
            Some(Before::Row(number)) => {
                let found = self.baseline.as_ref().and_then(|baseline| baseline.row("users", number as usize));
                found.map_or_else(|| self.find_before(row), |found| Ok(Some(found)))
            }
            Some(Before::Unknown) | None => self.find_before(row),
        }
    }

    /// The wave that a user of the inventory goes with.
    ///
    /// # Errors
    /// Why that is not known.
    pub(super) fn wave(&self, row: &Row) -> Result<Option<&Wave>, String> {
        match self.known_of(row).map(|known| known.wave) {
            Some(Goes::None) => Ok(None),
            Some(Goes::With(number)) => Ok(self.waves.0.get(usize::from(number))),
            Some(Goes::Unknown) | None => self.waves.of_row(row, self.now),
        }
    }

    /// What is known of a user of the inventory; none of other records.
    pub(super) fn known_of(&self, row: &Row) -> Option<KnownUser> {
        if row.dataset() != "users" || !Arc::ptr_eq(row.inventory(), &self.inventory) {
            return None;
        }
        self.known().at(row.number())
    }

    /// What is known of the users of the inventory.
    pub(super) fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::of(self))
    }

    /// What the shell said of users' policies.
    pub(super) fn said(&self) -> &Said {
        self.said.get_or_init(|| Said::of(&self.inventory))
    }

    pub(super) fn find_before(&self, row: &Row) -> Result<Option<Row>, String> {
        let Some(baseline) = &self.baseline else {
            return Err("the environment names no baseline (`inventory.baseline`)".to_owned());
        };
        let dataset = row.dataset();
        let mut unknown = None;
        for field in ["guid", "sip_address"] {
            let found = row.find_in(baseline, (dataset, field), field).unwrap_or_else(|reason| {
                unknown.get_or_insert(reason);
                None
            });
            let Some(found) = found else { continue };
            // Who was found by the GUID has the same one.
            if field != "guid" && are_two(row, &found) {
                // Among those without a GUID it might still be.
                if !self.all_had_guids() {
                    let key =
                        if let Lookup::Known(value) = row.field(field) { value.to_string() } else { String::new() };
                    unknown.get_or_insert(format!("`{key}` was somebody else's, and not everybody's GUID is known"));
                }
                continue;
            }
            return match found.flaw() {
                Some(flaw) => Err(format!("the baseline's record of it is not to be relied on: {flaw}")),
                None => Ok(Some(found)),
            };
        }
        // By what is not known it might have been found.
        if let Some(reason) = unknown {
            return Err(format!("whether it was in the baseline: {reason}"));
        }
        match baseline.doubt(dataset) {
            Some(reason) => Err(format!("the baseline's {dataset} are not proven to be complete: {reason}")),
            None => Ok(None),
        }
    }

    /// Whether every user of the baseline has a GUID.
    fn all_had_guids(&self) -> bool {
        *self.all_had_guids.get_or_init(|| {
            let users = self.baseline.iter().filter_map(|baseline| baseline.rows("users")).flatten();
            users.map(|user| user.field("guid")).all(|guid| matches!(guid, Lookup::Known(Value::Name(_))))
        })
    }

    /// Why it proves nothing that nothing is on a pool: it may not exist.
    pub(super) fn unlisted(&self, pool: &str, gone: bool) -> Option<String> {
        let known = || self.unlisted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(pool) {
            return answer.clone();
        }
        let answer = unlisted(&self.inventory, self.baseline.as_ref(), pool, gone);
        known().insert(pool.to_owned(), answer.clone());
        answer
    }

    /// The pool that a home server's entry in the directory belongs to.
    ///
    /// # Errors
    /// Neither the directory nor the topology tells.
    pub(super) fn home(&self, server: &str) -> Result<&str, String> {
        let homes = self.homes.get_or_init(|| HomeServers::of(&self.inventory.tables));
        homes
            .pool(server)
            .ok_or_else(|| format!("neither directory_pools nor clusters say which pool `{server}` is of"))
    }

    /// The settings in which the policy of a type that governs a user now differs from the
    /// one that did before.
    ///
    /// # Errors
    /// Why that is not known.
    pub(super) fn differences(&self, user: &Row, number: usize) -> Result<Arc<[Value]>, String> {
        let (Some(before), Some(then)) = (self.before(user)?, &self.effective_before) else {
            return Err("the user is not in the baseline".to_owned());
        };
        let then = then.policy(&before, number).map_err(|reason| format!("before: {reason}"))?;
        let now = self.effective.policy(user, number)?;
        let key = (number, then.number(), now.number());
        let known = || self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&key) {
            return Ok(Arc::clone(found));
        }
        let found: Arc<[Value]> = differences(&then, &now)?.into_iter().map(|name| Value::Text(name.into())).collect();
        known().insert(key, Arc::clone(&found));
        Ok(found)
    }
}

/// Whether two records are of two objects: both have a GUID, and another one.
fn are_two(a: &Row, b: &Row) -> bool {
    match (a.field("guid"), b.field("guid")) {
        (Lookup::Known(Value::Name(a)), Lookup::Known(Value::Name(b))) => fold(&a) != fold(&b),
        _ => false,
    }
}
