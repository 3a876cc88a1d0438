//! What real shells showed. The files lie beside the project.

use libtest_mimic::{Failed, Trial};
use poolproof::observe::probes::cmdlet::Diagnosis;
use poolproof::protocol::clixml::{self, Value};

use super::peers;

/// A file with a diagnosis: its number, its source and its reason.
type Diagnosed = (&'static str, Option<u32>, Option<&'static str>, Option<&'static str>);

const DIAGNOSES: &[Diagnosed] = &[
    (
        "test-csaddressbookservice-4005",
        Some(4005),
        Some("atl-cs-001.litwareinc.com"),
        Some("Destination URI either not enabled for SIP or does not exist."),
    ),
    (
        "test-csavconference-diag1008-verbose",
        Some(1008),
        Some("accessproxy.litwareinc.com"),
        Some("Unable to resolve DNS SRV record"),
    ),
    (
        "test-csfederatedpartner-failure-504",
        Some(2),
        Some("atl-cs-001.litwareinc.com"),
        Some("See response code and reason phrase."),
    ),
    (
        "test-cspstnoutboundcall-403-12001",
        Some(12001),
        Some("atl-cs-001.litwareinc.com"),
        Some("User Policy does not contain phone route usage"),
    ),
    (
        "test-csregistration-failure-404-1003",
        Some(1003),
        Some("atl-cs-001.litwareinc.com"),
        Some("User does not exist"),
    ),
    (
        "synthetic-failure-diag15030",
        Some(15030),
        Some("atl-cs-001.litwareinc.com"),
        Some("Failed to route to Exchange Server"),
    ),
    ("test-csmcxconference-401-http-headers", None, None, None),
    ("test-csregistration-success", None, None, None),
];

pub fn trials() -> Vec<Trial> {
    let diagnosis = |(name, code, source, reason): &'static Diagnosed| {
        let path = format!("samples/powershell/{name}.txt");
        peers::trial(
            &format!("samples/{name}"),
            move || peers::shared(&path),
            move |path| {
                let text = std::fs::read_to_string(path)?;
                let found = diagnosis_in(&text).and_then(|text| Diagnosis::read(&text));
                match (found, code) {
                    (None, None) => Ok(()),
                    (Some(found), _) => {
                        let told = (found.code, found.source.as_deref(), found.reason.as_deref());
                        if told == (*code, *source, *reason) { Ok(()) } else { Err(format!("{found:?}").into()) }
                    }
                    (None, Some(_)) => Err("no diagnosis".into()),
                }
            },
        )
    };
    let clixml = |name: &'static str, test: fn(&[Value]) -> Result<(), Failed>| {
        let path = format!("samples/powershell/{name}");
        peers::trial(
            &format!("samples/{name}"),
            move || peers::shared(&path),
            move |path| {
                let found = clixml::read(&std::fs::read_to_string(path)?);
                if let Some(fault) = found.fault {
                    return Err(fault.into());
                }
                test(&found.values.into_iter().map(|(_, value)| value).collect::<Vec<_>>())
            },
        )
    };
    let mut trials: Vec<Trial> = DIAGNOSES.iter().map(diagnosis).collect();
    trials.push(clixml("clixml-errorrecord-dns-name-does-not-exist.clixml.xml", error_record));
    trials.push(clixml("clixml-pssession-edge.clixml.xml", session));
    trials
}

/// The value of the last `Diagnosis` in a listing, with the lines that it runs over.
fn diagnosis_in(text: &str) -> Option<String> {
    let (_, after) = text.rsplit_once("Diagnosis :")?;
    let lines = after.lines().take_while(|line| !line.starts_with("VERBOSE:"));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn object(values: &[Value]) -> Result<&clixml::Object, Failed> {
    match values {
        [Value::Object(object)] => Ok(object),
        other => Err(format!("one object, not {other:?}").into()),
    }
}

fn error_record(values: &[Value]) -> Result<(), Failed> {
    let record = object(values)?;
    assert_eq!(record.types[0], "System.Management.Automation.ErrorRecord");
    assert_eq!(record.text.as_deref(), Some("_sipfederationtls._tcp.contoso.com : DNS name does not exist"));
    let id = record.get("FullyQualifiedErrorId").and_then(Value::text);
    assert_eq!(id, Some("DNS_ERROR_RCODE_NAME_ERROR,Microsoft.DnsClient.Commands.ResolveDnsName"));
    let Some(Value::Object(exception)) = record.get("Exception") else { return Err("no exception".into()) };
    assert_eq!(exception.get("NativeErrorCode"), Some(&Value::Number("9003".into())));
    assert!(exception.text.as_deref().is_some_and(|text| text.contains("\r\n   at ")), "escapes are resolved");
    Ok(())
}

fn session(values: &[Value]) -> Result<(), Failed> {
    let session = object(values)?;
    let name = session.get("ComputerName").and_then(Value::text);
    assert_eq!(name, Some("edge.contoso.com"), "{session:?}");
    Ok(())
}
