//! How often a fault strikes.

use std::sync::atomic::{AtomicU32, Ordering};

/// Strikes that are left; all of them where there is no number.
#[derive(Debug)]
pub(super) struct Budget(Option<AtomicU32>);

impl Budget {
    pub(super) fn of(times: Option<u32>) -> Self {
        Self(times.map(AtomicU32::new))
    }

    /// Takes one strike, if any is left.
    pub(super) fn take(&self) -> bool {
        self.0.as_ref().is_none_or(|left| {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_used_up_and_no_number_never() {
        let twice = Budget::of(Some(2));
        assert_eq!([twice.take(), twice.take(), twice.take(), twice.take()], [true, true, false, false]);
        let always = Budget::of(None);
        assert!((0..100).all(|_| always.take()));
        assert!(!Budget::of(Some(0)).take());
    }
}
