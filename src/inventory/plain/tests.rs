//! Plain records are read as all others are.

use std::sync::Arc;

use crate::inventory::{Builder, Expectations, Inventory, Manifest};

/// What becomes of records that are read in one way or the other.
fn read_as(records: &[&str], plainly: bool) -> (Arc<Inventory>, Vec<bool>) {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
    let taken = records.iter().map(|record| record.as_bytes()).map(|record| {
        if plainly { part.record_plain(record).expect("there is room") } else { part.record_general(record).is_ok() }
    });
    let taken = taken.collect();
    builder.end(part);
    (Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH))), taken)
}

const PLAIN: [&str; 8] = [
    "{}",
    " { } \r",
    r#"{"SipAddress":"sip:a@contoso.com","Enabled":true,"VoicePolicy":null,"Whatever":[1,{"a":[]}]}"#,
    r#"{"SipAddress":"sip:ä@contoso.com","Enabled":false,"VoicePolicy":"Tag:R","Whatever":-12}"#,
    r#"{ "SipAddress" : "sip:b@contoso.com" , "Enabled" : 1, "Sid":{"BinaryLength":28,"Value":"S-1-5"}}"#,
    r#"{"enabled":0,"SIPADDRESS":"sip:c@contoso.com","Enabled":1}"#,
    r#"{"RegistrarPool":{"FriendlyName":"pool01.contoso.com"},"Guid":"10d972e1-19c7-85de-afdc-e244bcafccbd"}"#,
    r#"{"DisplayName":"A name that is longer than eight bytes, and than sixteen, 山 too","LineURI":""}"#,
];

#[test]
fn what_is_plain_is_read_alike() {
    let two = r#"{"SipAddress":"sip:a@contoso.com","SIPADDRESS":"sip:b@contoso.com","ConferencingPolicy":""}"#;
    let same = r#"{"SipAddress":"sip:a@contoso.com","sipaddress":"sip:a@contoso.com","ConferencingPolicy":"C"}"#;
    let again = [PLAIN.as_slice(), &[two, same, two, two, same, same], &PLAIN, &[same, two]].concat();
    let ((plain, taken), (general, accepted)) = (read_as(&again, true), read_as(&again, false));
    assert!(taken.iter().chain(&accepted).all(|taken| *taken), "{taken:?} {accepted:?}");
    assert_eq!(plain.count("users"), again.len());
    assert_eq!(plain.hash(), general.hash());
}

#[test]
fn objects_print_alike_whoever_reads_them() {
    let objects = [
        r#"{"BinaryLength":28,"Value":"S-1-5-21"}"#,
        r#"{"Value":"S-1-5-21","FriendlyName":"Mine"}"#,
        r#"{"FriendlyName":"","Fqdn":"a.b.c"}"#,
        r#"{"Fqdn":"a.b.c","FriendlyName":""}"#,
        r#"{"Name":"a","Fqdn":"a.b.c"}"#,
        r#"{"FriendlyName":" ","Name":"a"}"#,
        r#"{"FriendlyName":"","Name":""}"#,
        r#"{"Value":5,"Name":""}"#,
        r#"{"Value":12,"Anchor":{"Class":1}}"#,
        r#"{"Value":-7}"#,
        r#"{"Value":null,"Name":"Mine"}"#,
        r#"{"FriendlyName":{"Value":"No"},"name":"Mine"}"#,
        r#"{"value":"a","Value":"b"}"#,
        r#"{"value":{},"VALUE":"b"}"#,
        r#"{"Value":"a","Value":"b"}"#,
        r#"{"Value":""}"#,
        r#"{"Other":"a"}"#,
        "{}",
        r#"{"Value":true}"#,
        r#"{ "Value" : "a" , "Identity" : [ ] }"#,
    ];
    let of = |property: &str| objects.map(|object| format!(r#"{{"{property}":{object}}}"#));
    let properties =
        ["Sid", "VoicePolicy", "RegistrarPool", "Guid", "DisplayName", "SipAddress", "Enabled", "WhenChanged"];
    for records in properties.map(of) {
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let ((plain, taken), (general, accepted)) = (read_as(&records, true), read_as(&records, false));
        assert!(taken.iter().chain(&accepted).all(|taken| *taken), "{records:?}: {taken:?} {accepted:?}");
        for (a, b) in plain.rows("users").into_iter().flatten().zip(general.rows("users").into_iter().flatten()) {
            assert_eq!(format!("{:?}", a.delivered()), format!("{:?}", b.delivered()));
        }
        assert_eq!(plain.hash(), general.hash(), "{records:?}");
    }
}

/// Records that are like one another here and there, are broken off, have other keys, or the same
/// ones in another order.
#[test]
fn records_that_are_alike_are_read_alike() {
    let records = [
        r#"{"SipAddress":"sip:a@contoso.com","Enabled":true,"VoicePolicy":null,"LineURI":"","Whatever":12}"#,
        r#"{"SipAddress":"sip:a@contoso.com","Enabled":true,"VoicePolicy":null,"LineURI":"","Whatever":12}"#,
        r#"{"SipAddress":"sip:b@contoso.com","Enabled":true,"VoicePolicy":null,"LineURI":"","Whatever":123}"#,
        r#"{"SipAddress":"sip:b@contoso.com","Enabled":true,"VoicePolicy":null}"#,
        r#"{"SipAddress":"sip:c@contoso.com","Enabled":true ,"VoicePolicy":null, "LineURI":"","Whatever":12}"#,
        r#"{"SipAddress":"sip:d@contoso.com","Enabled":false,"VoicePolicy":null,"LineURI":"","Whatever":1}"#,
        r#"{"SipAddress":"sip:e@contoso.com","VoicePolicy":null,"Enabled":true,"LineURI":""}"#,
        r#"{"SipAddress":"sip:e@contoso.com","VoicePolicy":null,"Enabled":true,"LineURI":""}"#,
        r#"{"SipAddress":"sip:f@contoso.com","Enabled":true,"enabled":true,"VoicePolicy":"A"}"#,
        r#"{"SipAddress":"sip:f@contoso.com","Enabled":true,"enabled":false,"VoicePolicy":"A"}"#,
        r#"{"SipAddress":"sip:f@contoso.com","Enabled":true,"enabled":null,"VoicePolicy":"A"}"#,
        "{}",
        r#"{"Enabled":true,"VoicePolicy":null,"LineURI":"tel:+1"}"#,
        r#"{"Enabled":true,"VoicePolicy":null,"LineURI":"tel:+1","VoicePolicy":"B"}"#,
    ];
    // Each after each, and each after two others.
    let mut all = Vec::new();
    for first in records {
        for second in records {
            all.extend([first, second, second, first]);
        }
    }
    let ((plain, taken), (general, accepted)) = (read_as(&all, true), read_as(&all, false));
    assert!(taken.iter().chain(&accepted).all(|taken| *taken), "{taken:?} {accepted:?}");
    assert_eq!(plain.count("users"), all.len());
    assert_eq!(plain.hash(), general.hash());
    // What breaks off after what was alike is no record.
    let (whole, _) = records[0].split_at(records[0].len() - 1);
    for broken in [whole, "{\"SipAddress\":\"sip:a@contoso.com\",\"Enabled\":true"] {
        assert_eq!(read_as(&[records[0], records[1], broken], true).1, [true, true, false], "{broken}");
    }
}

#[test]
fn everything_else_is_left_to_the_general_reader() {
    for record in [
        "",
        "{",
        "[]",
        "{}{}",
        "{} x",
        r#"{"SipAddress""a"}"#,
        r#"{"SipAddress":"a"#,
        r#"{"SipAddress":"a","#,
        r#"{"SipAddress":"a",}"#,
        r#"{"SipAddress":"a" "Enabled":true}"#,
        r#"{"SipAddress":"a\u0040b"}"#,
        r#"{"Sip\u0041ddress":"a"}"#,
        "{\"SipAddress\":\"a\tb\"}",
        "{\"SipAddress\":\"a\nbcdefghijk\"}",
        r#"{"Enabled":nul}"#,
        r#"{"Enabled":truth}"#,
        r#"{"Enabled":01}"#,
        r#"{"Enabled":-0}"#,
        r#"{"Enabled":-}"#,
        r#"{"Enabled":1.5}"#,
        r#"{"Enabled":1e3}"#,
        r#"{"Enabled":12345678901234567890}"#,
        r#"{"Whatever":[1,]}"#,
        r#"{"Whatever":{"a"}}"#,
        r#"{"Whatever":[[[[[[[[]]]]]]]]}"#,
    ] {
        assert_eq!(read_as(&[record], true).1, [false], "{record}");
    }
}

#[test]
fn a_key_that_needs_escapes_is_not_taken_for_one_that_looks_alike() {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
    part.record_json(br#"{"a\"b":1,"c\\n":2}"#).expect("JSON");
    for record in [r#"{"a"b":1}"#, r#"{"x":1,"c\n":2}"#] {
        assert!(!part.record_plain(record.as_bytes()).expect("there is room"), "{record}");
    }
}
