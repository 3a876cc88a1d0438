//! minijinja's syntax tree → typed expression, every name checked.

use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::{ast, parse_expr};

use super::builtins::{FILTERS, Filter, FilterKind, SYMBOLS, TESTS, Test};
use super::constants::{constant_of, impossible_word, never, rejects};
use super::ir::{Args, Arithmetic, Comparison, Expr, Node};
use super::types::Type;
use super::value::Value;
use crate::diagnostic::{Code, suggestion};

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

/// What is wrong in an expression. Spans are bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The kind of problem.
    pub code: Code,
    /// Where.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

impl Flaw {
    pub(super) fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.start + by..self.span.end + by;
        self
    }
}

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
        let found = self.scope.slot(name).and_then(|slot| self.scope.names.get(slot).map(|(_, ty)| (slot, ty.clone())));
        let Some((slot, ty)) = found else {
            let hint = suggestion(name, self.scope.names.iter().map(|(name, _)| name.as_str()));
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

    fn filter(&mut self, tree: &ast::Filter<'_>, span: Range<usize>) -> Expr {
        let Some(input) = tree.expr.as_ref().map(|input| self.expr(input)) else {
            return self.unsupported(span, "a filter without a value", "write `value | filter`");
        };
        let span = input.span.start..span.end;
        let Some(filter) = FILTERS.iter().find(|filter| filter.about.name == tree.name) else {
            let hint = suggestion(tree.name, FILTERS.iter().map(|filter| filter.about.name));
            self.flaw(Code::UnknownFilter, span.clone(), format!("there is no filter `{}`", tree.name)).hint =
                Some(hint);
            return Self::broken(span);
        };
        let Some(args) = self.filter_arguments(filter, &tree.args, &span) else { return Self::broken(span) };
        let ty = match &filter.kind {
            FilterKind::Plain(type_of, _) => {
                let types: Vec<Type> = args.positional.iter().map(|arg| arg.ty.clone()).collect();
                type_of(&input.ty, &types).unwrap_or_else(|message| {
                    self.flaw(Code::TypeMismatch, span.clone(), message);
                    Type::Any
                })
            }
            FilterKind::Map => self.attribute_type(&input, &args, &span).map_or(Type::Any, Type::list),
            FilterKind::All => {
                if let Some(ty) = self.attribute_type(&input, &args, &span) {
                    self.selection(&ty, &args, &span);
                }
                Type::Bool
            }
            FilterKind::Select { .. } => {
                if let Some(ty) = self.attribute_type(&input, &args, &span) {
                    self.selection(&ty, &args, &span);
                }
                input.ty.present().clone()
            }
        };
        Expr { node: Node::Filter(filter, Box::new(input), args), span, ty }
    }

    fn filter_arguments(
        &mut self,
        filter: &'static Filter,
        args: &[ast::CallArg<'_>],
        span: &Range<usize>,
    ) -> Option<Args> {
        let usage = format!("write `{}`", filter.about.usage);
        let mut compiled = Args::default();
        let mut attribute = None;
        for arg in args {
            match arg {
                ast::CallArg::Pos(expr) => compiled.positional.push(self.expr(expr)),
                ast::CallArg::Kwarg("attribute", expr) if matches!(filter.kind, FilterKind::Map) => {
                    attribute = Some(self.expr(expr));
                }
                _ => {
                    self.flaw(
                        Code::ExpressionSyntax,
                        span.clone(),
                        format!("`{}` doesn't take this argument", filter.about.name),
                    )
                    .hint = Some(usage);
                    return None;
                }
            }
        }
        let (least, most) = filter.arity;
        let count = compiled.positional.len();
        let selects = matches!(filter.kind, FilterKind::Select { .. } | FilterKind::All);
        if count < least || count > most || (matches!(filter.kind, FilterKind::Map) && attribute.is_none()) {
            self.flaw(
                Code::ExpressionSyntax,
                span.clone(),
                format!("`{}` with the wrong number of arguments", filter.about.name),
            )
            .hint = Some(usage);
            return None;
        }
        if selects {
            let mut rest = std::mem::take(&mut compiled.positional).into_iter();
            attribute = rest.next();
            if let Some(name) = rest.next() {
                compiled.test = Some(self.named_test(&name)?);
            }
            compiled.positional = rest.collect();
        }
        if let Some(attribute) = attribute {
            let Node::Const(Value::Text(path)) = &attribute.node else {
                self.flaw(Code::ExpressionSyntax, attribute.span, "the attribute's name must be a text").hint =
                    Some(usage);
                return None;
            };
            compiled.attribute = Some(path.split('.').map(str::to_owned).collect());
        }
        Some(compiled)
    }

    fn named_test(&mut self, name: &Expr) -> Option<&'static Test> {
        let Node::Const(Value::Text(text)) = &name.node else {
            self.flaw(Code::ExpressionSyntax, name.span.clone(), "the test's name must be a text");
            return None;
        };
        let known = SYMBOLS.iter().find(|(symbol, _)| *symbol == text.as_ref()).map_or(text.as_ref(), |(_, name)| name);
        let test = TESTS.iter().find(|test| test.about.name == known);
        if test.is_none() {
            let hint = suggestion(text, TESTS.iter().map(|test| test.about.name));
            self.flaw(Code::UnknownTest, name.span.clone(), format!("there is no test `{text}`")).hint = Some(hint);
        }
        test
    }

    fn attribute_type(&mut self, input: &Expr, args: &Args, span: &Range<usize>) -> Option<Type> {
        let mut ty = match input.ty.present() {
            Type::List(item) => item.as_ref().clone(),
            Type::Any => return None,
            other => {
                let message = format!("this is for lists of records, and here is {other}");
                self.flaw(Code::TypeMismatch, span.clone(), message);
                return None;
            }
        };
        for name in args.attribute.as_deref().unwrap_or_default() {
            ty = self.field(&ty, name, span);
        }
        Some(ty)
    }

    fn selection(&mut self, ty: &Type, args: &Args, span: &Range<usize>) {
        let Some(test) = args.test else {
            if !matches!(ty, Type::Bool | Type::Any) {
                let message = format!("the attribute must be true or false, and it is {ty}");
                self.flaw(Code::NotBoolean, span.clone(), message).hint =
                    Some("add a test: `selectattr(\"name\", \"==\", value)`".to_owned());
            }
            return;
        };
        let types: Vec<Type> = args.positional.iter().map(|arg| arg.ty.clone()).collect();
        let ordered = matches!(test.about.name, "lt" | "le" | "gt" | "ge");
        let wrong_pair = match types.as_slice() {
            [other] if matches!(test.about.name, "eq" | "ne") => !ty.comparable(other),
            [other] if ordered => !ty.orderable(other),
            _ => false,
        };
        if wrong_pair {
            let other = types.first().cloned().unwrap_or(Type::Any);
            self.flaw(Code::TypeMismatch, span.clone(), format!("{ty} compared with {other}"));
        } else if types.len() != test.arity {
            self.flaw(
                Code::ExpressionSyntax,
                span.clone(),
                format!("`{}` takes {} argument(s)", test.about.name, test.arity),
            );
        } else if let Err(message) = (test.types)(ty, &types) {
            self.flaw(Code::TypeMismatch, span.clone(), message);
        } else if matches!(test.about.name, "eq" | "ne" | "in") {
            self.flaws.extend(args.positional.iter().find_map(|constants| never(ty, constants)));
        }
    }

    fn test(&mut self, tree: &ast::Test<'_>, span: Range<usize>) -> Expr {
        let input = self.expr(&tree.expr);
        let span = input.span.start..span.end;
        let Some(test) = TESTS.iter().find(|test| test.about.name == tree.name) else {
            let hint = if tree.name == "defined" || tree.name == "undefined" {
                "names are checked when the file is loaded, and what is unknown is an error; ask `is none` for an absent fact".to_owned()
            } else {
                suggestion(tree.name, TESTS.iter().map(|test| test.about.name))
            };
            self.flaw(Code::UnknownTest, span.clone(), format!("there is no test `{}`", tree.name)).hint = Some(hint);
            return Self::broken(span);
        };
        let mut positional = Vec::new();
        for arg in &tree.args {
            match arg {
                ast::CallArg::Pos(expr) => positional.push(self.expr(expr)),
                _ => return self.unsupported(span, "a test takes plain arguments", test.about.usage),
            }
        }
        let types: Vec<Type> = positional.iter().map(|arg| arg.ty.clone()).collect();
        if positional.len() != test.arity {
            let message = format!("`{}` takes {} argument(s)", test.about.name, test.arity);
            self.flaw(Code::ExpressionSyntax, span.clone(), message).hint =
                Some(format!("write `{}`", test.about.usage));
        } else if let Err(message) = (test.types)(&input.ty, &types) {
            self.flaw(Code::TypeMismatch, span.clone(), message).hint = Some(format!("write `{}`", test.about.usage));
        } else if matches!(test.about.name, "eq" | "ne" | "in") {
            self.flaws.extend(positional.iter().find_map(|constants| never(&input.ty, constants)));
        } else if test.about.name == "empty" && rejects(&input) {
            let message = "this also holds where the list is empty, and nothing proves nothing";
            self.flaw(Code::VacuousTruth, span.clone(), message).hint =
                Some("write `records | all(\"port\", \"==\", 5061)`".to_owned());
        }
        let args = Args { positional, ..Args::default() };
        Expr { node: Node::Test(test, Box::new(input), args), span, ty: Type::Bool }
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
