//! The behaviours.

use std::process::exit;

use poolproof::powershell::{arguments, input};
use serde_json::{Value, json};

use super::stand_in::{Stage, err, forever, manifest, say};

const USERS: [&[u8]; 2] = [
    r#"{"Identity":"CN=Sara Davis,OU=Redmond,DC=contoso,DC=com","SipAddress":"sip:sarad@contoso.com","RegistrarPool":"pool01.contoso.com","ConferencingPolicy":"RedmondConf","Enabled":true,"DisplayName":"Sara Davis"}"#.as_bytes(),
    "{\"Identity\":\"CN=J\u{fc}rgen,DC=contoso,DC=com\",\"SipAddress\":\"sip:juergen@contoso.com\",\"RegistrarPool\":\"pool02.contoso.com\",\"ConferencingPolicy\":null,\"Enabled\":false,\"DisplayName\":\"J\u{fc}rgen \\u0022the\\u000a\u{1f600}\"}".as_bytes(),
];
const DOMAINS: [&[u8]; 1] = [br#"{"Identity":"contoso.com","Name":"contoso.com","IsDefault":true}"#];

const PROGRESS: &str = concat!(
    "#< CLIXML\r\n",
    r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV></PR></MS></Obj></Objs>"#,
);
const ERROR: &str = concat!(
    "#< CLIXML\r\n",
    r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><S S="Error">Import-Module : the module broke_x000D__x000A_</S><S S="Error">At line:1 char:1_x000D__x000A_</S></Objs>"#,
);

pub fn act(behaviour: &str, stage: &Stage) {
    if !(well(behaviour, stage) || torn(behaviour, stage) || stubborn(behaviour, stage)) {
        call(behaviour, stage);
    }
}

/// What goes well, and what a call itself says went wrong.
fn well(behaviour: &str, stage: &Stage) -> bool {
    match behaviour {
        "keeps-the-contract" => {
            assert_started_as_powershell_is(stage);
            err(PROGRESS.as_bytes());
            say(b"WARNING: a word of the product's\r\n");
            stage.hello();
            stage.mark("note", &json!({"text": "the RBAC roles cannot be read"}));
            stage.part("users", &USERS);
            say(b"Loading personal and system profiles took 2 ms.\r\n{not a record of any part}\n");
            stage.mark("progress", &json!({"dataset": "sip_domains", "count": 0}));
            stage.part("sip_domains", &DOMAINS);
            stage.part("allowed_domains", &[]);
            stage.done();
        }
        "many-users" => {
            stage.hello();
            let count: u32 = stage.arguments.first().expect("a number").parse().expect("a number");
            let user = |number| {
                format!("{{\"SipAddress\":\"sip:user{number}@contoso.com\",\"RegistrarPool\":\"pool01.contoso.com\"}}")
            };
            let lines: Vec<Vec<u8>> = (0..count).map(|number| user(number).into_bytes()).collect();
            stage.part("users", &lines.iter().map(Vec::as_slice).collect::<Vec<_>>());
            stage.done();
        }
        "errors-in-a-part" => {
            stage.hello();
            let mut manifest = manifest("users");
            manifest["errors"] = json!(["The LDAP server is unavailable [x]"]);
            stage.part_with(manifest, &USERS, |line| Some(line.to_vec()));
            stage.part("sip_domains", &DOMAINS);
            stage.done();
        }
        "floods-standard-error" => {
            stage.hello();
            let chunk = vec![b'e'; 1 << 20];
            for _ in 0..64 {
                err(&chunk);
            }
            stage.part("sip_domains", &DOMAINS);
            stage.done();
        }
        "somebody-elses-marker" => {
            stage.hello();
            say(b"@poolproof:00000000000000000000000000000000:done {}\n");
            stage.part("sip_domains", &DOMAINS);
            stage.done();
        }
        "fails" => {
            stage.mark(
                "failed",
                &json!({"error": "neither the module SkypeForBusiness nor the module Lync is installed here"}),
            );
            exit(1);
        }
        "fails-between-hosts" => {
            stage.hello();
            let mut manifest = manifest("windows_services");
            manifest["about"] = "fe21.contoso.com".into();
            stage.part_with(manifest, &[br#"{"Name":"RTCSRV","Status":"Running"}"#], |line| Some(line.to_vec()));
            stage.mark("failed", &json!({"error": "the second host was too much"}));
        }
        _ => return false,
    }
    true
}

/// What is lost, changed or no answer at all.
fn torn(behaviour: &str, stage: &Stage) -> bool {
    match behaviour {
        "half-an-object-then-silence" => {
            stage.hello();
            stage.part("sip_domains", &DOMAINS);
            stage.mark("part", &manifest("users"));
            say(USERS[0]);
            say(b"\n");
            say(&USERS[1][..40]);
            forever();
        }
        "half-an-object-then-the-end" => {
            stage.hello();
            stage.mark("part", &manifest("users"));
            say(USERS[0]);
            say(b"\n");
            // What is left out would not be missed: the line is JSON already.
            say(USERS[1]);
        }
        "loses-a-line" => {
            stage.hello();
            stage.part_with(manifest("users"), &USERS, |line| (line != USERS[0]).then(|| line.to_vec()));
            stage.done();
        }
        "changes-a-line" => {
            stage.hello();
            stage.part_with(manifest("users"), &USERS, |line| {
                Some(String::from_utf8_lossy(line).replace("pool01", "pool02").into_bytes())
            });
            stage.done();
        }
        "code-page-1252" => {
            stage.hello();
            let latin = b"{\"Identity\":\"CN=J\xfcrgen,DC=contoso,DC=com\",\"SipAddress\":\"sip:juergen@contoso.com\"}";
            stage.part("users", &[USERS[0], latin]);
            stage.done();
        }
        "garbage" => {
            let noise: Vec<u8> =
                (0..200_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
            say(&noise);
            exit(1);
        }
        "a-broken-marker" => {
            stage.hello();
            let marker = stage.request["marker"].as_str().expect("a marker");
            say(format!("@poolproof:{marker}:part {{\"dataset\":\"us").as_bytes());
            say(b"\n");
            forever();
        }
        "another-dataset" => {
            stage.hello();
            stage.mark("part", &manifest("usrs"));
            forever();
        }
        "exit-0-with-errors" => err(ERROR.as_bytes()),
        "exits-at-once" => exit(3),
        _ => return false,
    }
    true
}

/// What doesn't end.
fn stubborn(behaviour: &str, stage: &Stage) -> bool {
    match behaviour {
        "prompts" => {
            stage.hello();
            say(b"\r\nConfirm\r\nAre you sure? [Y] Yes  [N] No (default is \"Y\"): ");
            forever();
        }
        "an-endless-line" => {
            stage.hello();
            stage.mark("part", &manifest("users"));
            say(b"{\"Identity\":\"");
            let chunk = vec![b'a'; 1 << 20];
            // A gigabyte, would anybody read it.
            for _ in 0..1024 {
                say(&chunk);
            }
        }
        "endless-output" => {
            stage.hello();
            loop {
                say(b"{\"never\":\"asked for\"}\n");
            }
        }
        "ignores-its-end" => {
            let connection = stage.start_child();
            stage.hello();
            stage.part("sip_domains", &DOMAINS);
            stage.done();
            let _held = connection;
            forever();
        }
        "leaves-a-child" => {
            let _held = stage.start_child();
            stage.hello();
            stage.part("sip_domains", &DOMAINS);
            stage.done();
        }
        "reads-for-ever" => {
            let connection = stage.start_child();
            stage.hello();
            stage.mark("part", &manifest("users"));
            stage.mark("progress", &json!({"dataset": "users", "count": 1}));
            let _held = connection;
            forever();
        }
        _ => return false,
    }
    true
}

/// Behaviours of one call of a cmdlet.
fn call(behaviour: &str, stage: &Stage) {
    let answer = |records: &[Value], done: Value| {
        stage.hello();
        for record in records {
            say(format!("{record}\n").as_bytes());
        }
        stage.mark("done", &done);
    };
    let done = |count: usize| json!({"count": count, "errors": [], "warnings": []});
    match behaviour {
        "shows-success" => {
            assert_started_as_powershell_is(stage);
            answer(
                &[
                    json!({"TargetFqdn": "pool02.contoso.com", "Result": "Success", "Latency": "00:00:02.6841765", "Error": null, "Diagnosis": null}),
                ],
                done(1),
            );
        }
        "shows-failure" => answer(
            &[
                json!({"TargetFqdn": "pool02.contoso.com", "Result": "Success", "Latency": "00:00:01", "Error": "", "Diagnosis": ""}),
                json!({"TargetUri": "https://pool02.contoso.com:443/x", "TargetFqdn": "pool03.contoso.com", "Result": "Failure", "Latency": "00:00:00",
                       "Error": "404, Not Found", "Diagnosis": "ErrorCode=1003,source=pool03.contoso.com,Reason=User does\nnot exist\nMicrosoft.Rtc.Signaling.DiagnosticHeader"}),
            ],
            json!({"count": 2, "errors": [], "warnings": ["Failed to read Registrar port number"]}),
        ),
        "shows-success-and-errors" => answer(
            &[json!({"TargetFqdn": "pool02.contoso.com", "Result": "Success", "Latency": "00:00:01"})],
            json!({"count": 1, "errors": ["pool03.contoso.com can't be reached"], "warnings": []}),
        ),
        "shows-many-successes" => {
            let most = usize::try_from(stage.request["most"].as_u64().expect("a number")).expect("small");
            answer(&vec![json!({"Result": "Success"}); most], done(most + 1));
        }
        "shows-oddities" => answer(&[json!({"Result": 1, "Latency": "00:00:0987365"})], done(1)),
        "lists" => answer(
            &[
                json!({"Identity": "EdgeServer:edge01.contoso.com", "AVEdgeExternalFqdn": "av.contoso.com", "DependentServiceList": ["a", "b"]}),
                json!({"Identity": "EdgeServer:edge02.contoso.com"}),
            ],
            done(2),
        ),
        "lists-nothing" => answer(&[], done(0)),
        "lists-many" => {
            let most = usize::try_from(stage.request["most"].as_u64().expect("a number")).expect("small");
            let records: Vec<Value> = (0..most).map(|number| json!({"Identity": number.to_string()})).collect();
            answer(&records, done(5000));
        }
        "lists-some-and-fails" => {
            answer(&[json!({"Identity": "1"})], json!({"count": 1, "errors": ["the store went away"], "warnings": []}));
        }
        "fails-without-records" => answer(
            &[],
            json!({"count": 0, "errors": ["A 504 (Server time-out) response was received [WorkflowNotCompleted]"], "warnings": []}),
        ),
        "loses-a-record" => answer(&[json!({"Identity": "1"})], done(2)),
        "echoes" => {
            // Nothing of the request may be anywhere but in its one line.
            let (first, script) = stage.input.split_once('\n').expect("a request and a script");
            answer(
                &[json!({"Parameters": stage.request["parameters"], "Cmdlet": stage.request["cmdlet"],
                         "Ascii": first.is_ascii(), "Script": script, "Arguments": stage.arguments})],
                done(1),
            );
        }
        "sleeps" => forever(),
        other => panic!("no behaviour {other}"),
    }
}

fn assert_started_as_powershell_is(stage: &Stage) {
    assert_eq!(stage.arguments, arguments());
    // A line for the request, and a script behind it.
    let script = stage.input.split_once('\n').expect("two lines").1;
    assert_eq!(stage.input, input(script, &stage.request));
    assert!(script.contains("param("));
}
