//! What real servers and clients sent. The files lie beside the project.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::diagnostics::{Diagnostics, HEADERS};
use poolproof::protocol::sip::{Challenge, Decoder, Limits, Message, Start};

use super::{ezk, peers, records};

/// Whole messages: file, first line, header fields, servers that challenges name, ids of diagnostics.
type Whole = (&'static str, &'static str, usize, &'static [&'static str], &'static [u32]);

const WHOLE: &[Whole] = &[
    ("lync2013-401-ntlm-kerberos-tlsdsk", "401 Unauthorized", 11, &["LYNC2013-SERVER.lync.loc"; 3], &[]),
    ("ocs2007-401-kerberos-ntlm-version3", "401 Unauthorized", 9, &["OCS1.flux.local"; 2], &[]),
    ("ocs2007-200ok-register-ntlm", "200 OK", 14, &[], &[]),
    ("ocs2007r2-200ok-register-ntlm", "200 OK", 15, &[], &[]),
    ("ocs2007r2-register-with-ntlm-authorization", "REGISTER", 14, &[], &[]),
    ("ms-sip-subscribe-ntlm-proxy-authorization", "SUBSCRIBE", 16, &[], &[]),
    ("msn-edge-bye-request", "BYE", 10, &[], &[]),
    ("polycom-vvx-200ok-options-tlsdsk-authorization", "200 OK", 11, &[], &[]),
    ("sfb2015-200ok-register-gruu", "200 OK", 15, &[], &[]),
    ("sfb2015-ack-two-vias-no-record-route", "ACK", 11, &[], &[]),
    ("service-delete-publication", "SERVICE", 12, &[], &[]),
    ("service-publish-note-category", "SERVICE", 12, &[], &[]),
    ("sfb2015-message-im-relayed", "MESSAGE", 13, &[], &[]),
    ("ms-siprege-200ok-register-presence-state", "200 OK", 11, &[], &[]),
    ("sfb2015-invite-audio-turn-candidates", "INVITE", 24, &[], &[]),
    ("sfb2015-invite-im-ms-text-format", "INVITE", 35, &[], &[]),
];

/// The id, the reason and the source of a diagnostics header.
type Told = (u32, &'static str, Option<&'static str>);

/// Every diagnostics header in a file.
const DIAGNOSTICS: &[(&str, &[Told])] = &[
    ("lync2010-488-client-diagnostics-52017", &[(52017, "Encryption levels dont match", None)]),
    ("lync2013-200ok-invite-ms-client-diagnostics", &[(51007, "Callee media connectivity diagnosis info", None)]),
    (
        "ms-client-diagnostics-22-media-chan-blob",
        &[(22, "Call failed to establish due to a media connectivity failure when both endpoints are internal", None)],
    ),
    ("ms-diagnostics-1017-split-domain", &[(1017, "Cannot route From and To domains in this combination", None)]),
    (
        "ms-diagnostics-1027-and-1034-uccapilog",
        &[
            (1027, "Cannot route this type of SIP request to or from federated partners", None),
            (1034, "Previous hop federated peer did not report diagnostic information", None),
        ],
    ),
    (
        "ms-diagnostics-1047-tls-negotiation",
        &[(1047, "Failed to complete TLS negotiation with a federated peer server", None)],
    ),
    (
        "ms-diagnostics-4005-uccapilog",
        &[(4005, "Destination URI either not enabled for SIP or does not exist", Some("Lyncpool.domainname.com"))],
    ),
    ("ocs-benotify-deregistered-4141", &[(4141, "User disabled", None)]),
    ("sfb2015-504-diag1009-srv-mismatch", &[(1009, "No match for domain in DNS SRV results", Some("sip.skype.lab"))]),
    (
        "sfb2019-500-exumrouting-diag15000",
        &[(
            15000,
            "Unable to read the user properties publication for the user or contact object.",
            Some("NASEAPOOLFE01.CONTOSO.COM"),
        )],
    ),
];

pub fn trials() -> Vec<Trial> {
    let whole = WHOLE.iter().map(|expected| {
        let file = expected.0;
        peers::trial(&format!("samples::{file}"), move || sample(file), move |text| whole(expected, &text))
    });
    let told = DIAGNOSTICS.iter().map(|(file, expected)| {
        peers::trial(&format!("samples::diagnostics::{file}"), move || sample(file), move |text| told(expected, &text))
    });
    let every = peers::trial(
        "samples::every_file_is_held_against_something",
        || peers::shared("samples/sip"),
        |folder| {
            let files: Vec<String> = std::fs::read_dir(folder)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().trim_end_matches(".txt").to_owned()))
                .collect::<std::io::Result<_>>()?;
            let held = |file: &String| {
                WHOLE.iter().any(|one| one.0 == file)
                    || DIAGNOSTICS.iter().any(|one| one.0 == file)
                    || records::files().any(|one| one == file)
            };
            same(
                "the files that nothing is held against",
                files.into_iter().filter(|file| !held(file)).collect::<Vec<_>>(),
                Vec::<String>::new(),
            )?;
            Ok(())
        },
    );
    whole.chain(told).chain([every]).collect()
}

pub fn sample(file: &str) -> Result<String, String> {
    let path = peers::shared(&format!("samples/sip/{file}.txt"))?;
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The samples have line feeds, and bodies that were trimmed: their header goes through
/// the codec, with the length of a body that is not there.
fn whole((_, first, fields, servers, ids): &Whole, text: &str) -> Result<(), Failed> {
    let head: Vec<&str> = text.lines().take_while(|line| !(line.trim().is_empty() || line.starts_with('<'))).collect();
    let head = head.iter().filter(|line| !line.to_ascii_lowercase().starts_with("content-length"));
    let head: String = head.map(|line| format!("{line}\r\n")).collect();
    let bytes = format!("{head}Content-Length: 0\r\n\r\n").into_bytes();
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(&bytes);
    let message = decoder.message()?.ok_or("incomplete")?;
    let start = match &message.start {
        Start::Request { method, .. } => method.clone(),
        Start::Response { status, reason } => format!("{status} {reason}"),
    };
    same("the first line", start.as_str(), *first)?;
    same("the header fields", message.headers.0.len(), *fields + 1 - usize::from(has_length(text)))?;
    let challenges = Challenge::all(&message.headers);
    let named: Vec<&str> = challenges.iter().filter_map(Challenge::server).collect();
    same("the servers of the challenges", named.as_slice(), *servers)?;
    let found: Vec<u32> = diagnostics(&message).iter().map(|one| one.id).collect();
    same("the diagnostics", found.as_slice(), *ids)?;
    same("the faults", message.faults(), Vec::<String>::new())?;
    same("written again", message.encode(), again(&bytes))?;

    // ezk reads one line at a time and knows no folds, so the values are held together unfolded.
    let theirs = ezk::values(&bytes).map_err(|error| format!("ezk: {error}"))?;
    let plain = |value: &str| value.split_whitespace().collect::<String>();
    let ours: Vec<String> = message.headers.0.iter().map(|header| plain(&header.value())).collect();
    let theirs: Vec<String> = theirs.iter().map(|value| plain(value)).collect();
    same("the values, to ezk", ours, theirs)?;
    Ok(())
}

fn has_length(text: &str) -> bool {
    text.lines().any(|line| line.to_ascii_lowercase().starts_with("content-length"))
}

/// A message as our encoder would write it: one blank after each name, nothing else changed.
fn again(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = Vec::new();
    for (at, line) in text.split("\r\n").enumerate() {
        let folded = line.starts_with([' ', '\t']);
        match line.split_once(':') {
            Some((name, value)) if at > 0 && !folded => lines.push(format!("{}: {}", name.trim_end(), value.trim())),
            _ if folded && lines.last().is_some_and(|last| last.ends_with(": ")) => {
                // A value that begins on the next line loses the empty first one.
                let last = lines.pop().unwrap_or_default();
                lines.push(format!("{last}{}", line.trim()));
            }
            _ => lines.push(line.trim_end().to_owned()),
        }
    }
    lines.join("\r\n").into_bytes()
}

pub fn diagnostics(message: &Message) -> Vec<Diagnostics> {
    let told = message.headers.0.iter().map(|header| (header.long_name(), header));
    let told = told.filter(|(name, _)| HEADERS.contains(&name.as_str()));
    told.filter_map(|(name, header)| Diagnostics::read(&name, &header.value())).collect()
}

fn told(expected: &[Told], text: &str) -> Result<(), Failed> {
    let found: Vec<Diagnostics> = text
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .filter(|(name, _)| HEADERS.contains(&name.to_ascii_lowercase().as_str()))
        .filter_map(|(name, value)| Diagnostics::read(name, value))
        .collect();
    let found: Vec<_> =
        found.iter().map(|one| (one.id, one.reason.as_deref().unwrap_or_default(), one.source.as_deref())).collect();
    same("the diagnostics", found.as_slice(), expected)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "an assertion takes what it is given")]
pub fn same<A: PartialEq<B> + std::fmt::Debug, B: std::fmt::Debug>(
    what: &str,
    found: A,
    expected: B,
) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}
