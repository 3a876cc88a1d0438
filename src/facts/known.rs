//! What many checks ask of every user, worked out once: whom it was before, and with which wave
//! it goes.

use super::base::Base;
use super::waves::Asking;
use crate::inventory::{Row, by_ranges};

/// The users of the inventory, in its order.
#[derive(Debug)]
pub(super) struct Known(Vec<KnownUser>);

/// What is known of a user.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownUser {
    pub(super) before: Before,
    pub(super) wave: Goes,
}

/// Whom it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The row in the baseline.
    Row(u32),
    /// Nobody: the baseline is complete.
    None,
    /// That is not known; why is worked out where somebody asks.
    Unknown,
}

/// With which wave it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    /// The wave's place.
    With(u16),
    /// With none.
    None,
    /// That is not known; why is worked out where somebody asks.
    Unknown,
}

impl Known {
    /// Of the user at a place.
    pub(super) fn at(&self, row: usize) -> Option<KnownUser> {
        self.0.get(row).copied()
    }

    pub(super) fn of(base: &Base) -> Self {
        let all = base.inventory.count("users");
        let known = by_ranges(all, |rows| {
            let mut waves = base.waves.asking(base.now);
            let users = rows.filter_map(|row| base.inventory.row("users", row));
            users.map(|user| known(base, &mut waves, &user)).collect::<Vec<_>>()
        });
        Self(known.concat())
    }
}

fn known(base: &Base, waves: &mut Asking<'_>, row: &Row) -> KnownUser {
    KnownUser {
        before: match base.find_before(row) {
            Ok(Some(found)) => u32::try_from(found.number()).map_or(Before::Unknown, Before::Row),
            Ok(None) => Before::None,
            Err(_) => Before::Unknown,
        },
        wave: match waves.number_of(row) {
            Ok(Some(number)) => u16::try_from(number).map_or(Goes::Unknown, Goes::With),
            Ok(None) => Goes::None,
            Err(_) => Goes::Unknown,
        },
    }
}
