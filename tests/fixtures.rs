//! Fixtures are read whole, laid over in order, and refused with a place.

use std::path::Path;

use poolproof::diagnostic::Diagnostic;
use poolproof::mock::Fixture;

const DEPLOYMENT: &str = "\
authorities:
  ca: { subject: CA }
certificates:
  web: { subject: web.contoso.com, names: [web.contoso.com], issuer: ca }
dns:
  internal:
    server: 10.0.0.53
    zones: [contoso.com]
    records:
      web.contoso.com: { A: [10.0.0.1] }
hosts:
  10.0.0.1: { name: web, from: [internal], ports: { 443: { tls: web } } }
";

const ENVIRONMENT: &str = "environment: small\npools:\n  - { fqdn: pool01.contoso.com, phase: pilot }\n";

fn fixture(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Fixture, Vec<String>>) {
    let dir = tempfile::tempdir().expect("a folder");
    let base = [("environment.yaml", ENVIRONMENT), ("deployment.yaml", DEPLOYMENT)];
    for (path, text) in base.iter().chain(files) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    let fixture = Fixture::load(dir.path()).map_err(|found| told(dir.path(), &found));
    (dir, fixture)
}

/// One line a diagnostic, without the folder's name.
fn told(dir: &Path, found: &[Diagnostic]) -> Vec<String> {
    let dir = dir.display().to_string();
    found.iter().map(|diagnostic| diagnostic.to_string().replace(&dir, "fixture").replace('\\', "/")).collect()
}

fn refused(files: &[(&str, &str)]) -> Vec<String> {
    fixture(files).1.expect_err("refused")
}

#[test]
fn states_build_on_states_and_variants_on_them() {
    let (_dir, fixture) = fixture(&[
        (
            "states/one.yaml",
            "title: one\nenvironment: { pools: { pool01.contoso.com: { phase: edge } } }\n\
             deployment: { dns: { internal: { ttl: 5m } } }",
        ),
        ("states/two.yaml", "title: two\non: one\nenvironment: { more: [1] }"),
        (
            "variants/gone.yaml",
            "title: the host is gone\non: two\nfails: [web-up, 'other[a]']\nerrors: [web-names]\n\
             deployment: { hosts: { 10.0.0.1: null } }",
        ),
    ]);
    let fixture = fixture.expect("loads");
    assert_eq!(fixture.states().map(|(name, _)| name).collect::<Vec<_>>(), ["one", "two"]);
    let (_, variant) = fixture.variants().next().expect("a variant");
    assert_eq!((variant.on(), variant.fails.len(), variant.errors.len()), (Some("two"), 2, 1));

    let base = fixture.resolve(None, None).expect("the base");
    assert_eq!(
        base.environment.source.text, ENVIRONMENT,
        "an environment that nothing patches is handed over as it is"
    );
    assert_eq!(base.deployment.hosts.len(), 1);

    let gone = fixture.resolve(None, Some("gone")).expect("a variant is in its own state");
    assert_eq!(gone.title, "two; the host is gone");
    assert_eq!(gone.deployment.hosts.len(), 0);
    let view = gone.deployment.dns.values().next().expect("a view");
    assert_eq!(view.ttl.to_string(), "5m", "from the state that the variant's state goes on from");
    assert_eq!(
        gone.environment.node.to_json(),
        serde_json::json!({
            "environment": "small", "pools": [{"fqdn": "pool01.contoso.com", "phase": "edge"}], "more": [1]
        })
    );
    assert!(gone.environment.source.name.ends_with("(state two, variant gone) environment"));
    let pool = gone.environment.node.get("pools").expect("pools");
    assert!(gone.environment.source.text[pool.range.clone()].contains("phase: edge"), "places are of the new text");
}

#[test]
fn unknown_names_are_refused_with_what_was_meant() {
    let (dir, fixture) = fixture(&[
        ("states/cut-over.yaml", "title: cut over"),
        ("states/before.yaml", "title: before"),
        ("variants/late.yaml", "title: late\non: cut-over"),
    ]);
    let fixture = fixture.expect("loads");
    let refused = |state, variant| told(dir.path(), &fixture.resolve(state, variant).expect_err("refused"));
    assert_eq!(
        refused(Some("cutover"), None),
        ["error[invalid-value]: there is no state `cutover` (did you mean `cut-over`?)"]
    );
    assert_eq!(refused(None, Some("lat")), ["error[invalid-value]: there is no variant `lat` (did you mean `late`?)"]);
    assert_eq!(
        refused(Some("before"), Some("late")),
        ["error[invalid-value]: the variant `late` is of `cut-over`, not of `before` (leave the state out)"]
    );
    assert!(fixture.resolve(Some("cut-over"), Some("late")).is_ok());
}

#[test]
fn what_is_wrong_with_a_fixture_is_told_at_once() {
    assert_eq!(
        refused(&[
            ("states/a.yaml", "title: a\ndeploymnet: {}"),
            ("states/b.yml", "title: b"),
            ("variants/v.yaml", "title: v"),
        ]),
        [
            "fixture/states/a.yaml:2:1: error[unknown-key]: unknown key `deploymnet` (did you mean `deployment`?)",
            "error[invalid-value]: fixture/states/b.yml would not be read (let its name end in .yaml)",
            "fixture/variants/v.yaml:1:1: error[missing-key]: `on` is missing here (add `on: …`)",
        ]
    );
    assert_eq!(
        refused(&[("states/a.yaml", "title: a\non: b"), ("states/b.yaml", "title: b\non: a")]),
        [
            "fixture/states/a.yaml:2:5: error[invalid-value]: the state `a` goes on from itself, in a circle \
             (leave one `on` out)",
            "fixture/states/b.yaml:2:5: error[invalid-value]: the state `b` goes on from itself, in a circle \
             (leave one `on` out)",
        ]
    );
    assert_eq!(
        refused(&[("states/cut-over.yaml", "title: a"), ("variants/v.yaml", "title: v\non: cutover")]),
        ["fixture/variants/v.yaml:2:5: error[invalid-value]: there is no state `cutover` (did you mean `cut-over`?)"]
    );
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(Fixture::load(dir.path()).expect_err("empty").len(), 2, "both files are missing");
}

#[test]
fn patches_that_do_not_fit_are_told_in_the_patch() {
    let (dir, fixture) = fixture(&[(
        "variants/v.yaml",
        "title: v\non: base\nenvironment:\n  pools: { pool02.contoso.com: { phase: edge } }\n\
         deployment:\n  hosts: { 10.0.0.2: null }\n",
    )]);
    let found = fixture.expect("loads").resolve(None, Some("v")).expect_err("refused");
    assert_eq!(
        told(dir.path(), &found),
        [
            "fixture/variants/v.yaml:4:12: error[invalid-value]: no element of this list is `pool02.contoso.com` \
             (did you mean `pool01.contoso.com`?)",
            "fixture/variants/v.yaml:6:12: error[invalid-value]: there is no `10.0.0.2` here to remove \
             (did you mean `10.0.0.1`?)",
        ]
    );
}

#[test]
fn deployments_that_do_not_fit_together_are_refused() {
    let wrong = |patch: &str| {
        let variant = format!("title: v\non: base\ndeployment: {patch}");
        let (dir, fixture) = fixture(&[("variants/v.yaml", variant.as_str())]);
        let found = fixture.expect("loads").resolve(None, Some("v")).expect_err(patch);
        assert!(found.iter().all(|diagnostic| diagnostic.place.is_some()), "{patch}: without a place");
        told(dir.path(), &found).join("\n")
    };
    for (patch, message) in [
        (
            "{ hosts: { 10.0.0.1: { ports: { 443: { tls: wbe } } } } }",
            "unknown certificate `wbe` (did you mean `web`?)",
        ),
        ("{ hosts: { 10.0.0.1: { ports: { 443/tcp: {} } } } }", "the same key stands here in two spellings"),
        ("{ hosts: { 10.0.0.1: { ports: { 443/sctp: {} } } } }", "`443/sctp` is not a port"),
        ("{ hosts: { 10.0.0.1: { ports: { 53/udp: { tls: web } } } } }", "TLS on 53/udp"),
        ("{ hosts: { 10.0.0.1: { ports: { 80: { client_certificate: asked } } } } }", "TLS options and no `tls`"),
        ("{ hosts: { 10.0.0.1: { ports: { 53/udp: { fault: { kind: reset } } } } } }", "53/udp can't have this fault"),
        ("{ hosts: { 10.0.0.1: { ports: { 443: { fault: { times: 2 } } } } } }", "this fault does nothing"),
        ("{ hosts: { 10.0.0.1: { from: [external] } } }", "the vantage `external` has no view under `dns`"),
        ("{ hosts: { 10.0.0.1: { from: [] } } }", "`web` is reachable from nowhere"),
        ("{ hosts: { 10.0.0.300: { name: x, from: [internal] } } }", "`10.0.0.300` is not an IP address"),
        ("{ certificates: { web: { issuer: cb } } }", "unknown authority `cb` (did you mean `ca`?)"),
        ("{ certificates: { web: { days_left: 99999999 } } }", "out of range"),
        ("{ certificates: { web: { signature: rsassa-pss } } }", "RSASSA-PSS needs an issuer with an RSA key"),
        (
            "{ certificates: { web: { missing_intermediate: true } } }",
            "no intermediate authority that could be missing",
        ),
        ("{ authorities: { ca: { issuer: ca } } }", "`ca` is issued by itself in a circle"),
        ("{ authorities: { cb: { subject: B, issuer: ca, trusted: true } } }", "`cb` can't be trusted by itself"),
        ("{ dns: { internal: { records: { a.fabrikam.com: { A: [10.0.0.1] } } } } }", "is in no zone of the view"),
        (
            "{ dns: { internal: { records: { web.contoso.com: { CNAME: b.contoso.com } } } } }",
            "a CNAME and other records",
        ),
        ("{ dns: { internal: { records: { b.contoso.com: {} } } } }", "`b.contoso.com` has no record"),
        (
            "{ dns: { internal: { records: { b.contoso.com: { SRV: ['0 5061 a.b'] } } } } }",
            "priority weight port target",
        ),
        ("{ dns: { Lab: { server: 10.0.0.54, zones: [a.b] } } }", "`Lab` is no name of a vantage"),
        ("{ dns: { internal: { faults: { b.contoso.com: {} } } } }", "this fault does nothing"),
        ("{ web: { p.contoso.com: { servers: [], internal: p.contoso.com } } }", "at least 1"),
        (
            "{ web: { p.contoso.com: { servers: [f.contoso.com, F.contoso.com], internal: p.contoso.com } } }",
            "the server `F.contoso.com` stands here a second time",
        ),
        (
            "{ web: { p.contoso.com: { servers: [f.contoso.com], internal: p.contoso.com, answers: { meet: { redirect: x } } } } }",
            "`meet` is no path",
        ),
        ("{ publishing: { proxy: { a.contoso.com: p.contoso.com } } }", "unknown web services `p.contoso.com`"),
        (
            "{ hosts: { 10.0.0.1: { ports: { 443: { http: { internal: f.contoso.com } } } } } }",
            "unknown web server `f.contoso.com`",
        ),
        ("{ hosts: { 10.0.0.1: { ports: { 443: { http: { publishing: proxy } } } } } }", "unknown publishing `proxy`"),
        (
            "{ hosts: { 10.0.0.1: { ports: { 443: { http: { raw: x }, sip: { server: f.contoso.com, version: '7.0' } } } } } }",
            "443/tcp has several servers",
        ),
        ("{ hosts: { 10.0.0.1: { ports: { 53/udp: { http: { raw: x } } } } } }", "53/udp has a server"),
    ] {
        let told = wrong(patch);
        assert!(told.contains(message), "{patch}: {told}");
    }
}

#[test]
fn the_shipped_fixtures_resolve_in_every_state_and_variant() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut seen = 0;
    for entry in std::fs::read_dir(fixtures).expect("fixtures") {
        let dir = entry.expect("an entry").path();
        if !dir.is_dir() {
            continue;
        }
        let fixture = Fixture::load(&dir).unwrap_or_else(|found| panic!("{:#?}", told(&dir, &found)));
        let states = fixture.states().map(|(name, _)| (Some(name), None));
        let variants = fixture.variants().map(|(name, _)| (None, Some(name)));
        for (state, variant) in std::iter::once((None, None)).chain(states).chain(variants) {
            seen += 1;
            if let Err(found) = fixture.resolve(state, variant) {
                panic!("{} {state:?} {variant:?}: {:#?}", dir.display(), told(&dir, &found));
            }
        }
    }
    assert!(seen >= 6, "{seen} resolved");
}
