//! Any text as an expression and as a template over an environment: compiled and
//! evaluated, or refused, never a panic.

#![no_main]

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use poolproof::diagnostic::Source;
use poolproof::environment::Environment;
use poolproof::expression::{Scope, Slots, Template, compile};

const ENVIRONMENT: &str = include_str!("../../fixtures/contoso/environment.yaml");

static WORLD: LazyLock<(Scope, Environment)> = LazyLock::new(|| {
    let source = Arc::new(Source::new("environment.yaml", ENVIRONMENT));
    let environment = Environment::of_source(source, PathBuf::new()).expect("the fixture's environment reads");
    let mut scope = Scope::default();
    scope.add("environment", Environment::ty());
    (scope, environment)
});

fuzz_target!(|text: &str| {
    let (scope, environment) = &*WORLD;
    let values = [Ok(environment.value.clone())];
    let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
    match compile(text, scope) {
        Ok(expr) => {
            drop(std::hint::black_box(expr.eval(&slots)));
            std::hint::black_box(expr.explain(text, &slots));
            std::hint::black_box(expr.reads());
        }
        Err(flaws) => assert!(flaws.iter().all(|flaw| flaw.span.start <= flaw.span.end), "{flaws:?}"),
    }
    if let Ok(template) = Template::compile(text, scope) {
        std::hint::black_box(template.render_lossy(&slots));
    }
});
