//! A record that is worked out: named values, some of them unknown.

use crate::expression::{Lookup, Record, Value};

/// A record of a few fields.
#[derive(Debug)]
pub(super) struct Told {
    /// Where it comes from, for messages.
    pub(super) source: &'static str,
    /// The field that identifies it among its like.
    pub(super) identity: &'static str,
    /// The fields, each known or unknown with the reason.
    pub(super) fields: Vec<(&'static str, Result<Value, String>)>,
}

impl Record for Told {
    fn get(&self, name: &str) -> Lookup {
        match self.fields.iter().find(|(field, _)| *field == name) {
            Some((_, Ok(value))) => Lookup::Known(value.clone()),
            Some((_, Err(reason))) => Lookup::Unknown(reason.clone()),
            None => Lookup::Missing,
        }
    }

    fn identity(&self) -> Option<Value> {
        match self.get(self.identity) {
            Lookup::Known(value) => Some(value),
            Lookup::Unknown(_) | Lookup::Missing => None,
        }
    }

    fn source(&self) -> &str {
        self.source
    }

    fn fields(&self) -> Vec<(String, Value)> {
        let known = self.fields.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone().ok()?)));
        known.collect()
    }
}
