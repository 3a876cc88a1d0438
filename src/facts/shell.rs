//! What the shell said of the policies that govern users: under whatever name it was asked.

use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use crate::inventory::{Inventory, Row, by_ranges};

/// Whom the shell may have been asked about, in the order of trust.
const NAMES: [&str; 5] = ["sip_address", "identity", "user_principal_name", "sam_account_name", "display_name"];

/// What was said, by the name under which it was.
#[derive(Debug)]
pub(super) struct Said {
    by_name: HashMap<Vec<u8>, Row>,
    /// For each user of the inventory, what was said.
    of_users: OnceLock<Vec<Option<u32>>>,
}

impl Said {
    pub(super) fn of(inventory: &Arc<Inventory>) -> Self {
        let mut by_name = HashMap::new();
        let mut key = Vec::new();
        for row in inventory.rows("effective_policies").into_iter().flatten() {
            if row.key_into("identity", &mut key) {
                by_name.entry(key.clone()).or_insert(row);
            }
        }
        Self { by_name, of_users: OnceLock::new() }
    }

    /// What was said of a user: mostly, nobody asked.
    pub(super) fn about(&self, user: &Row) -> Option<&Row> {
        self.asked(user, &mut Vec::new())
    }

    fn asked(&self, user: &Row, key: &mut Vec<u8>) -> Option<&Row> {
        if self.by_name.is_empty() {
            return None;
        }
        NAMES.iter().find_map(|name| if user.key_into(name, key) { self.by_name.get(key.as_slice()) } else { None })
    }

    /// Which record was said of the user at a place of this inventory.
    pub(super) fn number(&self, inventory: &Arc<Inventory>, row: usize) -> Option<u32> {
        let of_users = self.of_users.get_or_init(|| {
            let all = if self.by_name.is_empty() { 0 } else { inventory.count("users") };
            let said = by_ranges(all, |rows| {
                let mut key = Vec::new();
                let number = |said: &Row| u32::try_from(said.number()).ok();
                let users = rows.map(|row| inventory.row("users", row));
                users.map(|user| number(self.asked(&user?, &mut key)?)).collect::<Vec<_>>()
            });
            said.concat()
        });
        of_users.get(row).copied().flatten()
    }
}
