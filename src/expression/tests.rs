use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::diagnostic::Code;

#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Fruit {
    /// Days.
    days_left: i64,
    names: Vec<String>,
    /// A host.
    #[schemars(extend("format" = "fqdn"))]
    host: String,
    port: Option<u16>,
    state: State,
    fresh: bool,
    #[schemars(extend("format" = "date-time"))]
    ripe: String,
    seeds: Vec<Seed>,
}

#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Seed {
    port: i64,
    good: bool,
}

#[derive(schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum State {
    Open,
    NoAnswer,
}

fn scope() -> Scope {
    let mut scope = Scope::default();
    scope.add("fruit", Type::of::<Fruit>());
    scope.add("other", Type::Any);
    scope
}

fn value() -> Value {
    let json = json!({
        "days_left": 12, "names": ["a.contoso.com", "*.contoso.com"], "host": "Pool01.Contoso.com.", "state": "open",
        "fresh": true, "ripe": "2026-12-01T00:00:00Z", "seeds": [{"port": 1, "good": true}, {"port": 2, "good": false}],
    });
    Value::from_json(&json, &Type::of::<Fruit>(), &Arc::from("test"))
}

fn eval(text: &str) -> Result<String, String> {
    let expr = compile(text, &scope()).map_err(|flaws| flaws[0].message.clone())?;
    let values = [Ok(value()), Err("the wire was cut".to_owned())];
    let now = "2026-11-22T00:00:00Z".parse().expect("a time");
    expr.eval(&Slots { values: &values, now }).map(|value| value.to_string()).map_err(|error| error.message)
}

fn refused(text: &str) -> (Code, String) {
    let flaws = compile(text, &scope()).expect_err(text);
    (flaws[0].code, flaws[0].hint.clone().unwrap_or_default())
}

#[test]
fn names_compare_folded_and_texts_do_not() {
    assert_eq!(eval("fruit.host == 'pool01.contoso.com'").as_deref(), Ok("true"));
    assert_eq!(eval("fruit.host in ['x', 'POOL01.contoso.com']").as_deref(), Ok("true"));
    assert_eq!(eval("'A' == 'a'").as_deref(), Ok("false"));
    assert_eq!(eval("fruit.host is within('contoso.COM')").as_deref(), Ok("true"));
    assert_eq!(eval("'evilcontoso.com' is within('contoso.com')").as_deref(), Ok("false"));
}

#[test]
fn nothing_proves_nothing() {
    assert_eq!(eval("[] is subset_of(fruit.names)").as_deref(), Ok("false"));
    assert_eq!(eval("[] is disjoint_from(fruit.names)").as_deref(), Ok("false"));
    assert_eq!(eval("fruit.names is superset_of([])").as_deref(), Ok("false"));
    for empty in ["[] | min", "[] | max", "[] | first", "[] | last", "fruit.seeds[7]"] {
        assert!(eval(empty).is_err(), "{empty}");
    }
}

#[test]
fn what_is_unknown_is_an_error_and_null_is_not() {
    assert!(eval("other == 1").expect_err("unknown").contains("the wire was cut"));
    assert!(eval("other is none").is_err());
    assert_eq!(eval("fruit.port is none").as_deref(), Ok("true"));
    assert_eq!(eval("fruit.port == 5061").as_deref(), Ok("false"));
    assert!(eval("fruit.port < 5061").is_err(), "none has no order");
    assert_eq!(eval("false and other == 1").as_deref(), Ok("false"), "what is not needed is not read");
}

#[test]
fn unlike_things_are_refused_at_load() {
    assert_eq!(refused("fruit.days_left == '12'").0, Code::TypeMismatch);
    assert_eq!(refused("fruit.names < 3").0, Code::TypeMismatch);
    assert_eq!(refused("none < 30").0, Code::TypeMismatch);
    assert_eq!(refused("fruit.names and true").0, Code::NotBoolean);
    assert_eq!(refused("fruit.names is subset_of([1])").0, Code::TypeMismatch);
    for never in ["fruit.state in ['opne']", "fruit.state not in ['opne']", "fruit.state is ne('opne')"] {
        assert_eq!(refused(never), (Code::TypeMismatch, "did you mean `open`?".to_owned()), "{never}");
    }
    assert_eq!(refused("fruit.seeds | rejectattr('good') is empty").0, Code::VacuousTruth);
    assert_eq!(refused("fruit.state == 'opne'"), (Code::TypeMismatch, "did you mean `open`?".to_owned()));
}

#[test]
fn names_filters_and_tests_are_checked_with_a_suggestion() {
    assert_eq!(refused("fruit.days_lft > 3"), (Code::UnknownName, "did you mean `days_left`?".to_owned()));
    assert_eq!(refused("friut.days_left > 3"), (Code::UnknownName, "did you mean `fruit`?".to_owned()));
    assert_eq!(refused("fruit.names | lenght > 3"), (Code::UnknownFilter, "did you mean `length`?".to_owned()));
    assert_eq!(refused("fruit.names is subsetof([])").0, Code::UnknownTest);
    assert_eq!(
        refused("fruit.seeds | map(attribute='prot') | max > 3"),
        (Code::UnknownName, "did you mean `port`?".to_owned())
    );
    assert_eq!(
        refused("fruit.seeds | selectattr('god') | length > 3"),
        (Code::UnknownName, "did you mean `good`?".to_owned())
    );
    assert_eq!(refused("fruit.fresh is defined").0, Code::UnknownTest);
    assert_eq!(refused("1 +").0, Code::ExpressionSyntax);
}

#[test]
fn a_misspelt_name_is_pointed_at_exactly() {
    let text = "fruit.fresh and fruit.days_lft > 3";
    let flaws = compile(text, &scope()).expect_err("refused");
    assert_eq!(&text[flaws[0].span.clone()], "days_lft");
}

#[test]
fn filters_work() {
    for (text, wanted) in [
        ("fruit.seeds | map(attribute='port') | max", "2"),
        ("fruit.seeds | selectattr('good') | length", "1"),
        ("fruit.seeds | rejectattr('port', '==', 2) | map(attribute='port') | first", "1"),
        ("fruit.names | join(', ')", "a.contoso.com, *.contoso.com"),
        ("fruit.names is wildcard_covers('b.contoso.com')", "true"),
        ("fruit.names is wildcard_covers('a.b.contoso.com')", "false"),
        ("fruit.ripe | days_until", "9"),
        ("1 < 2 < 3", "true"),
        ("'x' if fruit.fresh else 'y'", "x"),
        ("7 // 2 + 7 % 2", "4"),
        ("not fruit.fresh", "false"),
        ("['b', 'a', 'b'] | unique | sort | join", "ab"),
        ("fruit.seeds[-1].port", "2"),
        ("fruit.seeds | all('port', '>', 0)", "true"),
        ("fruit.seeds | all('good')", "false"),
        ("fruit.seeds | selectattr('port', '>', 9) | all('good')", "false"),
        ("'POOL01' in fruit.host", "true"),
        ("fruit.host is startingwith('pool')", "true"),
        ("['a', 'b'] | union(['b', 'c']) | join", "abc"),
        ("[] | union([]) is empty", "true"),
        ("fruit.host | known in ['pool01.contoso.com']", "true"),
        ("fruit.seeds | map(attribute='port') | known is subset_of([1, 2])", "true"),
    ] {
        assert_eq!(eval(text).as_deref(), Ok(wanted), "{text}");
    }
    assert!(eval("1 // 0").is_err());
    for unsaid in ["fruit.port | known == 5061", "[5061, fruit.port] | known is subset_of([5061])"] {
        assert!(eval(unsaid).expect_err(unsaid).contains("tells nothing"), "{unsaid}");
    }
    let json = Value::from_json(&json!({"_links": {"user": 1}}), &Type::Any, &"test".into());
    for (text, wanted) in [
        ("other is having('_links')", true),
        ("other._links is having('redirect')", false),
        ("other._links.user is having('href')", false),
    ] {
        let values = [Ok(value()), Ok(json.clone())];
        let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
        let held = compile(text, &scope()).expect(text).eval(&slots).expect(text);
        assert!(matches!(held, Value::Bool(held) if held == wanted), "{text}");
    }
    assert!(compile("fruit is having('host')", &scope()).is_err(), "its names are known");
    assert!(eval("9223372036854775807 + 1").is_err());
}

#[test]
fn an_explanation_gives_each_path_its_value() {
    let text = "fruit.days_left >= 30 and fruit.seeds[0].port in [2]";
    let expr = compile(text, &scope()).expect("compiles");
    let values = [Ok(value()), Err(String::new())];
    let now = jiff::Timestamp::UNIX_EPOCH;
    let explained = expr.explain(text, &Slots { values: &values, now });
    assert_eq!(
        explained,
        [("fruit.days_left".to_owned(), "12".to_owned()), ("fruit.seeds[0].port".to_owned(), "1".to_owned())]
    );
}

#[test]
fn templates_keep_the_type_of_a_lone_expression() {
    let values = [Ok(value()), Err("cut".to_owned())];
    let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
    let render = |text: &str| Template::compile(text, &scope()).expect(text).eval(&slots).expect(text);
    assert!(matches!(render("${fruit.days_left}"), Value::Int(12)));
    assert_eq!(render("a ${fruit.days_left} b ${'}'} ${'${'}x}").to_string(), "a 12 b } ${x}");
    assert_eq!(render("no expression {at all}").to_string(), "no expression {at all}");
    for broken in ["${", "${-fruit.days_left}", "${env:Path}", "${fruit.", "a ${fruit.days_lft}"] {
        assert!(Template::compile(broken, &scope()).is_err(), "{broken}");
    }
    let lossy = Template::compile("got ${other}", &scope()).expect("compiles").render_lossy(&slots);
    assert_eq!(lossy, "got ‹unknown: cut›");
}

fn untyped() -> Scope {
    let mut scope = Scope::default();
    scope.add("body", Type::Any);
    scope.add("other", Type::Any);
    scope
}

#[test]
fn a_message_quotes_the_beginning_of_what_is_long() {
    let body = "é".repeat(100_000);
    let deep = (0..3).fold(Value::Text("x".repeat(200).into()), |inner, _| Value::List(vec![inner; 12].into()));
    for value in [Value::Text(body.as_str().into()), deep] {
        let values = [Ok(value), Err("cut".to_owned())];
        let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
        let any = untyped();
        let template = Template::compile("it says ${body}.", &any).expect("compiles");
        let told = template.render_lossy(&slots);
        assert!(told.chars().count() < 2_100 && told.ends_with(" bytes)."), "{told}");
        let truth = crate::expression::compile("body == other or body is empty", &any).expect("compiles");
        for (_, explained) in truth.explain("body == other or body is empty", &slots) {
            assert!(explained.chars().count() < 2_100, "{explained}");
        }
    }
    let values = [Ok(Value::Text(body.as_str().into())), Ok(value())];
    let slots = Slots { values: &values, now: jiff::Timestamp::UNIX_EPOCH };
    let any = untyped();
    // What a question is made of stays whole, whatever its length.
    let whole = Template::compile("${body}!", &any).expect("compiles").eval(&slots).expect("a text").to_string();
    assert_eq!(whole.len(), body.len() + 1);
    let error = Template::compile("${other[body]}", &any).expect("compiles").eval(&slots).expect_err("no such field");
    assert!(error.message.chars().count() < 2_100 && error.message.ends_with("bytes)"), "{}", error.message);
}

#[test]
fn deep_expressions_are_refused_not_overflowed() {
    for text in [
        "(".repeat(4000),
        "not ".repeat(1000) + "true",
        "-".repeat(4000) + "1",
        "[".repeat(4000),
        "1".to_owned() + &"+1".repeat(2000),
    ] {
        let _ = compile(&text, &scope());
    }
    assert!(compile(&"1+".repeat(5000), &scope()).is_err());
}

#[test]
fn services_are_on_pools() {
    assert_eq!(eval("\"EdgeServer:edge02.contoso.com\" | pool_of"), Ok("edge02.contoso.com".into()));
    assert_eq!(
        eval("\"service:ApplicationServer:Pool01.contoso.com/6f1c\" | pool_of == fruit.host"),
        Ok("true".into())
    );
    assert_eq!(eval("fruit.host | pool_of"), Ok("Pool01.Contoso.com.".into()), "a bare name is a pool's");
    assert_eq!(eval("none | pool_of"), Ok("none".into()));
    assert_eq!(eval("\"EdgeServer:\" | pool_of"), Err("`EdgeServer:` names no pool".into()));
    assert!(eval("fruit.port | pool_of").is_err_and(|message| message.contains("`pool_of` is for services")));
}

#[test]
fn versions_are_compared_number_by_number() {
    assert_eq!(eval("\"6.0.9319.99\" is not_older_than(\"6.0.9319.510\")"), Ok("false".into()));
    assert_eq!(eval("\"7.0.2046.0\" is not_older_than(\"6.0.9319.510\")"), Ok("true".into()));
    assert_eq!(eval("\"new\" is not_older_than(\"1.0\")"), Err("`new` is not a version".into()));
}

#[test]
fn a_difference_is_what_only_the_first_list_has() {
    assert_eq!(eval("[1, 2, 3] | difference([2, 5]) | length"), Ok("2".into()));
    assert_eq!(
        eval("[fruit.host] | difference([\"pool01.contoso.com\"]) is empty"),
        Ok("true".into()),
        "names are folded"
    );
    assert!(eval("fruit.names | difference([1])").is_err_and(|message| message.contains("never equal")));
}

#[test]
fn what_goes_into_a_command_is_quoted() {
    assert_eq!(eval("\"O'Neill; $x \u{2019}\" | quoted"), Ok("'O''Neill; $x \u{2019}\u{2019}'".into()));
    assert_eq!(eval("none | quoted"), Ok("$null".into()), "what takes an assignment back");
    assert_eq!(eval("fruit.days_left | quoted"), Ok("'12'".into()));
    assert!(eval("fruit.names | quoted").is_err_and(|message| message.contains("single values")));
}
