//! What the shell said of the policies that govern users: under whatever name it was asked.

use hashbrown::HashMap;
use std::sync::Arc;

use crate::inventory::{Inventory, Row};

/// Whom the shell may have been asked about, in the order of trust.
const NAMES: [&str; 5] = ["sip_address", "identity", "user_principal_name", "sam_account_name", "display_name"];

/// What was said, by the name under which it was.
#[derive(Debug)]
pub(super) struct Said(HashMap<Vec<u8>, Row>);

impl Said {
    pub(super) fn of(inventory: &Arc<Inventory>) -> Self {
        let mut said = HashMap::new();
        let mut key = Vec::new();
        for row in inventory.rows("effective_policies").into_iter().flatten() {
            if row.key_into("identity", &mut key) {
                said.entry(key.clone()).or_insert(row);
            }
        }
        Self(said)
    }

    /// What was said of a user: mostly, nobody asked.
    pub(super) fn about(&self, user: &Row) -> Option<&Row> {
        if self.0.is_empty() {
            return None;
        }
        let mut key = Vec::new();
        NAMES.iter().find_map(|name| if user.key_into(name, &mut key) { self.0.get(key.as_slice()) } else { None })
    }
}
