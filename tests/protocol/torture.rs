//! The torture messages of RFC 4475, each rebuilt with the trait that it is there for on
//! a request or response of ours. `accepted` is read, and has no faults; `refused` is
//! malformed, or is read and its faults are told, as an answer 400 would.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::sip::{Decoder, Limits, Message};

use super::ezk;

const COMMON: &[(&str, &str)] = &[
    ("Via", "SIP/2.0/TLS 192.0.2.2:5061;branch=z9hG4bK-1"),
    ("Max-Forwards", "70"),
    ("From", "<sip:caller@example.com>;tag=1a"),
    ("To", "<sip:callee@example.net>"),
    ("Call-ID", "torture.1@example.com"),
    ("CSeq", "8 INVITE"),
    ("Contact", "<sip:caller@192.0.2.2>"),
];

const INVITE: &str = "INVITE sip:callee@example.net SIP/2.0";

/// A message: our header fields, those of `changes` in the place of theirs or after them.
fn message(first: &str, changes: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut fields: Vec<(&str, &str)> = COMMON.to_vec();
    for (name, value) in changes {
        match fields.iter_mut().find(|field| field.0 == *name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = if changes.iter().any(|change| change.0 == "Content-Length") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    format!("{first}\r\n{fields}{length}\r\n{body}").into_bytes()
}

fn accepted() -> Vec<(&'static str, Vec<u8>)> {
    let long = "verylongvalue".repeat(200);
    let long_uri = format!("INVITE sip:user{long}@example.net SIP/2.0");
    let mut two = message("REGISTER sip:example.com SIP/2.0", &[("CSeq", "8 REGISTER")], "");
    two.extend(message(INVITE, &[("Call-ID", "torture.2@example.com")], "v=0\r\n"));
    vec![
        // 3.1.1.1: folds, compact names, odd case and blanks, escapes in quotes.
        ("wsinv", b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\nTO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\nfrom   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\nMaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\nv:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\nm:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\nl: 0\r\n\r\n".to_vec()),
        // 3.1.1.2: a method and values of every character that a token may have.
        ("intmeth", message("!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0", &[("CSeq", "139122385 !interesting-Method0123456789_*+`.%indeed'~")], "")),
        ("esc01", message("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", &[("To", "sip:%75se%72@example.com"), ("Contact", "<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>")], "")),
        ("escnull", message("REGISTER sip:example.com SIP/2.0", &[("CSeq", "8 REGISTER"), ("To", "sip:null-%00-null@example.com"), ("From", "sip:null-%00-null@example.com;tag=839923423"), ("Contact", "<sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>")], "")),
        // 3.1.1.6: an escape that looks like the end of another, in a method.
        ("esc02", message("RE%47IST%45R sip:registrar.example.com SIP/2.0", &[("CSeq", "29344 RE%47IST%45R"), ("To", "\"%Z%45\" <sip:resource@example.com>")], "")),
        ("lwsdisp", message("OPTIONS sip:user@example.com SIP/2.0", &[("CSeq", "8 OPTIONS"), ("From", "caller<sip:caller@example.com>;tag=323")], "")),
        ("longreq", message(&long_uri, &[("To", "\"I have a user name of extreme proportion\"<sip:user@example.com>"), ("Unknown-Header", long.as_str())], "v=0\r\n")),
        ("dblreq", two),
        ("semiuri", message("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", &[("CSeq", "8 OPTIONS")], "")),
        ("transports", message("OPTIONS sip:user@example.com SIP/2.0", &[("CSeq", "8 OPTIONS"), ("Via", "SIP/2.0/UDP t1.example.com;branch=z9hG4bKa, SIP/2.0/SCTP t2.example.com;branch=z9hG4bKb, SIP/2.0/UNKNOWN t5.example.com;branch=z9hG4bKc")], "")),
        ("mpart01", message("MESSAGE sip:kumiko@example.org SIP/2.0", &[("CSeq", "8 MESSAGE"), ("Content-Type", "multipart/mixed;boundary=7a9cbec02ceef655")], "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655--\r\n")),
        // 3.1.1.12, 3.1.1.13: a reason in Cyrillic, and none.
        ("unreason", message("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое", &[], "")),
        ("noreason", message("SIP/2.0 100 ", &[], "")),
    ]
}

fn refused() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "badinv01",
            message(
                INVITE,
                &[("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,"), ("To", "\"Mr. J. User <sip:j.user@example.com>")],
                "",
            ),
        ),
        ("clerr", message(INVITE, &[("Content-Length", "9999")], "v=0\r\n")),
        ("ncl", message(INVITE, &[("Content-Length", "-999")], "v=0\r\n")),
        (
            "scalar02",
            message(
                "REGISTER sip:example.com SIP/2.0",
                &[
                    ("CSeq", "36893488147419103232 REGISTER"),
                    ("Max-Forwards", "300"),
                    ("Contact", "<sip:user@host129.example.com>;expires=280297596632815"),
                ],
                "",
            ),
        ),
        (
            "scalarlg",
            message(
                "SIP/2.0 503 Service Unavailable",
                &[("CSeq", "9292394834772304023312 OPTIONS"), ("Retry-After", "949302838503028349304023988")],
                "",
            ),
        ),
        ("quotbal", message(INVITE, &[("To", "\"Mr. J. User <sip:j.user@example.com>")], "")),
        ("ltgtruri", message("INVITE <sip:user@example.com> SIP/2.0", &[], "")),
        ("lwsruri", message("INVITE sip:user@example.com; lr SIP/2.0", &[], "")),
        ("lwsstart", message("INVITE  sip:user@example.com  SIP/2.0", &[], "")),
        ("trws", message("OPTIONS sip:remote-target@example.com SIP/2.0  ", &[("CSeq", "8 OPTIONS")], "")),
        ("escruri", message("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", &[], "")),
        (
            "regbadct",
            message(
                "REGISTER sip:example.com SIP/2.0",
                &[("CSeq", "8 REGISTER"), ("Contact", "sip:user@example.com?Route=%3Csip:sip.example.com%3E")],
                "",
            ),
        ),
        (
            "badaspec",
            message(
                "OPTIONS sip:user@example.org SIP/2.0",
                &[("CSeq", "8 OPTIONS"), ("To", "\"Watson, Thomas\" < sip:t.watson@example.org")],
                "",
            ),
        ),
        (
            "baddn",
            message(
                "OPTIONS sip:t.watson@example.org SIP/2.0",
                &[("CSeq", "8 OPTIONS"), ("From", "Bell, Alexander <sip:a.g.bell@example.com>;tag=43")],
                "",
            ),
        ),
        ("badvers", message("OPTIONS sip:t.watson@example.org SIP/7.0", &[("CSeq", "8 OPTIONS")], "")),
        ("mismatch01", message("OPTIONS sip:user@example.com SIP/2.0", &[("CSeq", "8 INVITE")], "")),
        ("mismatch02", message("NEWMETHOD sip:user@example.com SIP/2.0", &[("CSeq", "8 INVITE")], "")),
        ("bigcode", message("SIP/2.0 4294967301 better not break the receiver", &[], "")),
        (
            "multi01",
            message(
                INVITE,
                &[
                    ("to", "<sip:other@example.net>"),
                    ("from", "<sip:caller@example.net>;tag=2923420123"),
                    ("call-id", "multi01.98asdh@192.0.2.2"),
                    ("cseq", "59 INVITE"),
                ],
                "",
            ),
        ),
        (
            "badbranch",
            message(
                "OPTIONS sip:user@example.com SIP/2.0",
                &[("CSeq", "8 OPTIONS"), ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")],
                "",
            ),
        ),
    ]
}

/// Where ezk is of another opinion about a header, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("lwsruri", "takes what follows the URI for its parameters"),
    ("lwsstart", "takes several blanks for one"),
    ("escruri", "doesn't hold a URI's headers against its place"),
    ("clerr", "frames by Content-Length elsewhere"),
    ("ncl", "frames by Content-Length elsewhere"),
    ("badinv01", "reads header values only when they are asked for"),
    ("scalar02", "reads header values only when they are asked for"),
    ("scalarlg", "reads header values only when they are asked for"),
    ("quotbal", "reads header values only when they are asked for"),
    ("regbadct", "reads header values only when they are asked for"),
    ("badaspec", "reads header values only when they are asked for"),
    ("baddn", "reads header values only when they are asked for"),
    ("mismatch01", "doesn't hold CSeq against the method"),
    ("mismatch02", "doesn't hold CSeq against the method"),
    ("multi01", "takes the first of several"),
    ("badbranch", "reads header values only when they are asked for"),
];

pub fn trials() -> Vec<Trial> {
    let accepted = accepted().into_iter().map(|(name, bytes)| trial(name, bytes, true));
    let refused = refused().into_iter().map(|(name, bytes)| trial(name, bytes, false));
    accepted.chain(refused).collect()
}

fn trial(name: &'static str, bytes: Vec<u8>, expected: bool) -> Trial {
    Trial::test(format!("torture::{name}"), move || {
        let ours = read(&bytes);
        if ours.is_ok() != expected {
            return Err(format!("ours: {ours:?}").into());
        }
        let theirs = ezk::values(&bytes);
        let explained = DIFFERENCES.iter().any(|(other, _)| *other == name);
        if (theirs.is_ok() == expected) == explained {
            return Err(Failed::from(format!("ezk: {theirs:?}; explained as different: {explained}")));
        }
        Ok(())
    })
}

/// The first message, if nothing is wrong with it.
fn read(bytes: &[u8]) -> Result<Message, String> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(bytes);
    let message = decoder.message().map_err(|error| error.to_string())?.ok_or("incomplete")?;
    let faults = message.faults();
    if faults.is_empty() { Ok(message) } else { Err(faults.join("; ")) }
}
