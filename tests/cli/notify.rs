//! `run` and `gate` with `--notify`, against a receiver that is not always well.

use std::path::Path;

use base64::Engine as _;
use serde_json::Value;

use super::receiver::{Answer, Receiver, Request};
use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    severity: blocker
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
    fix: open it
";

/// None of these may be found in anything that is written.
const SIGNING: &str = "canary-signing-5f1c";
const TOKEN: &str = "canary-token-77aa";
const HEADER: &str = "Bearer canary-header-09de";

pub(crate) fn run(url: &str) -> Run {
    Run::tiny(CHECKS).args(["--notify", "env:HOOK"]).env("HOOK", url).status(1)
}

fn delivery(ran: &Ran) -> Value {
    serde_json::from_str(&ran.read("reports/latest/notification.json")).expect("JSON")
}

fn hmac(request: &Request) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SIGNING.as_bytes());
    let signed = format!("{}.{}", request.header("x-poolproof-timestamp").expect("a time"), request.body);
    let tag = ring::hmac::sign(&key, signed.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_run_is_told_signed_and_no_secret_is_written() {
    let receiver = Receiver::that([]);
    let url = receiver.url(&format!("/hooks/{TOKEN}?x=1"));
    let run = run(&url).args(["--notify-secret", "file:key", "--notify-header", "Authorization=env:HEADER"]);
    let ran = run.file("key", format!("{SIGNING}\n")).env("HEADER", HEADER).stderr(" was told").ok();
    let requests = receiver.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.line, format!("POST /hooks/{TOKEN}?x=1 HTTP/1.1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some(HEADER));
    assert_eq!(request.header("x-poolproof-signature"), Some(format!("sha256={}", hmac(request)).as_str()));

    let notice: Value = serde_json::from_str(&request.body).expect("JSON");
    assert_eq!((&notice["answer"], &notice["exit_code"]), (&"FAILED".into(), &1.into()));
    let finding = &notice["findings"][0];
    assert_eq!((&finding["key"], &finding["fix"]), (&"web-open[pool01.tiny.test]".into(), &"open it".into()));
    let schema: Value = serde_json::from_str(&Run::new(["schema", "notice"]).ok().stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(&notice).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");

    let kept = delivery(&ran);
    assert_eq!((&kept["delivered"], &kept["signed"]), (&true.into(), &true.into()));
    assert_eq!(kept["to"], format!("http://{}", receiver.address()));
    nothing_leaks(&ran);
}

/// No canary, in any form, in any file or stream.
fn nothing_leaks(ran: &Ran) {
    let forms = [SIGNING, TOKEN, HEADER, "canary-header-09de"].map(|canary| {
        let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        [canary.to_owned(), base64::engine::general_purpose::STANDARD.encode(canary), hex]
    });
    let mut written = vec![("standard error".to_owned(), ran.stderr.clone().into_bytes())];
    written.push(("standard output".to_owned(), ran.stdout.clone().into_bytes()));
    collect(&ran.path("reports"), &mut written);
    assert!(written.len() > 5, "{}", written.len());
    for (name, bytes) in written {
        for form in forms.iter().flatten() {
            let there = bytes.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!there, "{form} is in {name}");
        }
    }
}

fn collect(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, into);
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).expect("read")));
        }
    }
}

#[test]
fn one_that_fails_twice_is_told_at_the_third_time() {
    let receiver = Receiver::that([Answer::Status(503), Answer::Cut, Answer::Slow]);
    let ran = run(&receiver.url("/")).stderr(" was told").ok();
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    let names: Vec<Option<&str>> = requests.iter().map(|request| request.header("x-poolproof-delivery")).collect();
    assert!(names[0].is_some() && names.iter().all(|name| *name == names[0]), "{names:?}");
    let kept = delivery(&ran);
    assert_eq!(kept["attempts"].as_array().map(Vec::len), Some(3));
    assert!(kept["attempts"][0]["outcome"].as_str().is_some_and(|outcome| outcome.contains("503")), "{kept}");
}

#[test]
fn one_that_never_answers_is_given_up_and_the_answer_stands() {
    let receiver = Receiver::that([Answer::Never, Answer::Never, Answer::Never, Answer::Never]);
    let ran = run(&receiver.url("/")).args(["--notify-within", "700ms"]).stderr("was not told: no answer within").ok();
    assert_eq!(delivery(&ran)["delivered"], false);
    // All holds, and still does though nobody could be told.
    let mended = DEPLOYMENT.replace("ports: { 5061: {} } }", "ports: { 443: {}, 5061: {} } }");
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let run = run(&format!("http://{gone}/")).args(["--notify-within", "100ms"]).mock(ENVIRONMENT, &mended);
    run.status(0).stderr("was not told: ").stderr("the answer stands").ok();
}

#[test]
fn a_redirect_is_not_followed_with_the_signature() {
    let other = Receiver::that([]);
    for status in [301, 302, 303, 307, 308] {
        let receiver = Receiver::that([Answer::Redirect(status, other.url(&format!("/{TOKEN}")))]);
        let run = run(&receiver.url("/")).args(["--notify-secret", "file:key"]).file("key", SIGNING);
        let ran = run.stderr("which is not followed").stderr(&format!("redirects to http://{}", other.address())).ok();
        assert_eq!(receiver.requests().len(), 1);
        nothing_leaks(&ran);
    }
    assert!(other.requests().is_empty());
}

#[test]
fn what_is_refused_is_not_tried_again() {
    let receiver = Receiver::that([Answer::Status(401)]);
    let ran = run(&receiver.url("/")).stderr("was not told: 401").ok();
    assert_eq!((receiver.requests().len(), delivery(&ran)["attempts"].as_array().map(Vec::len)), (1, Some(1)));
}

#[test]
fn only_the_named_proxy_is_used() {
    let (receiver, proxy) = (Receiver::that([]), Receiver::that([]));
    let elsewhere = "http://127.0.0.1:1";
    let through = |run: Run| {
        let names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        names.iter().fold(run, |run, name| run.env(name, elsewhere)).stderr(" was told").ok()
    };
    through(run(&receiver.url("/a")));
    assert_eq!(receiver.requests().len(), 1);
    let named = format!("http://user:{TOKEN}@{}", proxy.address());
    let ran = through(run(&receiver.url("/b")).args(["--notify-proxy", "env:PROXY"]).env("PROXY", &named));
    assert_eq!(receiver.requests().len(), 1, "it went by way of the proxy");
    assert_eq!(proxy.requests()[0].line, format!("POST {} HTTP/1.1", receiver.url("/b")));
    assert!(proxy.requests()[0].header("proxy-authorization").is_some());
    assert_eq!(delivery(&ran)["proxy"], format!("http://{}", proxy.address()));
    nothing_leaks(&ran);
}

#[test]
fn a_run_in_which_nothing_changed_is_not_told_of() {
    let receiver = Receiver::that([]);
    let ran = run(&receiver.url("/first")).ok();
    let again = ["run", "--mock", "mock", "--checks", "checks", "--only-changed-since", "reports/latest"];
    let again = |ran: Ran| ran.then(again).args(["--notify", "env:HOOK"]).env("HOOK", &receiver.url("/next"));
    let ran = again(ran).ok();
    assert_eq!(receiver.requests().len(), 1, "nothing changed");
    let closed = DEPLOYMENT.replace("443: { tls: pool02 }, ", "");
    again(ran).mock(ENVIRONMENT, &closed).status(1).stderr(" was told").ok();
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    let notice: Value = serde_json::from_str(&requests[1].body).expect("JSON");
    assert_eq!(notice["since"]["outcome"], "WORSE");
    assert_eq!(notice["since"]["changes"][0]["key"], "web-open[pool02.tiny.test]");
    assert_eq!(notice["since"]["changes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_gate_is_told_by_a_template() {
    let receiver = Receiver::that([]);
    let gate = "gate: tiny\nquestion: May we?\nphases: [edge]\nchecks: [web-open]\n";
    let template = "title: \"${answer}: ${asked}\"\ncode: ${exit_code}\nworst: ${findings[0].key}\n";
    let asked = ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml"];
    let run = Run::new(asked).mock(ENVIRONMENT, DEPLOYMENT).suite(CHECKS).file("tiny.yaml", gate);
    let run = run.file("t.yaml", template).args(["--notify-template", "t.yaml", "--notify"]);
    let ran = run.args([receiver.url("/").as_str()]).status(1).stderr("NO-GO: 1 blocker").ok();
    let body: Value = serde_json::from_str(&receiver.requests()[0].body).expect("JSON");
    let wanted = serde_json::json!({"title": "NO-GO: tiny", "code": 1, "worst": "web-open[pool01.tiny.test]"});
    assert_eq!(body, wanted);
    assert_eq!(delivery(&ran)["delivered"], true);
}

#[test]
fn the_shipped_templates_hold_all_of_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/notify");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("templates") {
        let path = entry.expect("an entry").path().display().to_string();
        let receiver = Receiver::that([]);
        run(&receiver.url("/")).args(["--notify-template", &path]).stderr(" was told").ok();
        let body = receiver.requests()[0].body.clone();
        let value: Value = serde_json::from_str(&body).expect("JSON");
        assert!(value.is_object() && body.contains("FAILED") && body.contains("web-open[pool01.tiny.test]"), "{body}");
        assert!(!body.contains("${"), "{path}: {body}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked() {
    let refused = |arguments: &[&str], part: &str| {
        let run = arguments.iter().fold(Run::tiny(CHECKS), |run, argument| run.args([*argument]));
        let ran = run.file("t.json", "{\n  \"a\": \"${headlin}\"\n}").status(2).stderr(part).ok();
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        assert!(!ran.path("reports").exists(), "{arguments:?}");
    };
    refused(&["--notify", "http://hooks.example.com/"], "it takes https");
    refused(&["--notify", "env:POOLPROOF_NO_SUCH"], "POOLPROOF_NO_SUCH is not set");
    refused(&["--notify", "https://a/", "--notify-secret", "hunter2"], "env:NAME or file:PATH");
    refused(&["--notify", "https://a/", "--notify-header", "Authorization=hunter2"], "env:NAME or file:PATH");
    refused(&["--notify", "https://a/", "--notify-header", "hunter2"], "env:NAME or file:PATH");
    refused(&["--notify", "https://user:hunter2@a/"], "holds no password");
    refused(&["--notify", "https://a/", "--notify-secret", "file:nowhere"], "nowhere can't be read");
    refused(&["--notify", "https://a/", "--notify-template", "t.json"], "t.json:2:");
    refused(&["--notify", "https://a/", "--notify-proxy", "socks5://a"], "a proxy is named as");
    refused(&["--notify-secret", "env:HOME"], "--notify");
}
