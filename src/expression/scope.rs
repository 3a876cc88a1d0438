//! The variables that an expression may read.

use super::types::Type;

/// The variables that an expression may read, by slot.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: Vec<(String, Type)>,
}

impl Scope {
    /// Adds a variable and returns its slot. A later one hides an earlier one of the same name.
    pub fn add(&mut self, name: &str, ty: Type) -> usize {
        self.names.push((name.to_owned(), ty));
        self.names.len() - 1
    }

    /// The slot of a name.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.names.iter().rposition(|(known, _)| known == name)
    }

    /// The variable in a slot.
    #[must_use]
    pub fn name(&self, slot: usize) -> Option<&str> {
        self.names.get(slot).map(|(name, _)| name.as_str())
    }

    /// The slot of a name, and its type.
    pub(super) fn variable(&self, name: &str) -> Option<(usize, &Type)> {
        let slot = self.slot(name)?;
        self.names.get(slot).map(|(_, ty)| (slot, ty))
    }

    /// The names, in the order of their slots.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// How many slots there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
