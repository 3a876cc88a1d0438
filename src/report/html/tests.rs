use super::*;
use crate::observe::Evidence;
use crate::report::sample::{Sample, case, observation, run, whose_texts_are_all};
use crate::report::{Named, Place, Verdict};

fn written(result: &RunResult) -> String {
    let mut bytes = Vec::new();
    write(result, &mut bytes).expect("memory can be written");
    String::from_utf8(bytes).expect("UTF-8")
}

/// The data that the page's script reads.
fn data(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"data\">").expect("the data");
    let (data, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str(data).expect("it is JSON")
}

const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\" onload='x' {{ 7*7 }} \u{202e}";

#[test]
fn hostile_names_are_text_and_nothing_else() {
    let page = written(&whose_texts_are_all(HOSTILE));
    assert_eq!(page.matches("<script").count(), 2, "the data and the page's own script");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains(" 49 "), "{page}");
    let (markup, _) = page.split_once("id=\"data\"").expect("the data");
    assert!(!markup.contains("onload='x'"), "an attribute can't be begun");
    assert_eq!(data(&page)["cases"][0]["title"], HOSTILE.replace('\u{202e}', "\\u{202e}"));
}

#[test]
fn only_the_script_and_style_of_the_page_may_run_and_nothing_is_asked() {
    let page = written(&run([case("a")]));
    for (open, close, kind) in [("<style>", "</style>", "style-src"), ("<script>", "</script>", "script-src")] {
        let (_, rest) = page.split_once(open).expect("an element");
        let (text, _) = rest.split_once(close).expect("its end");
        // HTML escapes what stands in an attribute.
        let wanted = format!("{kind} '{}'", digest(text));
        let policy = page.replace("&#x2f;", "/").replace("&#x27;", "'");
        assert!(policy.contains(&wanted), "{wanted} is not in\n{}", &policy[..600]);
    }
    assert!(page.contains("default-src &#x27;none&#x27;") || page.contains("default-src 'none'"));
    for forbidden in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_verdict_stands_first_and_findings_need_no_script() {
    let mut result = run([
        case("ok[pool01.contoso.com]"),
        case("srv[Pool01.contoso.com]").fail().message("still the old one").fix("Set-CsX -Identity \"a\""),
    ]);
    result.run.places.push(Place {
        kind: "pool".into(),
        name: "pool01.contoso.com".into(),
        site: Some("Redmond".into()),
        role: Some("legacy".into()),
        product: Some("sfb-2015".into()),
        phase: "post".into(),
    });
    let page = written(&result);
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is missing in\n{page}"));
    assert!(at("<h1>FAILED</h1>") < at("still the old one"));
    assert!(at("still the old one") < at("id=\"data\""));
    at("Set-CsX -Identity &quot;a&quot;");
    at("legacy pool sfb-2015");
    at("<td class=\"n fail\">1</td><td class=\"n \">0</td><td class=\"n\">1</td>");
}

#[test]
fn ten_thousand_cases_and_a_quarter_of_a_million_members_stay_small() {
    let named = |n: usize| Named {
        key: format!("legacy-pool-no-users[pool01.contoso.com,user{n}@contoso.com]"),
        verdict: Verdict::Fail,
        message: format!("user{n}@contoso.com is homed on pool01.contoso.com"),
        group: Some("pool01.contoso.com".into()),
        fix: Some(format!("Move-CsUser -Identity \"user{n}@contoso.com\" -Target \"pool02.contoso.com\"")),
        waived: None,
    };
    let mut cases: Vec<Sample> = (0..10_000_u64)
        .map(|n| {
            case(&format!("check[edge{n:05}.contoso.com]")).with(|case| {
                case.observations.insert("tls".into(), n);
            })
        })
        .collect();
    cases.push(case("legacy-pool-no-users").fail().with(|case| {
        case.ranged_over = Some(240_000);
        case.members = (0..240_000).map(named).collect();
    }));
    let mut result = run(cases);
    result.observations = (0..10_000).map(|id| (id, observation(id).into())).collect();
    let page = written(&result);
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    let data = data(&page);
    assert_eq!(data["cases"].as_array().map(Vec::len), Some(10_001), "no case is left out");
    let many = &data["cases"][10_000];
    assert_eq!((many["members_total"].as_u64(), many["ranged_over"].as_u64()), (Some(240_000), Some(240_000)));
}

#[test]
fn evidence_of_what_failed_comes_before_the_rest() {
    let mut cases: Vec<Sample> = (0..4_000_u64)
        .map(|n| {
            case(&format!("a[{n}]")).with(|case| {
                case.observations.insert("tls".into(), n);
            })
        })
        .collect();
    cases.push(case("z").fail().with(|case| {
        case.observations.insert("tls".into(), 4_000);
    }));
    let mut result = run(cases);
    let big = |id| {
        let mut one = observation(id);
        one.evidence = vec![Evidence { label: "answer".into(), text: format!("{id} {}", "x".repeat(1_500)) }];
        one
    };
    result.observations = (0..=4_000).map(|id| (id, big(id).into())).collect();
    let data = data(&written(&result));
    let shown = data["observations"].as_object().expect("a map");
    assert!(shown.contains_key("4000") && shown.len() < 4_000, "{}", shown.len());
}
