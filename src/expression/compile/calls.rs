//! Filters and tests: what they take, and what comes of it.

use std::ops::Range;

use minijinja::machinery::ast;

use super::super::builtins::{FILTERS, Filter, FilterKind, SYMBOLS, TESTS, Test};
use super::super::constants::{never, rejects};
use super::super::ir::{Args, Expr, Node};
use super::super::types::Type;
use super::super::value::Value;
use super::Compiler;
use crate::diagnostic::{Code, suggestion};

impl Compiler<'_> {
    pub(super) fn filter(&mut self, tree: &ast::Filter<'_>, span: Range<usize>) -> Expr {
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

    pub(super) fn test(&mut self, tree: &ast::Test<'_>, span: Range<usize>) -> Expr {
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
