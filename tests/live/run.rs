//! The program as its user runs it: an environment file, check files and shipped checks, a
//! split horizon of two name servers, and an Edge that is reached past DNS by `connect`.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::knot::{Knot, NameServer, View};
use crate::openssl::{Authority, OpenSsl, Server, Wanted};
use crate::peers;

const NAME: &str = "sip.contoso.test";
/// The shipped checks that this environment can answer from outside.
const SHIPPED: &[&str] = &[
    "external-client-srv",
    "external-client-srv-own-domain",
    "external-sign-in-certificate",
    "federation-srv",
    "federation-srv-own-domain",
    "federation-port-open",
    "federation-certificate",
    "federation-partners-listed",
];

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn(&Peers)| {
        peers::trial(&format!("run::{name}"), Peers::find, move |peers| {
            test(&peers);
            Ok(())
        })
    };
    vec![
        trial("each_side_is_judged_by_its_own_records", each_side_is_judged_by_its_own_records),
        trial("a_healthy_edge_passes_shipped_checks", a_healthy_edge_passes_shipped_checks),
        trial("an_expired_certificate_fails", an_expired_certificate_fails),
        trial("a_certificate_that_nobody_stands_for_fails", a_certificate_that_nobody_stands_for_fails),
        trial("an_old_server_is_undetermined", an_old_server_is_undetermined),
        trial("a_failure_outweighs_what_is_undetermined", a_failure_outweighs_what_is_undetermined),
        trial("a_name_server_that_is_away_is_undetermined", a_name_server_that_is_away_is_undetermined),
    ]
}

struct Peers {
    knot: Knot,
    openssl: OpenSsl,
}

impl Peers {
    fn find() -> Result<Self, String> {
        Ok(Self { knot: Knot::find()?, openssl: OpenSsl::find()? })
    }
}

/// The environment, its servers up.
struct Site {
    folder: TempDir,
    authority: Authority,
    inside: NameServer,
    outside: NameServer,
}

/// How a run ended.
struct Ran {
    code: i32,
    results: Value,
    told: String,
}

impl Site {
    fn new(peers: &Peers) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = peers.openssl.authority();
        std::fs::copy(authority.root(), folder.path().join("corp-ca.pem")).expect("copied");
        std::fs::write(folder.path().join("checks.yaml"), include_str!("checks.yaml")).expect("written");
        let (inside, outside) = (peers.knot.serve(View::Internal), peers.knot.serve(View::External));
        Self { folder, authority, inside, outside }
    }

    /// Describes itself, the Edge being at these addresses.
    fn describe(&self, client: SocketAddr, federation: SocketAddr) -> String {
        [
            ("client", client),
            ("federation", federation),
            ("internal", self.inside.address),
            ("external", self.outside.address),
        ]
        .iter()
        .fold(include_str!("environment.yaml").to_owned(), |text, (name, address)| {
            text.replace(&format!("{{{name}}}"), &address.to_string())
        })
    }

    /// `poolproof run`, in the folder, with `environment.yaml` beside it.
    fn run(&self, environment: &str, arguments: &[&str]) -> Ran {
        let path = |name: &str| self.folder.path().join(name);
        std::fs::write(path("environment.yaml"), environment).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_poolproof"))
            .current_dir(self.folder.path())
            .env_remove("POOLPROOF_ENVIRONMENT")
            .args(["run", "--json", "results.json"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let written = std::fs::read(path("results.json")).unwrap_or_else(|error| panic!("{error}: {told}"));
        let latest = std::fs::read(path("reports/latest/results.json")).expect("the latest run's");
        assert_eq!(written, latest);
        let results = serde_json::from_slice(&written).expect("JSON");
        Ran { code: output.status.code().expect("it was not killed"), results, told }
    }
}

impl Ran {
    fn cases(&self) -> impl Iterator<Item = &Value> {
        let suites = self.results["suites"].as_array().expect("suites");
        suites.iter().flat_map(|suite| suite["cases"].as_array().expect("cases"))
    }

    /// The only case of a check.
    fn case(&self, check: &str) -> &Value {
        let found: Vec<&Value> = self.cases().filter(|case| case["check"] == check).collect();
        let [case] = found.as_slice() else { panic!("{} cases of {check}: {}", found.len(), self.told) };
        case
    }

    fn verdicts(&self, checks: &[&str]) -> Vec<&str> {
        checks.iter().map(|check| self.case(check)["verdict"].as_str().expect("a verdict")).collect()
    }
}

/// An Edge that does all its services at one port.
fn edge(server: &Server) -> (SocketAddr, SocketAddr) {
    (server.address, server.address)
}

fn each_side_is_judged_by_its_own_records(peers: &Peers) {
    let site = Site::new(peers);
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let environment = site.describe(nowhere, nowhere);
    let checks = ["inside-record-inside", "inside-record-not-outside", "meetings-found", "foreign-zones-refused"];
    for (at, skipped, server, address) in
        [("internal", 1, &site.inside, "10.0.0.20"), ("external", 0, &site.outside, "203.0.113.80")]
    {
        let ran = site.run(&environment, &["--checks", "checks.yaml", "--at", at]);
        let mut expected = ["pass"; 4];
        expected[skipped] = "skip";
        assert_eq!(ran.verdicts(&checks), expected, "{at}: {}", ran.told);
        assert_eq!(ran.case(checks[skipped])["skipped"], "not-observed-from-here", "{at}");
        // What was skipped is not held against anybody.
        assert_eq!(ran.code, 0, "{at}: {}", ran.told);
        assert_eq!(ran.results["run"]["vantages"], json!([at]));
        assert_eq!(ran.results["run"]["mode"], "live");
        for observation in ran.results["observations"].as_object().expect("observations").values() {
            assert_eq!(observation["question"]["vantage"], at);
            assert_eq!(observation["outcome"]["facts"]["values"]["server"], server.address.to_string());
        }
        let meet = &ran.case("meetings-found")["observations"]["meet"];
        let facts = &ran.results["observations"][meet.to_string()]["outcome"]["facts"]["values"];
        assert_eq!(facts["addresses"], json!([address]), "{at}: {facts}");
    }
}

fn a_healthy_edge_passes_shipped_checks(peers: &Peers) {
    let site = Site::new(peers);
    let server = peers.openssl.serve(&site.authority.issue(&[NAME]), &[]);
    let (client, federation) = edge(&server);
    let ran = site.run(&site.describe(client, federation), &[&["--at", "external"], SHIPPED].concat());
    for case in ran.cases() {
        assert_eq!(case["verdict"], "pass", "{case}");
    }
    assert!(SHIPPED.iter().all(|check| ran.cases().any(|case| case["check"] == *check)), "{}", ran.told);
    assert_eq!(ran.code, 0, "{}", ran.told);

    // What was not reached by the real path is marked as such, and nothing else is.
    let connects = |check: &str| ran.case(check)["connect"].clone();
    assert_eq!(connects("external-sign-in-certificate"), json!([format!("sip.contoso.test:443 → {client}")]));
    assert_eq!(connects("federation-certificate"), json!([format!("sip.contoso.test:5061 → {federation}")]));
    assert_eq!(connects("external-client-srv"), Value::Null);
    let ports: Vec<&Value> = ran.cases().filter(|case| case["check"] == "federation-port-open").collect();
    assert_eq!(ports.len(), 2, "one for each address of the Edge: {ports:?}");
    assert!(ports.iter().all(|case| case["connect"][0].as_str().is_some_and(|text| text.contains(":5061 → "))));

    // From inside, all of it is somebody else's to observe.
    let inside = site.run(&site.describe(client, federation), SHIPPED);
    assert!(inside.cases().all(|case| case["skipped"] == "not-observed-from-here"), "{}", inside.told);
    assert_eq!(inside.results["observations"], json!({}), "nothing was asked");
    assert_eq!(inside.code, 0, "{}", inside.told);
}

fn an_expired_certificate_fails(peers: &Peers) {
    let site = Site::new(peers);
    let dates = Some(("20200101000000Z", "20210101000000Z"));
    let expired = peers.openssl.serve(&site.authority.sign(&Wanted { dates, ..Wanted::server(&[NAME]) }), &[]);
    let renewed = peers.openssl.serve(&site.authority.issue(&[NAME]), &[]);
    let environment = site.describe(expired.address, renewed.address);
    let ran = site.run(&environment, &[&["--at", "external"], SHIPPED].concat());
    let case = ran.case("external-sign-in-certificate");
    assert_eq!(case["verdict"], "fail", "{case}");
    let message = case["message"].as_str().expect("a message");
    assert!(message.contains("sip.contoso.test:443: expired at 2021-01-01T00:00:00Z"), "{message}");
    assert!(ran.told.contains("expired at 2021-01-01T00:00:00Z"), "{}", ran.told);
    // The other service has a certificate of its own.
    assert_eq!(ran.verdicts(&["federation-certificate"]), ["pass"]);
    assert_eq!(ran.code, 1, "{}", ran.told);
}

fn a_certificate_that_nobody_stands_for_fails(peers: &Peers) {
    let site = Site::new(peers);
    let server = peers.openssl.serve(&site.authority.self_signed(&[NAME]), &[]);
    let (client, federation) = edge(&server);
    // With the machine's own roots or without them.
    for trust in ["{ roots: [corp-ca.pem] }", "{ roots: [corp-ca.pem], platform: false }"] {
        let environment = site.describe(client, federation).replace("{ roots: [corp-ca.pem] }", trust);
        let ran = site.run(&environment, &["--at", "external", "external-sign-in-certificate"]);
        let case = ran.case("external-sign-in-certificate");
        assert_eq!(case["verdict"], "fail", "{case}");
        assert!(case["message"].as_str().is_some_and(|text| text.contains("self-signed")), "{case}");
        assert_eq!(ran.code, 1, "{}", ran.told);
    }
}

/// What a default Windows Server 2012 R2 offers.
const OLD: &[&str] = &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"];

fn an_old_server_is_undetermined(peers: &Peers) {
    let site = Site::new(peers);
    let identity = site.authority.issue(&[NAME]);
    let (old, new) = (peers.openssl.serve(&identity, OLD), peers.openssl.serve(&identity, &[]));
    let environment = site.describe(old.address, new.address);
    let ran = site.run(&environment, &[&["--at", "external"], SHIPPED].concat());
    let case = ran.case("external-sign-in-certificate");
    assert_eq!(case["verdict"], "error", "{case}");
    assert_eq!(case["cause"]["kind"], "tls", "{case}");
    let cause = case["cause"]["message"].as_str().expect("a cause");
    assert!(
        cause.contains("no common TLS parameters, or refused. What was offered is TLS 1.3, and TLS 1.2"),
        "{cause}"
    );
    assert!(!cause.to_lowercase().contains("down"), "{cause}");
    assert_eq!(ran.cases().filter(|case| case["verdict"] != "pass").count(), 1, "{}", ran.told);
    assert_eq!(ran.code, 3, "{}", ran.told);
}

fn a_failure_outweighs_what_is_undetermined(peers: &Peers) {
    let site = Site::new(peers);
    let old = peers.openssl.serve(&site.authority.issue(&[NAME]), OLD);
    let wrong = peers.openssl.serve(&site.authority.issue(&["edge01.contoso.test"]), &[]);
    let environment = site.describe(old.address, wrong.address);
    let checks = ["external-sign-in-certificate", "federation-certificate"];
    let ran = site.run(&environment, &[&["--at", "external"][..], &checks].concat());
    assert_eq!(ran.verdicts(&checks), ["error", "fail"], "{}", ran.told);
    let message = ran.case("federation-certificate")["message"].to_string();
    assert!(message.contains("it is for edge01.contoso.test, not for sip.contoso.test"), "{message}");
    assert_eq!(ran.code, 1, "{}", ran.told);
}

fn a_name_server_that_is_away_is_undetermined(peers: &Peers) {
    let site = Site::new(peers);
    // Bound and never read: nobody else gets the port.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let away = silent.local_addr().expect("an address").to_string();
    let environment = site.describe(site.inside.address, site.inside.address);
    let environment =
        environment.replace(&format!("external: [\"{}\"]", site.outside.address), &format!("external: [\"{away}\"]"));
    let environment = environment + "\npolicy: { attempts: 1, timeout: 1s }\n";
    let ran = site.run(&environment, &["--at", "external", "federation-srv-own-domain"]);
    let case = ran.case("federation-srv-own-domain");
    assert_eq!(case["verdict"], "error", "{case}");
    assert_eq!(case["cause"]["kind"], "timeout", "{case}");
    assert!(case["cause"]["message"].as_str().is_some_and(|text| text.contains(&away)), "{case}");
    assert_eq!(ran.code, 3, "{}", ran.told);
}
