//! `sign-in` and the mock's registrars, each with a peer that is not ours: sipp, as a
//! registrar with the answers of a script, and pidgin-sipe, which is a Lync client.

use libtest_mimic::{Failed, Trial};
use poolproof::accounts::Accounts;
use poolproof::observe::ProbeError;
use serde_json::{Value, json};

use crate::accounts::People;
use crate::ask::Here;
use crate::mock::Served;
use crate::peers;
use crate::purple::Purple;
use crate::sipp::Sipp;

const FRONT_END: [u8; 4] = [10, 0, 0, 1];
const ALICE: [&str; 3] = ["alice@contoso.com", "CONTOSO\\alice", "Pa$$word of Alice"];
const BOB: [&str; 3] = ["bob@contoso.com", "CONTOSO\\bob", "Pa$$word of Bob"];

const DEPLOYMENT: &str = r"
authorities: { ca: { subject: CA } }
certificates:
  fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com, fe11.contoso.com], issuer: ca }
dns:
  internal: { server: 10.0.0.53, zones: [contoso.com] }
users:
  alice@contoso.com: { user: 'CONTOSO\alice', password: 'Pa$$word of Alice', pool: pool01.contoso.com }
  bob@contoso.com: { user: 'CONTOSO\bob', password: 'Pa$$word of Bob', pool: pool01.contoso.com }
hosts:
  10.0.0.1:
    name: fe11
    from: [internal]
    ports:
      5061: { tls: fe11, client_certificate: asked, sip: { server: fe11.contoso.com, version: '6.0', pool: pool01.contoso.com } }
      5071: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', signatures: corrupt } }
      5072: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', signatures: none } }
";

pub fn trials() -> Vec<Trial> {
    let client = |name: &str, test: fn(&Purple) -> Result<(), Failed>| {
        peers::trial(&format!("signing::sipe::{name}"), Purple::find, move |purple| test(&purple))
    };
    let sipe = [
        client("signs_in", signs_in),
        client("refuses_a_signature_with_one_digit_wrong", refuses),
        client("ignores_what_is_not_signed", ignores),
        client("is_told_that_the_password_is_wrong", is_rejected),
        client("writes_to_another", writes),
    ];
    let scripts = Script::all().into_iter().map(|script| {
        peers::trial(&format!("signing::sipp::{}", script.name), Sipp::find, move |sipp| script.holds(&sipp))
    });
    let samples = Sample::ALL.into_iter().map(|sample| {
        let find = move || Ok((Sipp::find()?, sample.offer()?));
        peers::trial(&format!("signing::samples::{}", sample.file), find, move |(sipp, offer)| {
            sample.holds(&sipp, &offer)
        })
    });
    sipe.into_iter().chain(scripts).chain(samples).collect()
}

fn signs_in(purple: &Purple) -> Result<(), Failed> {
    let mock = Served::of(DEPLOYMENT);
    let mut client = purple.sign_in(mock.address(FRONT_END, 5061), ALICE, None);
    client.says("SIGNED-ON")?;
    // It has held our signature against the message, by its own arithmetic.
    let validated = client.has_said("validated") || client.says("validated").is_ok();
    if !validated {
        return Err("it has validated nothing".into());
    }
    match mock.signed_in().as_slice() {
        [alice] if alice == "alice@contoso.com" => Ok(()),
        others => Err(format!("{others:?}").into()),
    }
}

fn refuses(purple: &Purple) -> Result<(), Failed> {
    let mock = Served::of(DEPLOYMENT);
    let mut client = purple.sign_in(mock.address(FRONT_END, 5071), ALICE, None);
    client.says("FAILED")?;
    if client.has_said("SIGNED-ON") { Err("it is content".into()) } else { Ok(()) }
}

/// It believes a registrar that doesn't sign that much, and nothing else that it says.
fn ignores(purple: &Purple) -> Result<(), Failed> {
    let mock = Served::of(DEPLOYMENT);
    let mut client = purple.sign_in(mock.address(FRONT_END, 5072), ALICE, None);
    client.says("message without authentication data - ignoring")?;
    Ok(())
}

fn is_rejected(purple: &Purple) -> Result<(), Failed> {
    let mock = Served::of(DEPLOYMENT);
    let [address, user, _] = ALICE;
    let mut client = purple.sign_in(mock.address(FRONT_END, 5061), [address, user, "another"], None);
    client.says("FAILED")?;
    if client.has_said("SIGNED-ON") { Err("it is content".into()) } else { Ok(()) }
}

fn writes(purple: &Purple) -> Result<(), Failed> {
    let mock = Served::of(DEPLOYMENT);
    let at = mock.address(FRONT_END, 5061);
    let mut bob = purple.sign_in(at, BOB, None);
    bob.says("SIGNED-ON")?;
    let mut alice = purple.sign_in(at, ALICE, Some(["sip:bob@contoso.com", "are you there"]));
    alice.says("SIGNED-ON")?;
    let line = bob.says("RECEIVED-IM ")?;
    if line.contains("alice@contoso.com") && line.contains("are you there") { Ok(()) } else { Err(line.into()) }
}

/// The challenge that Office Communications Server 2007 R2 gave in the capture that SIPE's tests keep.
const CAPTURED: &str = "TlRMTVNTUAACAAAAAAAAADgAAADzgpji3Ruq9OfiGNEAAAAAAAAAAJYAlgA4AAAABQLODgAAAA8CAAoAQwBPAFMATQBPAAEAGABDAE8AUwBNAE8ALQBPAEMAUwAtAFIAMgAEABYAYwBvAHMAbQBvAC4AbABvAGMAYQBsAAMAMABjAG8AcwBtAG8ALQBvAGMAcwAtAHIAMgAuAGMAbwBzAG0AbwAuAGwAbwBjAGEAbAAFABYAYwBvAHMAbQBvAC4AbABvAGMAYQBsAAAAAAA=";

const OFFER: &str = "\
WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", targetname=\"sip/fe01.contoso.test\", version=4
WWW-Authenticate: NTLM realm=\"SIP Communications Service\", targetname=\"fe01.contoso.test\", version=4
Server: RTC/7.0";

/// Signed from the credential on: version 4 of the signatures.
const SIGNED: &str = "gssapi-data=\"TlRMTVNTUAAD[^\"]*\", version=4, crand=\"[0-9a-f]{8}\", cnum=\"1\", response=\"01000000[0-9a-f]{16}64000000\"";
/// Signed later: older versions.
const UNSIGNED: &str = "gssapi-data=\"TlRMTVNTUAAD[^\"]*\"(, version=3)?$";

/// What a registrar says, and what must come of it.
struct Script {
    name: &'static str,
    verdict: &'static str,
    headers: &'static str,
    outcome: &'static str,
    words: &'static [&'static str],
}

impl Script {
    fn all() -> [Self; 6] {
        let script = |name, verdict, headers, outcome, words| Self { name, verdict, headers, outcome, words };
        [
            script(
                "forbidden",
                "403 Forbidden",
                "ms-diagnostics: 4006;reason=\"User not enabled\";source=\"fe01.contoso.test\"",
                "not-allowed",
                &["4006", "home pool"],
            ),
            script(
                "rejected",
                "401 Unauthorized",
                "WWW-Authenticate: NTLM realm=\"SIP Communications Service\", targetname=\"fe01.contoso.test\", version=4\n\
                 ms-diagnostics: 1000;reason=\"Final handshake failed\";source=\"fe01.contoso.test\";HRESULT=\"0xC3E93EC3(SIP_E_AUTH_UNAUTHORIZED)\"",
                "rejected",
                &["fe01.contoso.test", "the credential was not accepted"],
            ),
            script(
                "session_security",
                "401 Unauthorized",
                "ms-diagnostics: 1000;reason=\"Final handshake failed\";source=\"fe01.contoso.test\";HRESULT=\"0xC3E93EE4(SIP_E_AUTH_NTLMMISMATCH)\"",
                "rejected",
                &["session security of NTLM"],
            ),
            script("unsigned", "200 OK", "Expires: 7200", "unproven", &["not signed"]),
            script(
                "signed_by_somebody_else",
                "200 OK",
                "Authentication-Info: NTLM rspauth=\"01000000E615438A917661BE64000000\", srand=\"9616454F\", snum=\"1\", opaque=\"0A1B2C3D\", qop=\"auth\", targetname=\"fe01.contoso.test\", realm=\"SIP Communications Service\"",
                "unproven",
                &["signature is wrong"],
            ),
            script(
                "unavailable",
                "504 Server time-out",
                "ms-diagnostics: 1038;reason=\"Failed to connect to a peer server\";source=\"edge01.contoso.test\"",
                "unavailable",
                &["504 Server time-out", "next hop"],
            ),
        ]
    }

    fn holds(&self, sipp: &Sipp) -> Result<(), Failed> {
        let challenge = format!(
            "WWW-Authenticate: NTLM opaque=\"0A1B2C3D\", gssapi-data=\"{CAPTURED}\", targetname=\"fe01.contoso.test\", realm=\"SIP Communications Service\", version=4"
        );
        let facts = ask(sipp, [OFFER, &challenge, SIGNED, self.verdict, self.headers]);
        let facts = facts.map_err(|error| error.message)?;
        held(&facts, self.outcome, self.words)?;
        same(&facts["generation"], &Value::Null)
    }
}

/// A challenge that a real server has sent, and what must come of it.
#[derive(Clone, Copy)]
struct Sample {
    file: &'static str,
    schemes: &'static [&'static str],
    registrar: Option<&'static str>,
    credential: &'static str,
}

impl Sample {
    const ALL: [Self; 5] = [
        Self {
            file: "lync2013-401-ntlm-kerberos-tlsdsk",
            schemes: &["NTLM", "Kerberos", "TLS-DSK"],
            registrar: Some("LYNC2013-SERVER.lync.loc"),
            credential: SIGNED,
        },
        Self {
            file: "lync2013-401-templated-callid",
            schemes: &["NTLM", "Kerberos", "TLS-DSK"],
            registrar: Some("LYNC2013-SERVER.lync.loc"),
            credential: SIGNED,
        },
        Self {
            file: "ocs2007-401-kerberos-ntlm-version3",
            schemes: &["Kerberos", "NTLM"],
            registrar: Some("OCS1.flux.local"),
            credential: UNSIGNED,
        },
        Self {
            file: "ms-sipae-ntlm-register-and-401",
            schemes: &["NTLM", "Kerberos"],
            registrar: Some("server.contoso.com"),
            credential: UNSIGNED,
        },
        Self {
            file: "lync2010-fe-401-auth-unauthorized-trace",
            schemes: &["NTLM"],
            registrar: None,
            credential: SIGNED,
        },
    ];

    /// What the server offers, and what it says besides.
    fn offer(self) -> Result<String, String> {
        let path = peers::shared(&format!("samples/sip/{}.txt", self.file))?;
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let offer: Vec<&str> =
            text.lines().filter(|line| line.starts_with("WWW-Authenticate:") || line.starts_with("Server:")).collect();
        Ok(offer.join("\n"))
    }

    fn holds(self, sipp: &Sipp, offer: &str) -> Result<(), Failed> {
        // The server goes on as its NTLM offer has begun.
        let ntlm = offer.lines().find(|line| line.starts_with("WWW-Authenticate: NTLM")).ok_or("NTLM is offered")?;
        let challenge = format!("{ntlm}, opaque=\"4452DFB0\", gssapi-data=\"{CAPTURED}\"");
        let verdict = [
            "404 Not Found",
            "ms-diagnostics: 4005;reason=\"Destination URI either not enabled for SIP or does not exist\"",
        ];
        let facts = ask(sipp, [offer, &challenge, self.credential, verdict[0], verdict[1]]);
        let facts = facts.map_err(|error| error.message)?;
        held(&facts, "unknown-user", &["404 Not Found", "4005"])?;
        same(&facts["schemes"], &json!(self.schemes))?;
        same(&facts["registrar"], &json!(self.registrar))
    }
}

/// Signs in at a registrar that says these: its offer, its challenge, the form that the
/// credential must have, its verdict and what is beside it.
fn ask(sipp: &Sipp, [offer, challenge, credential, verdict, headers]: [&str; 5]) -> Result<Value, ProbeError> {
    let xml = |pattern: &str| pattern.replace('"', "&quot;");
    let server = sipp.playing(
        "sign_in.xml",
        &[
            ("offer", offer),
            ("begins", &xml("gssapi-data=\"\"")),
            ("challenge", challenge),
            ("credential", &xml(credential)),
            ("verdict", verdict),
            ("headers", headers),
        ],
        &["pool01.contoso.test"],
    );
    let [sip, user, password] = ["sip:probe1@contoso.com", "COSMO\\User", "Pa$$word"];
    let people = People::of(&[[sip, user, password, ""]], Accounts::of_this_run("test"));
    let here = Here::new().trusting(server.root.clone()).connect("pool01.contoso.test:5061", &[server.address]);
    // sipp has no answer to what isn't in its script, such as the farewell.
    let here = here.waiting(std::time::Duration::from_secs(10)).signing_in(&people, sip);
    let answer = here.ask("sign-in", json!({"host": "pool01.contoso.test", "port": 5061}))?;
    Ok(Value::Object(answer.facts.values))
}

fn held(facts: &Value, outcome: &str, words: &[&str]) -> Result<(), Failed> {
    same(&facts["outcome"], &json!(outcome))?;
    let why = facts["why"].as_str().unwrap_or_default();
    match words.iter().find(|word| !why.contains(**word)) {
        Some(word) => Err(format!("no `{word}` in: {why}").into()),
        None => Ok(()),
    }
}

fn same(found: &Value, expected: &Value) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{found}, not {expected}").into()) }
}
