//! The messages of RFC 4475 as the RFC prints them, in its own notation for what can't be
//! printed. What its narrow page breaks, as the signature in `mpart01`, is on one line here.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::sip::{Decoder, Limits, Message};

use super::ezk;

const FILES: [&str; 3] =
    [include_str!("rfc4475/valid.txt"), include_str!("rfc4475/invalid.txt"), include_str!("rfc4475/other.txt")];

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// Read, and nothing is wrong with it, by us and by ezk.
    Accepted,
    /// Read without a complaint; ezk is of another opinion, and why.
    AcceptedButByEzk(&'static str),
    /// Not read, or its faults are told, as an answer 400 would; the same for ezk.
    Refused(&'static str),
    /// The same, but ezk takes it, and why.
    RefusedButByEzk(&'static str, &'static str),
}
use Becomes::{Accepted, AcceptedButByEzk, Refused, RefusedButByEzk};

const LATER: &str = "reads header values only when they are asked for";
const SCHEMES: &str = "knows the schemes sip and sips alone";
const ELSEWHERE: &str = "frames by Content-Length elsewhere";

/// By the RFC's own verdicts, with the words of ours.
const MESSAGES: [(&str, Becomes); 49] = [
    ("wsinv", Accepted),
    ("intmeth", Accepted),
    ("esc01", Accepted),
    ("escnull", Accepted),
    ("esc02", Accepted),
    ("lwsdisp", Accepted),
    ("longreq", Accepted),
    ("dblreq", Accepted),
    ("semiuri", Accepted),
    ("transports", Accepted),
    ("mpart01", Accepted),
    ("unreason", Accepted),
    ("noreason", Accepted),
    ("badinv01", RefusedButByEzk("via", LATER)),
    ("clerr", RefusedButByEzk("incomplete", ELSEWHERE)),
    ("ncl", RefusedButByEzk("Content-Length", ELSEWHERE)),
    ("scalar02", RefusedButByEzk("CSeq", LATER)),
    ("scalarlg", RefusedButByEzk("CSeq", LATER)),
    ("quotbal", RefusedButByEzk("to:", LATER)),
    ("ltgtruri", Refused("")),
    ("lwsruri", RefusedButByEzk("begins no SIP message", "takes what follows the URI for its parameters")),
    ("lwsstart", RefusedButByEzk("begins no SIP message", "takes several blanks for one")),
    ("trws", Refused("begins no SIP message")),
    ("escruri", RefusedButByEzk("", "doesn't hold a URI's headers against its place")),
    // Whoever is lenient takes it (3.1.2.12).
    ("baddate", Accepted),
    ("regbadct", RefusedButByEzk("contact", LATER)),
    ("badaspec", RefusedButByEzk("to:", LATER)),
    ("baddn", RefusedButByEzk("from", LATER)),
    ("badvers", Refused("begins no SIP message")),
    ("mismatch01", RefusedButByEzk("CSeq names INVITE", "doesn't hold CSeq against the method")),
    ("mismatch02", RefusedButByEzk("CSeq names INVITE", "doesn't hold CSeq against the method")),
    ("bigcode", Refused("begins no SIP message")),
    ("badbranch", RefusedButByEzk("branch", LATER)),
    ("insuf", RefusedButByEzk("missing", LATER)),
    // What follows is well formed: it is for an application to refuse.
    ("unkscm", AcceptedButByEzk(SCHEMES)),
    ("novelsc", AcceptedButByEzk(SCHEMES)),
    ("unksm2", Accepted),
    ("bext01", Accepted),
    ("invut", Accepted),
    ("regaut01", Accepted),
    // Its length is two more than what follows, so that over a stream it never ends; `torture` has its trait.
    ("multi01", RefusedButByEzk("incomplete", ELSEWHERE)),
    ("mcl01", RefusedButByEzk("two Content-Lengths", ELSEWHERE)),
    ("bcast", Accepted),
    ("zeromf", Accepted),
    ("cparam01", Accepted),
    ("cparam02", Accepted),
    ("regescrt", Accepted),
    ("sdp01", Accepted),
    // RFC 2543 had no Content-Length over UDP; over a stream nobody knows where it ends.
    ("inv2543", RefusedButByEzk("no Content-Length", ELSEWHERE)),
];

pub fn trials() -> Vec<Trial> {
    let every = Trial::test("rfc4475::every_message", || {
        let named: Vec<&str> = FILES.iter().flat_map(|file| messages(file)).map(|(name, _)| name).collect();
        let judged: Vec<&str> = MESSAGES.iter().map(|(name, _)| *name).collect();
        if named == judged { Ok(()) } else { Err(format!("in the files {named:?}, judged {judged:?}").into()) }
    });
    let trial = |(name, becomes): (&'static str, Becomes)| {
        Trial::test(format!("rfc4475::{name}"), move || {
            let text = FILES.iter().flat_map(|file| messages(file)).find(|(other, _)| *other == name);
            judge(&bytes(text.ok_or("no such message")?.1), becomes)
        })
    };
    MESSAGES.into_iter().map(trial).chain([every]).collect()
}

/// Each message of a file, after its name.
fn messages(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.split("== ").filter_map(|part| part.split_once('\n')).map(|(name, text)| (name.trim_end(), text))
}

/// As it is on the wire: lines end with CR LF, and the RFC's notations (2.2, 2.3) are
/// what they stand for.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.replace('\r', "");
    while let Some((before, tag)) = rest.split_once("<repeat count=") {
        let (count, after) = tag.split_once('>').expect("a count");
        let (what, after) = after.split_once("</repeat>").expect("an end");
        rest = format!("{before}{}{after}", what.repeat(count.parse().expect("a number")));
    }
    let rest = rest.replace('\n', "\r\n");
    for (at, part) in rest.split("<hex>").enumerate() {
        let plain = match part.split_once("</hex>") {
            Some((digits, plain)) if at > 0 => {
                bytes.extend(digits.as_bytes().chunks(2).map(|pair| {
                    u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("hexadecimal digits")
                }));
                plain
            }
            _ => part,
        };
        bytes.extend(plain.bytes());
    }
    bytes
}

fn judge(bytes: &[u8], becomes: Becomes) -> Result<(), Failed> {
    let (ours, theirs) = (read(bytes), ezk::values(bytes));
    let (accepted, words, alike) = match becomes {
        Accepted => (true, "", true),
        AcceptedButByEzk(_) => (true, "", false),
        Refused(words) => (false, words, true),
        RefusedButByEzk(words, _) => (false, words, false),
    };
    match &ours {
        Ok(_) if accepted => {}
        Err(told) if !accepted && told.contains(words) => {}
        _ => return Err(format!("ours: {ours:?}").into()),
    }
    if (theirs.is_ok() == accepted) == alike { Ok(()) } else { Err(format!("ezk: {theirs:?}").into()) }
}

/// The first message, if nothing is wrong with it.
fn read(bytes: &[u8]) -> Result<Message, String> {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(bytes);
    let message = decoder.message().map_err(|error| error.to_string())?.ok_or("incomplete")?;
    let faults = message.faults();
    if faults.is_empty() { Ok(message) } else { Err(faults.join("; ")) }
}
