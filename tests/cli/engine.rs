//! What the engine promises: needs, retries, settling, merging.

use serde_json::{Value, json};

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Results, Run};

fn environment(more: &str) -> String {
    format!("{ENVIRONMENT}{more}")
}

/// The fault of the name server, in place of none.
fn name_server(fault: &str) -> String {
    DEPLOYMENT.replace(
        "    zones: [tiny.test]",
        &format!("    zones: [tiny.test]\n    faults: {{ pool02.tiny.test: {fault} }}"),
    )
}

fn results(checks: &str, status: i32) -> Results {
    Run::tiny(checks).status(status).ok().results()
}

const WEB: &str = "
  - id: web-open
    title: web
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
";

#[test]
fn a_failed_need_skips_its_dependent_with_its_key() {
    let results = results(
        &format!(
            "{WEB}
  - id: dependent
    title: T
    needs: [web-open]
    for: {{ pool: environment.pools }}
    observe: {{ port: {{ tcp: {{ host: \"${{pool.fqdn}}\", port: 5061 }} }} }}
    expect: [{{ that: port.open }}]
  - id: dependent-of-all
    title: T
    needs: [web-open]
    expect: [{{ that: environment.name == 'tiny' }}]
  - id: dependent-of-dependent
    title: T
    needs: [dependent]
    for: {{ pool: environment.pools }}
    expect: [{{ that: pool.fqdn == pool.fqdn }}]
    report: each
"
        ),
        1,
    );
    let reason = json!({"need-failed": "web-open[pool01.tiny.test]"});
    assert_eq!(results.case("dependent[pool01.tiny.test]")["skipped"], reason);
    assert_eq!(results.verdict("dependent[pool02.tiny.test]"), "pass", "needs are matched on shared variables");
    assert_eq!(results.case("dependent-of-all")["skipped"], reason, "without a shared variable, all cases are needed");
    assert_eq!(results.case("dependent-of-dependent[pool01.tiny.test]")["skipped"], reason, "the root of it is told");
    assert_eq!(results.verdict("dependent-of-dependent[pool02.tiny.test]"), "pass");
}

#[test]
fn a_need_that_was_not_selected_is_pulled_in() {
    let checks = format!(
        "{WEB}
  - {{ id: dependent, title: T, needs: [web-open], for: {{ pool: environment.target_pools }}, expect: [{{ that: pool.role == 'target' }}] }}
"
    );
    let ran = Run::tiny(&checks).args(["dependent"]).status(1).ok();
    let results = ran.results();
    assert_eq!(results.verdict("web-open[pool02.tiny.test]"), "pass");
    assert_eq!(results.verdict("dependent"), "pass");
}

#[test]
fn a_need_that_is_not_due_or_has_no_case_does_not_hold_back() {
    let results = results(
        "
  - { id: later, title: T, applies: { from: removed }, expect: [{ that: environment.name == 'x' }] }
  - { id: nobody, title: T, for: { pool: environment.pools }, where: pool.fqdn == 'x', allow_empty: none is there, expect: [{ that: pool.fqdn == 'x' }] }
  - { id: dependent, title: T, needs: [later, nobody], expect: [{ that: environment.name == 'tiny' }] }
",
        0,
    );
    assert_eq!(results.case("later")["skipped"], "not-due");
    assert_eq!(results.case("nobody")["skipped"], json!({"nothing": "none is there"}));
    assert_eq!(results.verdict("dependent"), "pass");
}

#[test]
fn a_retry_that_was_needed_makes_a_pass_flaky() {
    let check = "
  - id: name
    title: T
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
    timeout: 1s
    retry: { attempts: 3, wait: 10ms, on: [timeout] }
";
    let ran = Run::tiny(check).mock(ENVIRONMENT, &name_server("{ kind: drop, times: 3 }")).ok();
    let results = ran.results();
    let case = results.case("name");
    assert_eq!((&case["verdict"], &case["flaky"]), (&"pass".into(), &true.into()), "{case:#}");
    assert_eq!(results.0["totals"]["flaky"], 1);
    let observation = &ran.observations()[0];
    assert_eq!(observation["earlier"][0]["error"]["class"], "timeout", "{observation:#}");
    assert!(ran.read("reports/latest/junit.xml").contains("flaky"));
}

#[test]
fn what_is_not_to_be_retried_is_not() {
    let check = "
  - id: name
    title: T
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
    timeout: 1s
    retry: { attempts: 3, wait: 10ms, on: [connect] }
";
    let ran = Run::tiny(check).mock(ENVIRONMENT, &name_server("{ kind: drop }")).status(3).ok();
    assert_eq!(ran.observations()[0]["earlier"], Value::Null);
}

#[test]
fn a_state_that_settles_passes_and_says_so() {
    let check = "
  - id: name
    title: T
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
    eventually: { within: 60s, every: 20ms }
";
    let ran = Run::tiny(check).mock(ENVIRONMENT, &name_server("{ kind: nxdomain, times: 3 }")).ok();
    let results = ran.results();
    let case = results.case("name");
    assert_eq!(case["verdict"], "pass");
    assert!(case["settled_after_ms"].as_u64().is_some_and(|ms| ms >= 20), "{case:#}");
    assert!(case["message"].as_str().is_some_and(|text| text.starts_with("settled after")), "{case:#}");
    assert_eq!(case["flaky"], Value::Null, "settling is not flaky");
    assert_eq!(ran.observations().len(), 4, "three rounds said no");
    let before = ran.read("reports/latest/results.json");
    let ran = ran.then(["report"]).ok();
    assert_eq!(ran.read("reports/latest/results.json"), before);
}

#[test]
fn a_state_that_never_settles_fails_when_its_time_is_over() {
    let check = "
  - id: name
    title: T
    observe: { name: { dns: { name: nobody.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
    eventually: { within: 200ms, every: 20ms }
";
    let ran = Run::tiny(check).status(1).ok();
    assert!(ran.observations().len() > 1);
    assert_eq!(ran.results().case("name")["settled_after_ms"], Value::Null);
}

#[test]
fn five_checks_on_one_certificate_cost_one_connection() {
    let names: Vec<String> = (0..5)
        .map(|number| {
            let host = if number % 2 == 0 { "pool02.tiny.test" } else { "${environment.target_pools[0].fqdn}" };
            format!(
                "
  - id: certificate-{number}
    title: T
    observe: {{ web{number}: {{ tls: {{ host: \"{host}\", port: 443 }} }} }}
    expect: [{{ that: web{number}.verified and web{number}.certificate.days_left > {number} }}]
    timeout: {number}1s
"
            )
        })
        .collect();
    let ran = Run::tiny(&names.concat()).ok();
    assert_eq!(ran.observations().len(), 1);
    let results = ran.results();
    assert_eq!(results.0["totals"]["passed"], 5);
    assert!(
        results
            .cases()
            .iter()
            .all(|case| case["observations"].as_object().is_some_and(|used| used.values().all(|id| id == 1)))
    );
}

#[test]
fn needs_are_matched_subject_by_subject_in_bulk_too() {
    let results = results(
        "
  - id: bulk
    title: T
    for: { pool: environment.pools }
    expect: [{ that: pool.role == 'target', otherwise: is legacy }]
  - id: bulk-after-bulk
    title: T
    for: { pool: environment.pools, number: '[1, 2]' }
    needs: [bulk]
    expect: [{ that: number == 1, otherwise: '${pool.fqdn} ${number}' }]
  - id: each-after-bulk
    title: T
    for: { pool: environment.pools }
    report: each
    needs: [bulk]
    expect: [{ that: pool.role == 'target' }]
  - id: bulk-after-each
    title: T
    for: { pool: environment.pools }
    needs: [each-after-bulk]
    expect: [{ that: pool.role == 'legacy', otherwise: was judged }]
  - id: bulk-of-nobody
    title: T
    for: { pool: environment.legacy_pools }
    needs: [bulk-after-each]
    expect: [{ that: pool.role == 'legacy' }]
",
        1,
    );
    assert_eq!(results.case("bulk")["members"][0]["key"], "bulk[pool01.tiny.test]");
    let dependent = results.case("bulk-after-bulk");
    assert_eq!((&dependent["ranged_over"], &dependent["verdict"]), (&2.into(), &"fail".into()), "{dependent}");
    assert_eq!(dependent["members"][0]["key"], "bulk-after-bulk[pool02.tiny.test,2]");
    assert_eq!(results.verdict("each-after-bulk[pool02.tiny.test]"), "pass");
    let held_back = results.case("each-after-bulk[pool01.tiny.test]");
    assert_eq!(held_back["skipped"]["need-failed"], "bulk[pool01.tiny.test]", "{held_back}");
    let last = results.case("bulk-after-each");
    assert_eq!((&last["ranged_over"], &last["message"]), (&1.into(), &"was judged".into()), "{last}");
    let nobody = results.case("bulk-of-nobody");
    assert_eq!(nobody["skipped"]["need-failed"], "bulk[pool01.tiny.test]", "{nobody}");
}

#[test]
fn a_bulk_case_counts_all_and_keeps_little() {
    let numbers: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    let list = format!("'[{}]'", numbers.join(", "));
    let results = results(
        &format!(
            "  - {{ id: many, title: T, for: {{ a: {list}, b: {list} }}, where: a < b, expect: [{{ that: b < 299 }}] }}\n"
        ),
        1,
    );
    let case = results.case("many");
    assert_eq!((&case["ranged_over"], case["members"].as_array().map(Vec::len)), (&44_850.into(), Some(299)));
    assert!(
        case["message"].as_str().is_some_and(|text| text.starts_with("299 of 44850 fail; ")),
        "{}",
        case["message"]
    );
    assert!(case["message"].as_str().is_some_and(|text| text.ends_with("and 279 more")), "{}", case["message"]);
}

#[test]
fn report_all_counts_groups_and_names() {
    let results = results(
        "
  - id: all-target
    title: T
    for: { pool: environment.pools, number: '[1, 2, 3]' }
    report: all
    expect:
      - that: pool.role == 'target'
        otherwise: ${pool.fqdn} ${number} is legacy
    fix: Move-It ${pool.fqdn}
",
        1,
    );
    let case = results.case("all-target");
    assert_eq!(case["ranged_over"], 6);
    assert_eq!(case["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(case["members"][0]["key"], "all-target[pool01.tiny.test,1]");
    let message = case["message"].as_str().expect("a message");
    assert!(
        message.starts_with("3 of 6 fail: Hall (3)") && message.contains("pool01.tiny.test 2 is legacy"),
        "{message}"
    );
}

#[test]
fn one_false_and_one_unknown_is_a_fail_and_unknown_alone_an_error() {
    let check = |expect: &str| {
        format!(
            "
  - id: mixed
    title: T
    observe:
      here: {{ tcp: {{ host: 10.0.0.1, port: 5061 }} }}
      gone: {{ dns: {{ name: pool02.tiny.test, type: A }} }}
    expect: [{expect}]
    fix: Mend-It ${{here.port}}
    timeout: 1s
"
        )
    };
    let run = |expect: &str, status| -> Ran {
        Run::tiny(&check(expect)).mock(ENVIRONMENT, &name_server("{ kind: drop }")).status(status).ok()
    };
    let ran = run("{ that: gone.exists }, { that: not here.open, otherwise: it is open }", 1);
    let results = ran.results();
    let case = results.case("mixed");
    assert_eq!(
        (&case["verdict"], &case["message"], &case["fix"]),
        (&"fail".into(), &"it is open".into(), &"Mend-It 5061".into())
    );
    assert_eq!(case["expectations"][0]["outcome"], "unknown");
    let ran = run("{ that: here.open }, { that: gone.exists }", 3);
    let results = ran.results();
    let case = results.case("mixed");
    assert_eq!(
        (&case["verdict"], &case["cause"]["kind"], &case["fix"]),
        (&"error".into(), &"timeout".into(), &Value::Null)
    );
    let ran = run("{ that: here.open or gone.exists }", 0);
    assert_eq!(ran.results().verdict("mixed"), "pass", "what isn't read need not be known");
}

#[test]
fn a_failed_expectation_explains_itself_by_values() {
    let results = results(
        "  - { id: a, title: T, for: { pool: environment.legacy_pools }, report: each, expect: [{ that: pool.role == 'target' and pool.site == 'Hall' }] }\n",
        1,
    );
    let case = results.case("a[pool01.tiny.test]");
    let values = case["expectations"][0]["values"].to_string();
    assert!(values.contains("pool.role") && values.contains("legacy"), "{case:#}");
}

#[test]
fn a_later_step_asks_what_an_earlier_one_learned() {
    let check = "
  - id: chain
    title: T
    observe:
      name: { dns: { name: pool02.tiny.test, type: A } }
      port: { tcp: { host: \"${name.addresses[0]}\", port: 443 } }
      gone: { dns: { name: nobody.tiny.test, type: A } }
      never: { tcp: { host: \"${gone.addresses[0]}\", port: 443 } }
    expect: [{ that: port.open }]
  - id: broken-chain
    title: T
    observe:
      gone: { dns: { name: nobody.tiny.test, type: A } }
      never: { tcp: { host: \"${gone.addresses[0]}\", port: 443 } }
    expect: [{ that: never.open }]
";
    let ran = Run::tiny(check).status(3).ok();
    let results = ran.results();
    assert_eq!(results.verdict("chain"), "pass");
    assert_eq!(results.case("broken-chain")["cause"]["kind"], "not-asked");
    assert_eq!(ran.observations().len(), 3);
}

#[test]
fn a_named_limit_holds_over_a_run() {
    let numbers: Vec<String> = (1..=6).map(|number| number.to_string()).collect();
    let check = format!(
        "
  - id: limited
    title: T
    limit: one-by-one
    for: {{ number: '[{}]' }}
    observe: {{ name: {{ dns: {{ name: \"n${{number}}.tiny.test\", type: A }} }} }}
    expect: [{{ that: not name.exists }}]
",
        numbers.join(", ")
    );
    let deployment = DEPLOYMENT.replace("    zones: [tiny.test]", "    zones: [tiny.test]\n    fault: { delay: 20ms }");
    let ran = Run::tiny(&check).mock(&environment("limits: { named: { one-by-one: 1 } }\n"), &deployment).ok();
    let at = |time: &Value| time.as_str().expect("a time").parse::<jiff::Timestamp>().expect("a time");
    let mut spans: Vec<(jiff::Timestamp, jiff::Timestamp)> =
        ran.observations().iter().map(|one| (at(&one["started"]), at(&one["finished"]))).collect();
    spans.sort();
    assert_eq!(spans.len(), 6);
    assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "two were in flight at once: {spans:#?}");
}
