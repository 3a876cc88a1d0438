use zeroize::Zeroizing;

use super::*;
use crate::protocol::ntlm::{Flags, TargetInfo};

const REALM: &str = "SIP Communications Service";

fn identity(password: &str) -> Identity {
    let credentials = Credentials::of("CONTOSO\\probe1");
    let key = credentials.key(password);
    let (address, user_agent) = ("probe1@contoso.com".to_owned(), "UCCAPI/16".to_owned());
    Identity { address, credentials, key, workstation: "HERE".to_owned(), user_agent }
}

fn fresh() -> Fresh {
    Fresh { nonces: Nonces { client: [1; 8], session: Zeroizing::new([2; 16]), filetime: 3 }, random: 4 }
}

fn begin(password: &str) -> (Registration, Message) {
    let local = "10.0.0.9:50001".parse().expect("an address");
    Registration::begin(identity(password), Endpoint::of(local, [0xab; 48]))
}

fn ntlm_challenge() -> ntlm::Challenge {
    let info = TargetInfo::of("CONTOSO", "FE11", 5);
    ntlm::Challenge { flags: Flags::OFFERED, nonce: [9; 8], target: "CONTOSO".to_owned(), info }
}

fn unauthorized(request: &Message, status: u16, fields: &[String]) -> Message {
    let mut reply = Message::reply(request, status, "Unauthorized");
    let name = if status == 407 { "Proxy-Authenticate" } else { "WWW-Authenticate" };
    for field in fields {
        reply.headers.push(name, field.as_str());
    }
    reply
}

fn offer(version: &str) -> [String; 2] {
    ["Kerberos", "NTLM"].map(|scheme| {
        let prefix = if scheme == "Kerberos" { "sip/" } else { "" };
        format!(r#"{scheme} realm="{REALM}", targetname="{prefix}fe11.contoso.com"{version}"#)
    })
}

fn begun(version: &str) -> [String; 1] {
    let data = STANDARD.encode(ntlm_challenge().write());
    [format!(
        r#"NTLM opaque="4452DFB0", gssapi-data="{data}", targetname="fe11.contoso.com", realm="{REALM}"{version}"#
    )]
}

/// What was sent, or a panic.
fn sent(next: Next) -> Message {
    match next {
        Next::Send(message) => message,
        Next::Wait => panic!("it waits"),
        Next::Show(_) => panic!("it shows the credential"),
        Next::End(how) => panic!("{how:?}"),
    }
}

fn shown(next: Next) -> Message {
    let Next::Show(message) = next else { panic!("no credential is shown") };
    message
}

fn ended(next: Next) -> How {
    let Next::End(how) = next else { panic!("it goes on") };
    how
}

/// Up to the credential, and the server's side of what follows.
fn through(status: u16, version: &str) -> (Registration, Message, Association) {
    let (mut client, first) = begin("Pa$$word");
    assert!(first.faults().is_empty(), "{:?}", first.faults());
    assert!(!first.headers.0.iter().any(|header| header.long_name().contains("authorization")));
    let asking = sent(client.hear(&unauthorized(&first, status, &offer(version)), &fresh()));
    let field = if status == 407 { "proxy-authorization" } else { "authorization" };
    let empty = asking.headers.first(field).expect("it asks NTLM to begin").into_owned();
    assert!(empty.contains(r#"gssapi-data="""#), "{empty}");
    let credential = shown(client.hear(&unauthorized(&asking, status, &begun(version)), &fresh()));
    let value = credential.headers.first(field).expect("the credential").into_owned();
    let data = Challenge::read(&value).and_then(|read| read.gssapi_data).expect("gssapi-data");
    let proof = Authenticate::read(&STANDARD.decode(data).expect("Base64")).expect("NTLM");
    assert_eq!((proof.credentials.user.as_str(), proof.credentials.domain.as_str()), ("probe1", "CONTOSO"));
    let keys = proof.verify(&ntlm_challenge(), &proof.credentials.key("Pa$$word")).expect("the right password");
    let names = [REALM, "fe11.contoso.com", "4452DFB0"];
    let version = version.trim_start_matches(", version=");
    let version = SignatureVersion::of(Some(version).filter(|version| !version.is_empty()));
    (client, credential, Association::new(Side::Server, names, version, keys))
}

#[test]
fn a_user_is_registered_by_a_server_that_proves_itself() {
    for status in [401, 407] {
        let (mut client, credential, mut server) = through(status, ", version=4");
        assert_eq!(server.verify(&credential), Ok(()), "it comes with the first signature");
        assert_eq!(
            (client.offered(), client.registrar()),
            (&["Kerberos".to_owned(), "NTLM".to_owned()][..], Some("fe11.contoso.com"))
        );
        let mut answer = Message::reply(&credential, 200, "OK");
        answer.headers.push("Expires", "7200");
        server.sign(&mut answer, 1).expect("signed");
        assert_eq!(ended(client.hear(&answer, &fresh())), How::Registered);

        let leave = client.leave(7).expect("signed");
        assert_eq!(leave.headers.first("expires").as_deref(), Some("0"));
        assert_eq!(server.verify(&leave), Ok(()));
        assert_eq!(client.left(&answer), None, "an answer to what came before");
        let mut bye = Message::reply(&leave, 200, "OK");
        assert_eq!(client.left(&bye), Some(Err(Unproven::Unsigned)));
        server.sign(&mut bye, 2).expect("signed");
        assert_eq!(client.left(&bye), Some(Ok(200)));
    }
}

#[test]
fn old_servers_get_their_first_signature_later_and_their_own_text() {
    for version in [", version=3", ""] {
        let (mut client, credential, mut server) = through(401, version);
        assert_eq!(server.verify(&credential), Err(Unproven::Unsigned));
        let mut answer = Message::reply(&credential, 200, "OK");
        server.sign(&mut answer, 1).expect("signed");
        assert_eq!(ended(client.hear(&answer, &fresh())), How::Registered);
        let leave = client.leave(7).expect("signed");
        assert_eq!(server.verify(&leave), Ok(()));
    }
}

#[test]
fn no_answer_counts_that_the_server_has_not_signed() {
    let forged = |change: &dyn Fn(&mut Message, &mut Association)| {
        let (mut client, credential, mut server) = through(401, ", version=4");
        let mut answer = Message::reply(&credential, 200, "OK");
        change(&mut answer, &mut server);
        let how = ended(client.hear(&answer, &fresh()));
        assert!(how.may_have_registered(client.has_shown()), "what may be registered is left");
        how
    };
    assert_eq!(forged(&|_, _| {}), How::Unproven(Unproven::Unsigned));
    let corrupt = |answer: &mut Message, server: &mut Association| {
        server.sign(answer, 1).expect("signed");
        answer.headers.push("Expires", "7200");
    };
    assert_eq!(forged(&corrupt), How::Unproven(Unproven::Wrong));
    let elsewhere = |answer: &mut Message, server: &mut Association| {
        answer.start = Start::Response { status: 301, reason: String::new() };
        answer.headers.push("Contact", "<sip:evil.example:5061>");
        corrupt(answer, server);
    };
    assert_eq!(forged(&elsewhere), How::Unproven(Unproven::Wrong), "nor is a redirect followed");
}

#[test]
fn a_number_that_a_provisional_answer_has_used_is_used() {
    let (mut client, credential, mut server) = through(401, ", version=4");
    let mut trying = Message::reply(&credential, 100, "Trying");
    let mut again = server.clone();
    server.sign(&mut trying, 1).expect("signed");
    assert!(matches!(client.hear(&trying, &fresh()), Next::Wait));
    let mut answer = Message::reply(&credential, 200, "OK");
    again.sign(&mut answer, 1).expect("signed");
    assert_eq!(ended(client.hear(&answer, &fresh())), How::Unproven(Unproven::Again(1)));
}

#[test]
fn a_rejected_credential_is_never_shown_again() {
    let (mut client, credential, _) = through(401, ", version=4");
    // Also where the server would go on with another challenge.
    assert_eq!(ended(client.hear(&unauthorized(&credential, 401, &begun(", version=4")), &fresh())), How::Rejected);
}

#[test]
fn what_is_not_offered_is_not_tried() {
    let only = |fields: &[String]| {
        let (mut client, first) = begin("x");
        let how = ended(client.hear(&unauthorized(&first, 401, fields), &fresh()));
        assert!(!how.may_have_registered(client.has_shown()), "there is nothing to leave");
        (how, client.offered().to_vec())
    };
    let dsk = format!(r#"TLS-DSK realm="{REALM}", targetname="fe11.contoso.com", version=4, sts-uri="https://a/b""#);
    let kerberos = offer(", version=4")[0].clone();
    assert_eq!(only(&[dsk, kerberos]), (How::NotOffered, vec!["TLS-DSK".to_owned(), "Kerberos".to_owned()]));
    assert_eq!(only(&[]), (How::NotOffered, Vec::new()));
}

#[test]
fn challenges_that_can_not_be_answered_show_nothing() {
    let begun_with = |field: String| {
        let (mut client, first) = begin("x");
        let asking = sent(client.hear(&unauthorized(&first, 401, &offer(", version=4")), &fresh()));
        ended(client.hear(&unauthorized(&asking, 401, &[field]), &fresh()))
    };
    let with = |data: &str| format!(r#"NTLM realm="{REALM}", targetname="fe11", gssapi-data="{data}", version=4"#);
    assert_eq!(begun_with(offer(", version=4")[1].clone()), How::NoChallenge);
    assert!(matches!(begun_with(with("=%")), How::Unusable(cause) if cause.contains("Base64")));
    assert!(matches!(begun_with(with("TlRMTVNTUAA=")), How::Unusable(_)));
    let mut weak = ntlm_challenge();
    weak.flags = Flags(Flags::OFFERED.0 & !Flags::SIGN.0);
    assert!(matches!(begun_with(with(&STANDARD.encode(weak.write()))), How::Unusable(cause) if cause.contains("SIGN")));
}

#[test]
fn refusals_before_and_after_the_credential_are_told_apart() {
    let (mut client, first) = begin("x");
    let refused = |request: &Message, status: u16| Message::reply(request, status, "");
    assert_eq!(ended(client.hear(&refused(&first, 504), &fresh())), How::Refused { proven: false });
    let how = ended(client.hear(&refused(&first, 200), &fresh()));
    assert_eq!(how, How::Unchallenged);
    assert!(how.may_have_registered(false));
    let leave = client.leave(1).expect("unsigned");
    assert_eq!(leave.headers.first("expires").as_deref(), Some("0"));
    assert_eq!(leave.headers.first("authorization"), None);
    assert_eq!(client.left(&refused(&leave, 200)), Some(Ok(200)), "who registers whoever asks lets him go");
    let (mut client, credential, mut server) = through(401, ", version=4");
    assert!(matches!(client.hear(&refused(&first, 504), &fresh()), Next::Wait), "an answer to another request");
    let mut answer = refused(&credential, 403);
    assert_eq!(ended(client.hear(&answer, &fresh())), How::Refused { proven: false }, "an Edge can't sign");
    server.sign(&mut answer, 1).expect("signed");
    assert_eq!(ended(client.hear(&answer, &fresh())), How::Refused { proven: true });
}

#[test]
fn a_redirect_leads_to_the_home_pool() {
    let (mut client, credential, mut server) = through(401, ", version=4");
    let mut answer = Message::reply(&credential, 301, "Moved Permanently");
    answer.headers.push("Contact", "<sip:pool02.contoso.com:5061;transport=TLS>");
    server.sign(&mut answer, 1).expect("signed");
    let to = Target { host: "pool02.contoso.com".to_owned(), port: 5061, tls: true };
    assert_eq!(ended(client.hear(&answer, &fresh())), How::Redirected(vec![to]));
}
