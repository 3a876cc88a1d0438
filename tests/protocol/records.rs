//! Samples that are no whole messages: trace records, pages that lost line ends, excerpts.
//! Each is put together again as far as it goes, and read by the codec.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::diagnostics::Diagnostics;
use poolproof::protocol::sip::{Challenge, Decoder, Limits, Malformed, Message, Start};

use super::peers;
use super::samples::{diagnostics, same, sample};

/// The message in a sample, its lines without their ends.
type Rebuild = fn(&str) -> Vec<String>;

/// What a message must show: its first line, header fields, servers that challenges name, ids of diagnostics, faults.
struct Shown {
    file: &'static str,
    rebuild: Rebuild,
    first: &'static str,
    fields: usize,
    servers: &'static [&'static str],
    ids: &'static [u32],
    faults: &'static [&'static str],
}

const SHOWN: &[Shown] = &[
    Shown {
        file: "lync2013-401-templated-callid",
        rebuild: whole,
        first: "401 Unauthorized",
        fields: 11,
        servers: &["LYNC2013-SERVER.lync.loc"; 3],
        ids: &[],
        // The author of the sample left `%d` where the number was.
        faults: &["CSeq is missing, or not a number and a method"],
    },
    Shown {
        file: "ms-sipae-kerberos-register-and-401",
        rebuild: first_part,
        first: "REGISTER",
        fields: 9,
        servers: &[],
        ids: &[],
        faults: &[],
    },
    Shown {
        file: "ms-sipae-kerberos-register-and-401",
        rebuild: second_part,
        first: "401 Unauthorized",
        fields: 8,
        servers: &["server.contoso.com"; 2],
        ids: &[],
        // The excerpt ends before it.
        faults: &["via is missing"],
    },
    Shown {
        file: "ms-sipae-ntlm-register-and-401",
        rebuild: second_part,
        first: "401 Unauthorized",
        fields: 8,
        servers: &["server.contoso.com"; 2],
        ids: &[],
        faults: &["via is missing"],
    },
    Shown {
        file: "lync2010-fe-prack-tracerecord",
        rebuild: record,
        first: "PRACK",
        fields: 11,
        servers: &[],
        ids: &[],
        faults: &[],
    },
    Shown {
        file: "ocs2007r2-edge-options-from-lync-tracerecord",
        rebuild: record,
        first: "OPTIONS",
        fields: 9,
        servers: &[],
        ids: &[],
        // The record leaves it out.
        faults: &["from is missing"],
    },
    Shown {
        file: "lync2010-fe-401-auth-unauthorized-trace",
        rebuild: record_without_blanked_from,
        first: "401 Unauthorized",
        fields: 6,
        // The archive blanked the name.
        servers: &[],
        ids: &[],
        faults: &["CSeq is missing, or not a number and a method", "from is missing"],
    },
    Shown {
        file: "sfb2015-504-no-diagnostics-to-federated-peer",
        rebuild: edge_log,
        first: "504 Server time-out",
        fields: 9,
        servers: &[],
        // What a partner gets to see: nothing.
        ids: &[],
        faults: &[],
    },
    Shown {
        file: "sfb2015-504-diag1009-srv-mismatch",
        rebuild: run_together,
        first: "504 Server time-out",
        fields: 9,
        servers: &[],
        ids: &[1009],
        faults: &[],
    },
    Shown {
        file: "sfb2019-500-exumrouting-diag15000",
        rebuild: without_margin,
        first: "500 Server Internal Error",
        fields: 11,
        servers: &[],
        ids: &[15000],
        faults: &[],
    },
    Shown {
        file: "sfbonline-403-service-diag4268-fault-body",
        rebuild: before_fault,
        first: "403 Forbidden",
        fields: 12,
        servers: &[],
        ids: &[4268],
        faults: &[],
    },
    Shown {
        file: "lync2013-200ok-invite-ms-client-diagnostics",
        rebuild: whole,
        first: "200 OK",
        fields: 19,
        servers: &[],
        ids: &[51007],
        faults: &[],
    },
];

pub fn trials() -> Vec<Trial> {
    let shown = SHOWN.iter().map(|expected| {
        let file = expected.file;
        let name = format!("records::{file}::{}", expected.first.split(' ').next().unwrap_or_default());
        peers::trial(&name, move || sample(file), move |text| show(expected, &text))
    });
    let others = OTHERS
        .iter()
        .map(|(file, test)| peers::trial(&format!("records::{file}"), move || sample(file), move |text| test(&text)));
    let blanked = peers::trial(
        "records::a_field_without_a_name_is_refused",
        || sample("lync2010-fe-401-auth-unauthorized-trace"),
        |text| match read(&record(&text)) {
            Err(Malformed::Header(_)) => Ok(()),
            other => Err(format!("refused for its field without a name, not {other:?}").into()),
        },
    );
    shown.chain(others).chain([blanked]).collect()
}

type Other = fn(&str) -> Result<(), Failed>;

const OTHERS: [(&str, Other); 7] = [
    ("lync2010-diag1027-tail", a_wrapped_tail),
    ("ocs-benotify-terminated-2139", lines_of_a_notification),
    ("ocs-415-archiving-mutipart-typo", a_status_line),
    ("ms-client-diagnostics-23-caller-media-debug", media_debug),
    ("ocs2007r2-edge-route-untrusted-error-record", a_request_line),
    ("sfb2015-edge-diag-record-1009-no-srv-match", a_request_line),
    ("sfb2015-edge-diag-record-cert-mismatch", a_request_line),
];

/// The samples that are held against something here.
pub fn files() -> impl Iterator<Item = &'static str> {
    SHOWN.iter().map(|one| one.file).chain(OTHERS.iter().map(|one| one.0))
}

fn read(lines: &[String]) -> Result<Message, Malformed> {
    let without = lines.iter().filter(|line| !line.to_ascii_lowercase().starts_with("content-length"));
    let head: String = without.map(|line| format!("{line}\r\n")).collect();
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(format!("{head}Content-Length: 0\r\n\r\n").as_bytes());
    decoder.message().map(|message| message.expect("a complete message"))
}

fn show(expected: &Shown, text: &str) -> Result<(), Failed> {
    let message = read(&(expected.rebuild)(text))?;
    let first = match &message.start {
        Start::Request { method, .. } => method.clone(),
        Start::Response { status, reason } => format!("{status} {reason}"),
    };
    same("the first line", first.as_str(), expected.first)?;
    same("the header fields, Content-Length among them", message.headers.0.len(), expected.fields)?;
    let challenges = Challenge::all(&message.headers);
    let servers: Vec<&str> = challenges.iter().filter_map(Challenge::server).collect();
    same("the servers of the challenges", servers.as_slice(), expected.servers)?;
    let ids: Vec<u32> = diagnostics(&message).iter().map(|one| one.id).collect();
    same("the diagnostics", ids.as_slice(), expected.ids)?;
    same("the faults", message.faults(), expected.faults)?;
    Ok(())
}

fn lines<'a>(text: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    text.into_iter().map(str::to_owned).collect()
}

/// Up to the empty line.
fn whole(text: &str) -> Vec<String> {
    lines(text.lines().take_while(|line| !line.trim().is_empty()))
}

fn first_part(text: &str) -> Vec<String> {
    whole(text)
}

/// Behind the empty line.
fn second_part(text: &str) -> Vec<String> {
    lines(text.lines().skip_while(|line| !line.trim().is_empty()).filter(|line| !line.trim().is_empty()))
}

/// What a trace record of `SIPStack` holds of a message: its start line, then its header. A
/// line that was broken by the paste is put together again.
fn record(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let inner = text.lines().skip_while(|line| !line.starts_with("Start-Line:"));
    for line in inner.take_while(|line| !line.starts_with("Message-Body") && !line.starts_with("$$end")) {
        match line.strip_prefix("Start-Line:") {
            Some(start) => found.push(start.trim().to_owned()),
            None if line.starts_with("response=") => {
                if let Some(last) = found.last_mut() {
                    last.push_str(line);
                }
            }
            None if line.trim().is_empty() => {}
            None => found.push(line.to_owned()),
        }
    }
    found
}

fn record_without_blanked_from(text: &str) -> Vec<String> {
    record(text).into_iter().filter(|line| !line.starts_with(": ")).collect()
}

/// A log of the partner's, with a margin, and two line ends lost.
fn edge_log(text: &str) -> Vec<String> {
    let inner =
        text.lines().map(|line| line.trim_start_matches([' ', '|'])).skip_while(|line| !line.starts_with("SIP/2.0"));
    split(&inner.collect::<Vec<_>>().join("\n"), &["Via: SIP/2.0/TLS 10.48.36.47", "From :"])
}

/// A page that lost two line ends.
fn run_together(text: &str) -> Vec<String> {
    split(text, &["Authentication-Info:", "Via:"])
}

fn split(text: &str, fields: &[&str]) -> Vec<String> {
    let parted =
        fields.iter().fold(text.to_owned(), |text, field| text.replace(&format!(" {field}"), &format!("\n{field}")));
    lines(parted.lines().take_while(|line| !line.trim().is_empty()))
}

fn without_margin(text: &str) -> Vec<String> {
    lines(text.lines().map(str::trim_start).take_while(|line| !line.is_empty()))
}

/// The empty line before the body is lost.
fn before_fault(text: &str) -> Vec<String> {
    lines(text.lines().take_while(|line| !line.contains("<Fault>") && !line.trim().is_empty()))
}

/// The value that the page wrapped is one again.
fn a_wrapped_tail(text: &str) -> Result<(), Failed> {
    let joined = text.replace("to or\nfrom", "to or from");
    let value = joined.lines().find_map(|line| line.strip_prefix("ms-diagnostics:")).ok_or("a header")?;
    let told = Diagnostics::read("ms-diagnostics", value).ok_or("diagnostics")?;
    same("the id", told.id, 1027)?;
    same("the source", told.source.as_deref(), Some("nxac.contoso.com"))?;
    let reason = "Cannot route this type of SIP request to or from federated partners";
    same("the reason", told.reason.as_deref(), Some(reason))?;
    // Wrapped as it is, the number is still there, and nothing is made up.
    let first = text.lines().find_map(|line| line.strip_prefix("ms-diagnostics:")).ok_or("a header")?;
    let told = Diagnostics::read("ms-diagnostics", first).ok_or("diagnostics")?;
    same("the id of the first line", (told.id, told.source), (1027, None))?;
    Ok(())
}

fn lines_of_a_notification(text: &str) -> Result<(), Failed> {
    let head = "BENOTIFY sip:kim@contoso.com SIP/2.0\nCall-ID: a\nCSeq: 1 BENOTIFY\nFrom: <sip:kim@contoso.com>;tag=1\nTo: <sip:kim@contoso.com>;tag=2\nVia: SIP/2.0/TLS 10.0.0.1;branch=z9hG4bK1";
    let message = read(&lines(head.lines().chain(text.lines().filter(|line| !line.is_empty()))))?;
    let ids: Vec<u32> = diagnostics(&message).iter().map(|one| one.id).collect();
    same("the diagnostics", ids, vec![2139])?;
    same("the state", message.headers.first("subscription-state").as_deref(), Some("terminated;expires=0"))?;
    Ok(())
}

fn a_status_line(text: &str) -> Result<(), Failed> {
    let message = read(&lines([text.trim_end()]))?;
    let reason = "Mutipart mime in content type not supported by Archiving CDR service".to_owned();
    same("the first line", message.start, Start::Response { status: 415, reason })?;
    Ok(())
}

fn media_debug(text: &str) -> Result<(), Failed> {
    let value = text.trim().strip_prefix("ms-client-diagnostics:").ok_or("a header")?;
    let told = Diagnostics::read("ms-client-diagnostics", value).ok_or("diagnostics")?;
    same("the id", told.id, 23)?;
    let debug = told.parameters.iter().find(|one| one.name == "callermediadebug").ok_or("media details")?;
    for part in ["LocalMR=207.46.5.63:54829", "RemoteMR=65.55.127.64:51184", "FederationType=0"] {
        same(part, debug.value.contains(part), true)?;
    }
    Ok(())
}

/// A record that holds a request's line, Call-ID and `CSeq` alone.
fn a_request_line(text: &str) -> Result<(), Failed> {
    let of = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).ok_or(format!("{name} is missing"))
    };
    let (start, id, cseq) = (of("SIP-Start-Line:")?, of("SIP-Call-ID:")?, of("SIP-CSeq:")?);
    let message = read(&[start.to_owned(), format!("Call-ID: {id}"), format!("CSeq: {cseq}")])?;
    let Start::Request { method, uri } = &message.start else { return Err("a request".into()) };
    same("the method of CSeq", message.cseq().map(|(_, method)| method), Some(method.clone()))?;
    same("the URI", start.contains(uri.as_str()) && uri.starts_with("sip:"), true)?;
    Ok(())
}
