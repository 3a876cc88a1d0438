//! A suite file → checks whose every name is known. All that is wrong is told at once.

mod steps;

use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::file::{CheckFile, Defaults, EventuallyFile, ExpectFile, ReportMode, RetryFile, SuiteFile};
use super::lint;
use super::model::{Check, Effective, Eventually, Expect, Expectation, Retry, Step, Suite, Variable};
use crate::diagnostic::{Code, Diagnostic, Place, Source};
use crate::expression::{Expr, Flaw, Scope, Template, Type, compile as compile_expression, has_template};
use crate::facts::{Roots, environment_type, inventory_type};
use crate::observe::probes::PROBES;
use crate::report::Severity;
use crate::values::SipAddress;
use crate::yaml::{self, Limits, Spanned, Validator};

/// Parses and compiles one suite file.
///
/// # Errors
/// Everything that is wrong with it. The second value of a success is its warnings.
pub fn compile(source: &Arc<Source>) -> Result<(Suite, Vec<Diagnostic>), Vec<Diagnostic>> {
    let file = read(source)?;
    let mut compiler = Compiler { source, file: &file, found: lint::suspicious(source, &file) };
    compiler.kebab(&file.suite, "suite");
    let checks: Vec<Arc<Check>> = file.checks.iter().filter_map(|check| compiler.check(check)).map(Arc::new).collect();
    if file.checks.is_empty() {
        compiler.tell(
            Code::NoChecks,
            file.suite.range.clone(),
            "a suite without checks",
            "add one, or remove the file",
        );
    }
    let mut found = compiler.found;
    found.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.range.start));
    if found.iter().any(Diagnostic::is_error) {
        return Err(found);
    }
    let suite = Suite { name: file.suite.value.clone(), title: file.title.clone(), source: Arc::clone(source), checks };
    Ok((suite, found))
}

/// The file, held against a schema that is made once: many suites are read in one go.
fn read(source: &Arc<Source>) -> Result<SuiteFile, Vec<Diagnostic>> {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    let node = yaml::parse(source, Limits::default())?;
    let found = SCHEMA.get_or_init(Validator::of::<SuiteFile>).check(source, &node);
    if found.iter().any(Diagnostic::is_error) {
        return Err(found);
    }
    yaml::from_node(&node).map_err(|error| vec![error.into_diagnostic(source)])
}

struct Compiler<'a> {
    source: &'a Arc<Source>,
    file: &'a SuiteFile,
    found: Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn tell(&mut self, code: Code, range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push(Diagnostic::at(code, self.source, range, message).hint(hint));
    }

    fn place(&self, range: Range<usize>) -> Place {
        Place { source: Arc::clone(self.source), range }
    }

    fn kebab(&mut self, id: &Spanned<String>, what: &str) {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = id.value.bytes().all(letters)
            && id.value.starts_with(|c: char| c.is_ascii_lowercase())
            && !id.value.ends_with('-');
        if !fits {
            let message = format!("`{}` is not a {what} id", id.value);
            self.tell(
                Code::InvalidValue,
                id.range.clone(),
                message,
                "use lower-case letters, digits and hyphens: `federation-srv`",
            );
        }
    }

    fn check(&mut self, check: &CheckFile) -> Option<Check> {
        let before = self.found.iter().filter(|diagnostic| diagnostic.is_error()).count();
        self.kebab(&check.id, "check");
        let mut scope = Scope::default();
        for (name, ty) in Roots::NAMES.into_iter().zip([environment_type(), inventory_type()]) {
            scope.add(name, ty);
        }
        let variables = self.variables(check, &mut scope);
        let filter = check.filter.as_ref().and_then(|text| self.truth(text, &scope));
        let subjects = scope.clone();
        let steps = self.steps(check, &mut scope);
        let expect = self.expect(check, &scope);
        let account = self.account(check, &steps, &subjects);
        let title = self.template(&check.title, &subjects);
        let fix = check.fix.as_ref().and_then(|text| self.template(text, &scope));
        if let Some(filter) = check.filter.as_ref().filter(|_| check.over.0.is_empty()) {
            let hint = "`where` picks among the subjects of `for`; say what it ranges over, or expect it instead";
            self.tell(Code::InvalidValue, filter.range.clone(), "`where` without `for`", hint);
        }
        if check.at_least.is_some() && variables.is_empty() {
            self.tell(
                Code::InvalidValue,
                check.id.range.clone(),
                "`at_least` without `for`",
                "say what it ranges over, or remove it",
            );
        }
        let after = self.found.iter().filter(|diagnostic| diagnostic.is_error()).count();
        if after > before {
            return None;
        }
        let defaults = &self.file.defaults;
        let report = if check.observe.0.is_empty() { ReportMode::All } else { ReportMode::Each };
        let mut tags = defaults.tags.clone();
        tags.extend(check.tags.iter().filter(|tag| !defaults.tags.contains(tag)).cloned());
        Some(Check {
            id: check.id.value.clone(),
            suite: self.file.suite.value.clone(),
            title: title?,
            title_text: check.title.value.clone(),
            because: check.because.clone(),
            source: check.source.clone().or_else(|| self.file.source.clone()),
            severity: Effective::first(check.severity, defaults.severity, Severity::Major),
            tags,
            vantage: check.vantage.clone().or_else(|| defaults.vantage.clone()),
            window: check.applies.or(self.file.applies).unwrap_or_default(),
            needs: check.needs.clone(),
            variables,
            filter,
            steps,
            expect: expect?,
            fix,
            retry: retry(check, defaults),
            eventually: eventually(check, defaults),
            timeout: Effective::first(
                check.timeout.map(|d| d.0),
                defaults.timeout.map(|d| d.0),
                Duration::from_secs(10),
            ),
            at_least: usize::try_from(check.at_least.unwrap_or(0)).unwrap_or(usize::MAX),
            allow_empty: check.allow_empty.clone(),
            report: check.report.unwrap_or(report),
            effects: check.effects.clone(),
            waivable: check.waivable.unwrap_or(true),
            limit: check.limit.clone(),
            account,
            scope,
            place: self.place(check.id.range.clone()),
        })
    }

    /// Who signs in: known before anything is asked, so that it can be told and looked up.
    fn account(&mut self, check: &CheckFile, steps: &[Step], subjects: &Scope) -> Option<Template> {
        let signing_in = steps.iter().find(|step| step.probe.signs_in);
        let Some(account) = &check.account else {
            if let Some(step) = signing_in {
                let message = format!("`{}` signs in, and the check doesn't say as whom", step.probe.name);
                let hint =
                    "add `account: ${account.sip_address}` and `for: { account: environment.accounts }`, or an address";
                self.tell(Code::InvalidValue, check.id.range.clone(), message, hint);
            }
            return None;
        };
        if signing_in.is_none() {
            let signing: Vec<&str> = PROBES.iter().filter(|probe| probe.signs_in).map(|probe| probe.name).collect();
            let hint = format!("remove it, or sign in: the probes that do are {}", signing.join(", "));
            self.tell(Code::InvalidValue, account.range.clone(), "no step signs in as this account", hint);
        }
        if !has_template(&account.value)
            && let Err(invalid) = account.value.parse::<SipAddress>()
        {
            let (message, hint) = invalid.parts();
            self.tell(Code::InvalidValue, account.range.clone(), message, hint);
        }
        self.template(account, subjects)
    }

    fn variables(&mut self, check: &CheckFile, scope: &mut Scope) -> Vec<Variable> {
        let mut variables = Vec::new();
        for (name, text) in &check.over.0 {
            let over = self.expression(text, scope);
            let item = match over.as_ref().map(|over| over.ty().present().clone()) {
                Some(Type::List(item)) => item.as_ref().clone(),
                None | Some(Type::Any) => Type::Any,
                Some(other) => {
                    self.tell(
                        Code::TypeMismatch,
                        text.range.clone(),
                        format!("`for` needs a list, and this is {other}"),
                        "name a list, such as `environment.pools`",
                    );
                    Type::Any
                }
            };
            if let Type::Record(record) = item.present()
                && record.identity.is_none()
            {
                let message = format!("a {} record has no name that a case could be known by", record.name);
                self.tell(
                    Code::TypeMismatch,
                    text.range.clone(),
                    message,
                    "range over records that have one, such as pools",
                );
            }
            self.free_name(name, scope);
            let slot = scope.add(&name.value, item.clone());
            variables.extend(over.map(|over| Variable { name: name.value.clone(), item, over, slot }));
        }
        variables
    }

    fn free_name(&mut self, name: &Spanned<String>, scope: &Scope) {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !name.value.bytes().all(word) || !name.value.starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.tell(
                Code::InvalidValue,
                name.range.clone(),
                format!("`{}` can't be used in expressions", name.value),
                "use letters, digits and `_`",
            );
        } else if KEYWORDS.contains(&name.value.as_str()) {
            self.tell(
                Code::InvalidValue,
                name.range.clone(),
                format!("`{}` means something else in expressions", name.value),
                "choose another name",
            );
        } else if scope.slot(&name.value).is_some() {
            self.tell(
                Code::DuplicateKey,
                name.range.clone(),
                format!("`{}` is taken already", name.value),
                "choose another name",
            );
        }
    }

    fn expect(&mut self, check: &CheckFile, scope: &Scope) -> Option<Expect> {
        match &check.expect.value {
            ExpectFile::None => {
                if check.over.0.is_empty() {
                    self.tell(
                        Code::InvalidValue,
                        check.expect.range.clone(),
                        "`expect: none` without `for`",
                        "say what must not be left: `for: { … }`",
                    );
                }
                if !check.observe.0.is_empty() {
                    self.tell(
                        Code::InvalidValue,
                        check.expect.range.clone(),
                        "`expect: none` with `observe`",
                        "`where` alone says which subjects are left; expect something of the answers instead",
                    );
                }
                let otherwise = check.otherwise.as_ref().map(|text| self.template(text, scope));
                match otherwise {
                    Some(None) => None,
                    Some(Some(template)) => Some(Expect::None(Some(template))),
                    None => Some(Expect::None(None)),
                }
            }
            ExpectFile::All(list) if list.is_empty() => {
                self.tell(
                    Code::EmptyExpect,
                    check.expect.range.clone(),
                    "an empty `expect` proves nothing",
                    "say what must be true: `- that: …`",
                );
                None
            }
            ExpectFile::All(list) => {
                if let Some(otherwise) = &check.otherwise {
                    self.tell(
                        Code::InvalidValue,
                        otherwise.range.clone(),
                        "`otherwise` beside a list of expectations",
                        "move it to the expectation it belongs to",
                    );
                }
                let all: Vec<Option<Expectation>> = list
                    .iter()
                    .map(|expectation| {
                        let otherwise = expectation.otherwise.as_ref().map(|text| self.template(text, scope));
                        let that = self.truth(&expectation.that, scope)?;
                        let place = self.place(expectation.that.range.clone());
                        let text = expectation.that.value.trim_end().to_owned();
                        let otherwise = match otherwise {
                            Some(None) => return None,
                            Some(template) => template,
                            None => None,
                        };
                        Some(Expectation { text, that, otherwise, place })
                    })
                    .collect();
                all.into_iter().collect::<Option<Vec<_>>>().map(Expect::All)
            }
        }
    }

    fn flaws(&mut self, flaws: Vec<Flaw>, place: impl Fn(Range<usize>) -> Range<usize>) {
        for flaw in flaws {
            let mut diagnostic = Diagnostic::at(flaw.code, self.source, place(flaw.span), flaw.message);
            diagnostic.hint = flaw.hint;
            self.found.push(diagnostic);
        }
    }

    fn expression(&mut self, text: &Spanned<String>, scope: &Scope) -> Option<Expr> {
        let source = Arc::clone(self.source);
        compile_expression(&text.value, scope)
            .map_err(|flaws| self.flaws(flaws, |span| text.place_inside(&source, span)))
            .ok()
    }

    fn truth(&mut self, text: &Spanned<String>, scope: &Scope) -> Option<Expr> {
        let expr = self.expression(text, scope)?;
        if matches!(expr.ty(), Type::Bool | Type::Any) {
            return Some(expr);
        }
        let message = format!("this must be true or false, and it is {}", expr.ty());
        self.tell(
            Code::NotBoolean,
            text.range.clone(),
            message,
            "compare it with what you expect: `==`, `>`, `is subset_of(…)`",
        );
        None
    }

    fn template(&mut self, text: &Spanned<String>, scope: &Scope) -> Option<Template> {
        let source = Arc::clone(self.source);
        Template::compile(&text.value, scope)
            .map_err(|flaws| self.flaws(flaws, |span| text.place_inside(&source, span)))
            .ok()
    }
}

/// Words that an expression would never take for a name.
const KEYWORDS: [&str; 13] =
    ["and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "true", "True"];

fn retry(check: &CheckFile, defaults: &Defaults) -> Effective<Retry> {
    let read = |file: &RetryFile| {
        let builtin = Retry::default();
        Retry {
            attempts: file.attempts.unwrap_or(3),
            wait: file.wait.map_or(builtin.wait, |wait| wait.0),
            on: file.on.as_ref().map_or(builtin.on, |on| on.iter().map(|on| on.class()).collect()),
        }
    };
    Effective::first(check.retry.as_ref().map(read), defaults.retry.as_ref().map(read), Retry::default())
}

fn eventually(check: &CheckFile, defaults: &Defaults) -> Effective<Option<Eventually>> {
    let read = |file: &EventuallyFile| {
        Some(Eventually { within: file.within.0, every: file.every.0.max(Duration::from_millis(1)) })
    };
    Effective::first(check.eventually.as_ref().map(read), defaults.eventually.as_ref().map(read), None)
}
