//! `sip`, against sipp behind stunnel: the answers of a script, among them such as no
//! server should give.

use libtest_mimic::{Failed, Trial};
use poolproof::observe::ErrorClass;
use serde_json::{Value, json};

use crate::ask::Here;
use crate::peers;
use crate::sipp::Sipp;

/// What every answer echoes (RFC 3261 8.2.6).
const ECHO: &str = "[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n";

/// What must hold of the facts.
type Held = fn(&Value);

pub fn trials() -> Vec<Trial> {
    let answered: [(&str, String, Held); 9] = [
        ("challenges", answer("401 Unauthorized", CHALLENGES), challenges),
        ("a_refusal", answer("403 Forbidden", REFUSAL), a_refusal),
        (
            "a_redirect",
            answer("301 Moved Permanently", "Contact: <sip:pool02.contoso.test:5061;transport=tls>\n"),
            a_redirect,
        ),
        ("several_diagnostics", answer("504 Server time-out", SEVERAL), several_diagnostics),
        (
            "after_a_provisional_answer",
            format!("SIP/2.0 100 Trying\n{ECHO}Content-Length: 0\n\n{}[crlf]", answer("200 OK", "").trim_end()),
            plain,
        ),
        (
            "folded_headers",
            answer(
                "200 OK",
                "Server: RTC/6.0\n[sp](folded)\nms-diagnostics: 1008;\n[tab]reason=\"Unable to resolve\n[sp]DNS SRV record\";source=\"sip.contoso.test\"\n",
            ),
            folded_headers,
        ),
        ("no_reason_phrase", answer("200[sp]", ""), no_reason_phrase),
        ("not_even_a_blank_before_the_reason", answer("200", ""), no_reason_phrase),
        ("compact_names_and_odd_case", COMPACT.to_owned(), compact_names_and_odd_case),
    ];
    let malformed: [(&str, String, ErrorClass, &str); 9] = [
        (
            "a_length_that_is_none",
            answer_of("200 OK", "Content-Length: none\n"),
            ErrorClass::Protocol,
            "Content-Length `none` is no length",
        ),
        (
            "a_negative_length",
            answer_of("200 OK", "Content-Length: -1\n"),
            ErrorClass::Protocol,
            "Content-Length `-1` is no length",
        ),
        (
            "two_lengths",
            answer_of("200 OK", "Content-Length: 0\nl: 5\n"),
            ErrorClass::Protocol,
            "two Content-Lengths that differ",
        ),
        ("no_length", answer_of("200 OK", ""), ErrorClass::Protocol, "no Content-Length"),
        ("line_feeds_alone", LINE_FEEDS.to_owned(), ErrorClass::Protocol, "a line doesn't end with CR LF"),
        (
            "one_line_feed",
            answer("200 OK", "Subject: a[lf]X-More: b\n"),
            ErrorClass::Protocol,
            "a line doesn't end with CR LF",
        ),
        (
            "a_line_that_is_no_header",
            answer("200 OK", "this is no header\n"),
            ErrorClass::Protocol,
            "is no header field",
        ),
        (
            "another_version",
            answer("200 OK", "").replace("SIP/2.0 200", "SIP/3.0 200"),
            ErrorClass::Protocol,
            "begins no SIP message",
        ),
        (
            "an_answer_to_another_request",
            answer("200 OK", "").replace("[last_Call-ID:]", "Call-ID: another"),
            ErrorClass::Timeout,
            "an answer 200 to another request, Call-ID another",
        ),
    ];
    let answered = answered.into_iter().map(|(name, answer, held)| {
        trial(name, answer, move |found| {
            held(&found.map_err(|error| error.message)?);
            Ok(())
        })
    });
    let malformed = malformed.into_iter().map(|(name, answer, class, words)| {
        trial(name, answer, move |found| match found {
            Ok(facts) => Err(format!("an error, not {facts}").into()),
            Err(error) if error.class == class && error.message.contains(words) => Ok(()),
            Err(error) => Err(format!("{class:?} with `{words}`, not {error:?}").into()),
        })
    });
    answered.chain(malformed).collect()
}

type Found = Result<Value, poolproof::observe::ProbeError>;

fn trial(name: &str, answer: String, held: impl FnOnce(Found) -> Result<(), Failed> + Send + 'static) -> Trial {
    peers::trial(&format!("scripted::{name}"), Sipp::find, move |sipp| {
        let server = sipp.answering(&answer, &["pool01.contoso.test"]);
        let here = Here::new().trusting(server.root.clone()).connect("pool01.contoso.test:5061", &[server.address]);
        // Only an answer to another request has to be waited for.
        let here = if answer.contains("another") { here.waiting(std::time::Duration::from_secs(3)) } else { here };
        let answer = here.ask("sip", json!({"host": "pool01.contoso.test", "port": 5061}));
        held(answer.map(|answer| Value::Object(answer.facts.values)))
    })
}

/// An answer with these headers and a right length.
fn answer(status: &str, headers: &str) -> String {
    answer_of(status, &format!("{headers}Content-Length: 0\n"))
}

/// An answer with these headers.
fn answer_of(status: &str, headers: &str) -> String {
    format!("SIP/2.0 {status}\n{ECHO}{headers}")
}

const CHALLENGES: &str = "\
WWW-Authenticate: NTLM realm=\"SIP Communications Service\", targetname=\"fe01.contoso.test\", version=4
WWW-Authenticate: Kerberos realm=\"SIP Communications Service\", targetname=\"sip/fe01.contoso.test\", version=4
WWW-Authenticate: TLS-DSK realm=\"SIP Communications Service\", targetname=\"fe01.contoso.test\", version=4, sts-uri=\"https://pool01.contoso.test:443/CertProv/CertProvisioningService.svc\"
Server: RTC/7.0
";

fn challenges(facts: &Value) {
    assert_eq!((&facts["status"], &facts["schemes"]), (&json!(401), &json!(["NTLM", "Kerberos", "TLS-DSK"])));
    assert_eq!(facts["registrars"], json!(["fe01.contoso.test"]));
    assert_eq!(facts["generation"], "Skype for Business Server 2019");
    let provisioning = "https://pool01.contoso.test:443/CertProv/CertProvisioningService.svc";
    assert_eq!(
        (&facts["challenges"][2]["sts_uri"], &facts["challenges"][2]["version"]),
        (&json!(provisioning), &json!("4"))
    );
    assert_eq!((&facts["tls"]["verified"], &facts["faults"]), (&json!(true), &json!([])));
}

const REFUSAL: &str = "ms-diagnostics: 4006;reason=\"User not enabled\";source=\"fe01.contoso.test\"\n";

fn a_refusal(facts: &Value) {
    assert_eq!((&facts["status"], &facts["reason"]), (&json!(403), &json!("Forbidden")));
    let told = &facts["diagnostics"][0];
    assert_eq!(
        (&told["id"], &told["reason"], &told["source"]),
        (&json!(4006), &json!("User not enabled"), &json!("fe01.contoso.test"))
    );
}

fn a_redirect(facts: &Value) {
    assert_eq!((&facts["status"], &facts["reason"]), (&json!(301), &json!("Moved Permanently")));
    let contact = json!({"name": "contact", "value": "<sip:pool02.contoso.test:5061;transport=tls>"});
    assert!(facts["headers"].as_array().is_some_and(|all| all.contains(&contact)), "{facts}");
}

const SEVERAL: &str = "\
ms-diagnostics: 1008;reason=\"Unable to resolve DNS SRV record\";domain=\"fabrikam.test\";dns-srv-result=\"NegativeResult\";source=\"edge01.contoso.test\"
ms-diagnostics:1034;reason=\"Previous hop; (federated)\"
Ms-Diagnostics-Public:   1027 ; reason=\"Cannot route this type of SIP request\";
ms-client-diagnostics: 52017;reason=\"Encryption levels dont match\"
ms-diagnostics: none of ours
";

fn several_diagnostics(facts: &Value) {
    assert_eq!(facts["status"], 504);
    let told: Vec<_> =
        facts["diagnostics"].as_array().expect("a list").iter().map(|one| (&one["header"], &one["id"])).collect();
    assert_eq!(
        told,
        [
            (&json!("ms-diagnostics"), &json!(1008)),
            (&json!("ms-diagnostics"), &json!(1034)),
            (&json!("ms-diagnostics-public"), &json!(1027)),
            (&json!("ms-client-diagnostics"), &json!(52017)),
        ]
    );
    assert_eq!(facts["diagnostics"][1]["reason"], "Previous hop; (federated)");
    assert_eq!(facts["diagnostics"][0]["meaning"], "the target domain's SRV record can't be resolved");
}

fn plain(facts: &Value) {
    assert_eq!((&facts["status"], &facts["reason"], &facts["faults"]), (&json!(200), &json!("OK"), &json!([])));
}

fn folded_headers(facts: &Value) {
    assert_eq!((&facts["status"], &facts["server"]), (&json!(200), &json!("RTC/6.0 (folded)")));
    assert_eq!(facts["diagnostics"][0]["reason"], "Unable to resolve DNS SRV record");
    assert_eq!(facts["diagnostics"][0]["source"], "sip.contoso.test");
}

fn no_reason_phrase(facts: &Value) {
    assert_eq!((&facts["status"], &facts["reason"]), (&json!(200), &json!("")));
}

const COMPACT: &str = "\
SIP/2.0 200 Fine
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
SERVER[sp]: RTC/5.0
k: path
WWW-AUTHENTICATE: NTLM realm=\"SIP Communications Service\", targetname=\"fe01.contoso.test\", version=4
l: 0
";

fn compact_names_and_odd_case(facts: &Value) {
    assert_eq!((&facts["reason"], &facts["generation"]), (&json!("Fine"), &json!("Lync Server 2013")));
    assert_eq!((&facts["supported"], &facts["schemes"]), (&json!(["path"]), &json!(["NTLM"])));
}

const LINE_FEEDS: &str = "SIP/2.0 200 OK[lf][last_Call-ID:][lf][last_CSeq:][lf]Content-Length: 0[lf][lf]\n";
