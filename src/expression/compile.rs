//! minijinja's syntax tree → typed expression, every name checked.

mod calls;

use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::{ast, parse_expr};

use super::constants::{constant_of, impossible_word};
use super::flaw::Flaw;
use super::ir::{Arithmetic, Comparison, Expr, Node};
use super::scope::Scope;
use super::types::Type;
use super::value::Value;
use crate::diagnostic::{Code, suggestion};

/// Longest expression that is parsed: the parser recurses.
const LONGEST: usize = 4096;

/// Deepest nesting: compiling and evaluating recurse.
const DEEPEST: usize = 64;

/// Compiles an expression.
///
/// # Errors
/// Everything that is wrong with it; for broken syntax, the first thing.
pub fn compile(text: &str, scope: &Scope) -> Result<Expr, Vec<Flaw>> {
    if text.len() > LONGEST {
        return Err(vec![
            Flaw::new(Code::ExpressionSyntax, 0..LONGEST, format!("longer than {LONGEST} bytes"))
                .hint("split it into several expectations"),
        ]);
    }
    if signs_in_a_row(text) > DEEPEST {
        return Err(vec![
            Flaw::new(Code::ExpressionSyntax, 0..text.len(), "too many signs in a row").hint("one is enough"),
        ]);
    }
    let tree = parse_expr(text).map_err(|error| {
        let message = error.detail().unwrap_or("this is not an expression").to_owned();
        let range = error.range().filter(|range| range.start < range.end).unwrap_or(0..text.len());
        vec![
            Flaw::new(Code::ExpressionSyntax, range, message)
                .hint("write a comparison such as `pool.fqdn == \"pool01.contoso.com\"`; texts need quotes"),
        ]
    })?;
    let mut compiler = Compiler { scope, flaws: Vec::new(), depth: 0 };
    let expr = compiler.expr(&tree);
    if compiler.flaws.is_empty() { Ok(expr) } else { Err(compiler.flaws) }
}

/// minijinja guards its recursion everywhere but in front of a sign.
fn signs_in_a_row(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        run = if byte == b'-' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

struct Compiler<'a> {
    scope: &'a Scope,
    flaws: Vec<Flaw>,
    depth: usize,
}

impl Compiler<'_> {
    fn flaw(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) -> &mut Flaw {
        self.flaws.push(Flaw::new(code, span, message));
        let last = self.flaws.len() - 1;
        &mut self.flaws[last]
    }

    /// Something to go on with after a flaw: its type silences what would follow from it.
    fn broken(span: Range<usize>) -> Expr {
        Expr { node: Node::Const(Value::Null), span, ty: Type::Any }
    }

    fn unsupported(&mut self, span: Range<usize>, what: &str, hint: &str) -> Expr {
        self.flaw(Code::ExpressionSyntax, span.clone(), what).hint = Some(hint.to_owned());
        Self::broken(span)
    }

    fn expr(&mut self, tree: &ast::Expr<'_>) -> Expr {
        if self.depth == DEEPEST {
            let span = span_of(tree.span());
            return self.unsupported(span, "nested too deep", "split it into several expectations");
        }
        self.depth += 1;
        let expr = self.inner(tree);
        self.depth -= 1;
        expr
    }

    fn inner(&mut self, tree: &ast::Expr<'_>) -> Expr {
        let span = span_of(tree.span());
        match tree {
            ast::Expr::Var(var) => self.variable(var.id, span),
            ast::Expr::Const(constant) => match constant_of(&constant.value) {
                Some((value, ty)) => Expr { node: Node::Const(value), span, ty },
                None => self.unsupported(
                    span,
                    "this kind of constant is not supported",
                    "write numbers, texts, true, false, none or lists",
                ),
            },
            ast::Expr::List(list) => self.list(&list.items, span),
            ast::Expr::Tuple(tuple) => self.list(&tuple.items, span),
            ast::Expr::GetAttr(attr) => {
                let inner = self.expr(&attr.expr);
                let span = inner.span.start..span.end;
                self.attribute(inner, attr.name, span)
            }
            ast::Expr::GetItem(item) => {
                let (inner, index) = (self.expr(&item.expr), self.expr(&item.subscript_expr));
                let span = inner.span.start..span.end;
                self.item(inner, index, span)
            }
            ast::Expr::UnaryOp(operation) => {
                let inner = self.expr(&operation.expr);
                match operation.op {
                    ast::UnaryOpKind::Not => {
                        self.must_be_bool(&inner);
                        Expr { node: Node::Not(Box::new(inner)), span, ty: Type::Bool }
                    }
                    ast::UnaryOpKind::Neg => {
                        let ty = self.number(&inner);
                        Expr { node: Node::Neg(Box::new(inner)), span, ty }
                    }
                }
            }
            ast::Expr::BinOp(operation) => self.binary(operation.op, &operation.left, &operation.right, span),
            ast::Expr::Compare(chain) => {
                let first = self.expr(&chain.expr);
                let rest = chain.ops.iter().map(|op| (comparison(op.op), self.expr(&op.expr))).collect();
                self.comparison(first, rest)
            }
            ast::Expr::IfExpr(choice) => {
                let test = self.expr(&choice.test_expr);
                self.must_be_bool(&test);
                let yes = self.expr(&choice.true_expr);
                let Some(no) = choice.false_expr.as_ref().map(|no| self.expr(no)) else {
                    return self.unsupported(span, "`if` without `else` has no value", "add `else …`");
                };
                let ty = yes.ty.join(&no.ty);
                let span = yes.span.start.min(span.start)..no.span.end;
                Expr { node: Node::If(Box::new(test), Box::new(yes), Box::new(no)), span, ty }
            }
            ast::Expr::Filter(filter) => self.filter(filter, span),
            ast::Expr::Test(test) => self.test(test, span),
            ast::Expr::Slice(_) => {
                self.unsupported(span, "slices are not supported", "use `first`, `last` or an index")
            }
            ast::Expr::Call(_) => {
                self.unsupported(span, "there are no functions to call", "use a filter: `value | filter`")
            }
            ast::Expr::Map(_) => {
                self.unsupported(span, "mappings are not supported here", "compare the fields one by one")
            }
        }
    }

    fn variable(&mut self, name: &str, span: Range<usize>) -> Expr {
        let found = self.scope.variable(name).map(|(slot, ty)| (slot, ty.clone()));
        let Some((slot, ty)) = found else {
            let hint = suggestion(name, self.scope.names());
            self.flaw(Code::UnknownName, span.clone(), format!("`{name}` is not known here")).hint = Some(hint);
            return Self::broken(span);
        };
        Expr { node: Node::Slot(slot), span, ty }
    }

    fn list(&mut self, items: &[ast::Expr<'_>], span: Range<usize>) -> Expr {
        let items: Vec<Expr> = items.iter().map(|item| self.expr(item)).collect();
        let inner = items.iter().map(|item| item.ty.clone()).reduce(|a, b| a.join(&b)).unwrap_or(Type::Any);
        Expr { node: Node::List(items), span, ty: Type::list(inner) }
    }

    fn attribute(&mut self, inner: Expr, name: &str, span: Range<usize>) -> Expr {
        let ty = self.field(&inner.ty, name, &span);
        Expr { node: Node::Attr(Box::new(inner), name.to_owned()), span, ty }
    }

    fn field(&mut self, of: &Type, name: &str, span: &Range<usize>) -> Type {
        match of.present() {
            Type::Any => Type::Any,
            Type::Record(record) => {
                if let Some(field) = record.field(name) {
                    field.ty.clone()
                } else {
                    let hint = suggestion(name, record.fields.iter().map(|field| field.name.as_str()));
                    let at = span.end.saturating_sub(name.len())..span.end;
                    let message = format!("a {} record has no `{name}`", record.name);
                    self.flaw(Code::UnknownName, at, message).hint = Some(hint);
                    Type::Any
                }
            }
            other => {
                let message = format!("`{name}` of {other}");
                let hint = match other {
                    Type::List(_) => "take one item (`[0]`, `first`), or `map(attribute=\"…\")`",
                    _ => "only records have attributes",
                };
                self.flaw(Code::TypeMismatch, span.clone(), message).hint = Some(hint.to_owned());
                Type::Any
            }
        }
    }

    fn item(&mut self, inner: Expr, index: Expr, span: Range<usize>) -> Expr {
        let ty = match (inner.ty.present(), &index.node) {
            (Type::List(item), _) if matches!(index.ty, Type::Int | Type::Any) => item.as_ref().clone(),
            (Type::Record(_), Node::Const(Value::Text(name))) => {
                let name = Arc::clone(name);
                let of = inner.ty.clone();
                self.field(&of, &name, &span)
            }
            (Type::Any, _) => Type::Any,
            (other, _) => {
                let message = format!("`[…]` of {other}");
                self.flaw(Code::TypeMismatch, span.clone(), message);
                Type::Any
            }
        };
        Expr { node: Node::Item(Box::new(inner), Box::new(index)), span, ty }
    }

    fn binary(&mut self, op: ast::BinOpKind, left: &ast::Expr<'_>, right: &ast::Expr<'_>, span: Range<usize>) -> Expr {
        use ast::BinOpKind as Op;
        let (a, b) = (self.expr(left), self.expr(right));
        let span = a.span.start.min(span.start)..b.span.end.max(span.end);
        let arithmetic = match op {
            Op::Eq => return self.comparison(a, vec![(Comparison::Eq, b)]),
            Op::Ne => return self.comparison(a, vec![(Comparison::Ne, b)]),
            Op::Lt => return self.comparison(a, vec![(Comparison::Lt, b)]),
            Op::Lte => return self.comparison(a, vec![(Comparison::Le, b)]),
            Op::Gt => return self.comparison(a, vec![(Comparison::Gt, b)]),
            Op::Gte => return self.comparison(a, vec![(Comparison::Ge, b)]),
            Op::In => return self.comparison(a, vec![(Comparison::In, b)]),
            Op::ScAnd | Op::ScOr => {
                self.must_be_bool(&a);
                self.must_be_bool(&b);
                let (a, b) = (Box::new(a), Box::new(b));
                let node = if matches!(op, Op::ScAnd) { Node::And(a, b) } else { Node::Or(a, b) };
                return Expr { node, span, ty: Type::Bool };
            }
            Op::Concat => return Expr { node: Node::Concat(Box::new(a), Box::new(b)), span, ty: Type::Text },
            Op::Pow => return self.unsupported(span, "`**` is not supported", "multiply"),
            Op::Add => Arithmetic::Add,
            Op::Sub => Arithmetic::Sub,
            Op::Mul => Arithmetic::Mul,
            Op::Div => Arithmetic::Div,
            Op::FloorDiv => Arithmetic::FloorDiv,
            Op::Rem => Arithmetic::Rem,
        };
        let (left, right) = (self.number(&a), self.number(&b));
        let ty = if arithmetic == Arithmetic::Div { Type::Float } else { left.join(&right) };
        Expr { node: Node::Arithmetic(arithmetic, Box::new(a), Box::new(b)), span, ty }
    }

    fn comparison(&mut self, first: Expr, rest: Vec<(Comparison, Expr)>) -> Expr {
        let span = first.span.start..rest.last().map_or(first.span.end, |(_, last)| last.span.end);
        let mut left = &first;
        for (comparison, right) in &rest {
            let at = left.span.start..right.span.end;
            let possible = match comparison {
                Comparison::Eq | Comparison::Ne => left.ty.comparable(&right.ty),
                Comparison::In | Comparison::NotIn => match right.ty.present() {
                    Type::List(item) => left.ty.comparable(item),
                    Type::Text | Type::Name => matches!(left.ty.present(), Type::Text | Type::Name | Type::Any),
                    Type::Any => true,
                    _ => false,
                },
                _ => left.ty.orderable(&right.ty),
            };
            if !possible {
                let message = format!("{} compared with {}", left.ty, right.ty);
                let hint = "compare values of one kind; texts and numbers are never equal";
                self.flaw(Code::TypeMismatch, at, message).hint = Some(hint.to_owned());
            } else if let Some(flaw) = impossible_word(left, right, *comparison) {
                self.flaws.push(flaw);
            }
            left = right;
        }
        Expr { node: Node::Compare(Box::new(first), rest), span, ty: Type::Bool }
    }

    fn must_be_bool(&mut self, expr: &Expr) {
        if !matches!(expr.ty, Type::Bool | Type::Any) {
            let hint = match expr.ty.present() {
                Type::List(_) => "ask for what you mean: `x | length > 0`, `x is empty`",
                Type::Bool => "it may be none: write `x == true`",
                _ => "compare it with something",
            };
            let message = format!("true or false is needed, and this is {}", expr.ty);
            self.flaw(Code::NotBoolean, expr.span.clone(), message).hint = Some(hint.to_owned());
        }
    }

    fn number(&mut self, expr: &Expr) -> Type {
        match expr.ty.present() {
            number @ (Type::Int | Type::Float | Type::Any) => number.clone(),
            other => {
                let message = format!("a number is needed, and this is {other}");
                self.flaw(Code::TypeMismatch, expr.span.clone(), message);
                Type::Any
            }
        }
    }
}

fn comparison(op: ast::CompareOpKind) -> Comparison {
    match op {
        ast::CompareOpKind::Eq => Comparison::Eq,
        ast::CompareOpKind::Ne => Comparison::Ne,
        ast::CompareOpKind::Lt => Comparison::Lt,
        ast::CompareOpKind::Lte => Comparison::Le,
        ast::CompareOpKind::Gt => Comparison::Gt,
        ast::CompareOpKind::Gte => Comparison::Ge,
        ast::CompareOpKind::In => Comparison::In,
        ast::CompareOpKind::NotIn => Comparison::NotIn,
    }
}

fn span_of(span: minijinja::machinery::Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}
