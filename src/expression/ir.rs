//! A compiled expression: names resolved to slots, filters and tests to functions.

use std::ops::Range;

use super::builtins::{Filter, Test};
use super::types::Type;
use super::value::Value;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expr {
    pub(super) node: Node,
    /// Bytes of the expression's text.
    pub(super) span: Range<usize>,
    /// Its type, as far as it is known.
    pub(super) ty: Type,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    Const(Value),
    Slot(usize),
    Attr(Box<Expr>, String),
    Item(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Filter(&'static Filter, Box<Expr>, Args),
    Test(&'static Test, Box<Expr>, Args),
    List(Vec<Expr>),
}

/// The arguments of a filter or test.
#[derive(Debug, Clone, Default)]
pub(super) struct Args {
    pub positional: Vec<Expr>,
    /// The dotted path of an attribute, where the builtin takes one.
    pub attribute: Option<Vec<String>>,
    /// The test that `selectattr` and `rejectattr` apply, by name.
    pub test: Option<&'static Test>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Rem,
}

impl Expr {
    /// The type, as far as it is known.
    #[must_use]
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Calls a function on this expression and each below it, outermost first.
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self) -> Walk) {
        if visit(self) == Walk::Over {
            return;
        }
        match &self.node {
            Node::Const(_) | Node::Slot(_) => {}
            Node::Attr(inner, _) | Node::Not(inner) | Node::Neg(inner) => inner.walk(visit),
            Node::Item(a, b) | Node::And(a, b) | Node::Or(a, b) | Node::Arithmetic(_, a, b) | Node::Concat(a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            Node::Compare(first, rest) => {
                first.walk(visit);
                for (_, expr) in rest {
                    expr.walk(visit);
                }
            }
            Node::If(a, b, c) => {
                a.walk(visit);
                b.walk(visit);
                c.walk(visit);
            }
            Node::Filter(_, input, args) | Node::Test(_, input, args) => {
                input.walk(visit);
                for expr in &args.positional {
                    expr.walk(visit);
                }
            }
            Node::List(items) => {
                for expr in items {
                    expr.walk(visit);
                }
            }
        }
    }

    /// Whether it reads a field of one of these names, of whatever record.
    #[must_use]
    pub fn names(&self, is_one: impl Fn(&str) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |expr| {
            match &expr.node {
                Node::Attr(_, name) => found |= is_one(name),
                Node::Filter(_, _, args) | Node::Test(_, _, args) => {
                    found |= args.attribute.iter().flatten().any(|name| is_one(name));
                }
                _ => {}
            }
            Walk::Into
        });
        found
    }

    /// The slots that it reads.
    #[must_use]
    pub fn reads(&self) -> Vec<usize> {
        let mut slots = Vec::new();
        self.walk(&mut |expr| {
            if let Node::Slot(slot) = expr.node
                && !slots.contains(&slot)
            {
                slots.push(slot);
            }
            Walk::Into
        });
        slots
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    Into,
    Over,
}
