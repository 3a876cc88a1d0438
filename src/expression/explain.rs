//! Why an expression came out as it did: the value of each name in it.

use super::eval::Slots;
use super::ir::{Expr, Node, Walk};

impl Expr {
    /// Every path in the expression (`srv.records[0].port`) and its value as text, each
    /// path once, in the order in which they stand.
    #[must_use]
    pub fn explain(&self, text: &str, slots: &Slots<'_>) -> Vec<(String, String)> {
        let mut values: Vec<(String, String)> = Vec::new();
        self.walk(&mut |expr| {
            if !matches!(expr.node, Node::Slot(_) | Node::Attr(..) | Node::Item(..)) {
                return Walk::Into;
            }
            let path = text.get(expr.span.clone()).unwrap_or_default().trim().to_owned();
            if !values.iter().any(|(known, _)| *known == path) {
                let value = match expr.eval(slots) {
                    Ok(value) => value.brief(),
                    Err(error) => format!("unknown ({error})"),
                };
                values.push((path, value));
            }
            Walk::Over
        });
        values
    }
}
