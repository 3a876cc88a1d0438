//! One test for each way in which the same fact is written.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::expression::{Lookup, Value};

fn read(kind: &Kind, json: &Json) -> Lookup {
    let mut out = Vec::new();
    put(kind, scalar(json), &mut out);
    cell::lookup(&out, &Arc::from("the export"))
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better")]
fn known(kind: &Kind, json: Json) -> Json {
    match read(kind, &json) {
        Lookup::Known(value) => value.to_json(),
        other => panic!("{json} as {kind:?}: {other:?}"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better")]
fn reason(kind: &Kind, json: Json) -> String {
    match read(kind, &json) {
        Lookup::Unknown(reason) => reason,
        other => panic!("{json} as {kind:?}: {other:?}"),
    }
}

#[test]
fn null_is_null_and_never_unknown() {
    for kind in [Kind::Policy, Kind::Pool, Kind::Bool, Kind::Int, Kind::Time, Kind::Any, Kind::List(&Kind::Text)] {
        assert_eq!(known(&kind, Json::Null), Json::Null, "{kind:?}");
    }
}

/// What a shell prints of what it does not write out, and what stands for something else, is no name.
#[test]
fn what_names_nothing_is_no_pool_and_no_policy() {
    let flattened = [
        "@{FriendlyName=pool01.contoso.com}",
        "System.Object[]",
        "System.Management.Automation.PSObject",
        "Microsoft.Rtc.Management.Thing",
        "Deserialized.Microsoft.Rtc.Management.Thing",
    ];
    let nothing = [json!(true), json!(1.5), json!({"FriendlyName": "@{Fqdn=pool01.contoso.com}"}), json!({"Value": 5})];
    for form in flattened.into_iter().map(|text| json!(text)).chain(nothing) {
        for kind in [Kind::Pool, Kind::Policy] {
            assert!(matches!(read(&kind, &form), Lookup::Unknown(_)), "{kind:?}: {form}");
        }
    }
    let no_pools =
        ["1:1", "pool 01", "Registrar:", "True", "1.5", "1-UserServices-1", "CN=1:1,CN=Pools,DC=contoso,DC=com"];
    for form in no_pools {
        assert!(matches!(read(&Kind::Pool, &json!(form)), Lookup::Unknown(_)), "{form}");
    }
    for form in [
        "Registrar:pool01.contoso.com/1234",
        "service:ApplicationServer: pool01.contoso.com/urn:application:rgs",
        "pool01.contoso.com.",
    ] {
        assert_eq!(known(&Kind::Pool, json!(form)), "pool01.contoso.com", "{form}");
    }
    for form in [
        json!({"FriendlyName": "", "Fqdn": "pool01.contoso.com"}),
        json!({"Name": "pool01", "Fqdn": "pool01.contoso.com"}),
        json!({"Value": "pool01.contoso.com", "Name": ""}),
    ] {
        assert_eq!(known(&Kind::Pool, form.clone()), "pool01.contoso.com", "{form}");
    }
    assert_eq!(known(&Kind::Pool, json!({"FriendlyName": " ", "Fqdn": "pool01.contoso.com"})), "pool01.contoso.com");
    assert_eq!(known(&Kind::Pool, json!({"FriendlyName": "", "Name": ""})), Json::Null);
    assert_eq!(known(&Kind::Pool, json!("gw-paris-01")), "gw-paris-01");
    // A gateway's name may be its address.
    for form in ["10.0.0.7", "fd00::10", "PstnGateway:10.0.0.7", "PstnGateway:fd00::10"] {
        assert_eq!(known(&Kind::Pool, json!(form)), form.trim_start_matches("PstnGateway:"));
    }
}

#[test]
fn a_policy_comes_as_null_text_tag_or_object() {
    let kind = Kind::Policy;
    assert_eq!(known(&kind, json!("")), Json::Null);
    for form in [
        json!("RedmondConf"),
        json!("Tag:RedmondConf"),
        json!("tag:RedmondConf"),
        json!({"FriendlyName": "RedmondConf"}),
        json!({"FriendlyName": "Tag:RedmondConf", "Anchor": 5}),
        json!({"Value": "RedmondConf"}),
        json!({"value": "RedmondConf"}),
        json!({"Name": "RedmondConf", "Identity": "Tag:RedmondConf"}),
    ] {
        assert_eq!(known(&kind, form), "RedmondConf");
    }
    assert!(reason(&kind, json!(5)).contains("the number 5"));
}

#[test]
fn a_pool_comes_as_text_object_or_service() {
    let kind = Kind::Pool;
    for form in [
        json!("pool02.contoso.com"),
        json!("pool02.contoso.com."),
        json!({"FriendlyName": "pool02.contoso.com"}),
        json!("Registrar:pool02.contoso.com"),
        json!("Registrar: pool02.contoso.com"),
    ] {
        assert_eq!(known(&kind, form), "pool02.contoso.com");
    }
    for form in [json!(487_279_971), json!("487279971")] {
        assert!(reason(&kind, form).contains("487279971"), "a number is resolved later, or unknown");
    }
}

#[test]
fn names_keep_their_case_and_compare_without() {
    let value = read(&Kind::Pool, &json!("Pool02.Contoso.com"));
    let Lookup::Known(value @ Value::Name(_)) = value else { panic!("{value:?}") };
    assert_eq!(value.to_json(), "Pool02.Contoso.com");
    assert_eq!(value.same(&Value::Text("pool02.contoso.com".into())), Some(true));
}

#[test]
fn sip_addresses_have_their_scheme() {
    for form in ["sip:sarad@contoso.com", "SIP:sarad@contoso.com", "sarad@contoso.com"] {
        assert_eq!(known(&Kind::Sip, json!(form)), "sip:sarad@contoso.com");
    }
}

#[test]
fn services_lose_what_only_the_shell_needs() {
    let guid = "ApplicationServer:pool01.contoso.com/6f1c9d0e";
    assert_eq!(known(&Kind::Service, json!(format!("service:{guid}"))), guid);
    assert_eq!(known(&Kind::Service, json!("EdgeServer: dc.fabrikam.com")), "EdgeServer:dc.fabrikam.com");
}

/// A pool that nobody has would be one on which nothing is.
#[test]
fn what_names_no_service_names_no_pool() {
    let ids = ["1-UserServices-1", "fabrikam.com-UserServices-2", "Registrar:1-Registrar-1"];
    for form in [json!(true), json!(5), json!(1.5)].into_iter().chain(ids.map(|id| json!(id))) {
        assert!(matches!(read(&Kind::Service, &form), Lookup::Unknown(_)), "{form}");
    }
    for trunk in ["PstnGateway:gw-paris-01", "PstnGateway:SBC-Paris-01", "WacServer:wac-01", "trunk-emea-2"] {
        assert_eq!(known(&Kind::Service, json!(trunk)), trunk, "what people call it themselves");
    }
    for (identity, pool) in [
        ("ApplicationServer:pool01.contoso.com/6f1c9d0e", Some("pool01.contoso.com")),
        ("pool01.contoso.com", Some("pool01.contoso.com")),
        ("UserServices", None),
        ("CN=x,CN=1:1,CN=Pools,DC=contoso,DC=com", None),
        ("UserServer:1", None),
        ("PstnGateway:fd00::10", Some("fd00::10")),
        ("pool-se-01.contoso.com", Some("pool-se-01.contoso.com")),
        ("UserServer:", None),
        ("True", None),
    ] {
        assert_eq!(pool_named(&Kind::Service, identity), pool, "{identity}");
    }
    for pool in ["pool01", "fd00::10"] {
        assert_eq!(pool_named(&Kind::Pool, pool), Some(pool), "a pool's own name needs no dot");
    }
}

#[test]
fn sites_and_scopes_have_one_spelling() {
    for form in ["Site:Redmond", "site:Redmond", "Redmond", "SITE: Redmond"] {
        assert_eq!(known(&Kind::Site, json!(form)), "Site:Redmond");
    }
    for (form, wanted) in [
        ("Global", "Global"),
        ("global", "Global"),
        ("site:Redmond", "Site:Redmond"),
        ("tag:RedmondConf", "Tag:RedmondConf"),
        ("RedmondConf", "Tag:RedmondConf"),
        ("service:Registrar:pool02.contoso.com", "Service:Registrar:pool02.contoso.com"),
    ] {
        assert_eq!(known(&Kind::PolicyIdentity, json!(form)), wanted);
    }
}

#[test]
fn one_object_instead_of_a_list_is_a_list_of_one() {
    let kind = Kind::List(&Kind::Name);
    assert_eq!(known(&kind, json!("fe21.contoso.com")), json!(["fe21.contoso.com"]));
    assert_eq!(known(&kind, json!(["a.b", "c.d"])), json!(["a.b", "c.d"]));
    assert_eq!(known(&kind, json!([])), json!([]));
    assert_eq!(known(&Kind::List(&Kind::Any), json!({"Component": "Meet"})), json!([{"component": "Meet"}]));
}

#[test]
fn a_list_with_an_item_that_cannot_be_read_is_unknown() {
    assert!(reason(&Kind::List(&Kind::Int), json!([1, "two"])).contains("`two`"));
    assert!(reason(&Kind::List(&Kind::Pool), json!(["a.contoso.com", 5])).contains("the number 5"));
}

#[test]
fn collections_of_deserialised_objects_are_wrapped() {
    let kind = Kind::List(&Kind::Text);
    assert_eq!(known(&kind, json!({"value": ["a", "b"], "Count": 2})), json!(["a", "b"]));
    assert_eq!(known(&kind, json!({"value": [], "Count": 0})), json!([]));
    assert_eq!(known(&Kind::Any, json!({"value": ["a"], "Count": 1})), json!(["a"]));
    assert_ne!(known(&Kind::Any, json!({"value": ["a"], "Count": 2})), json!(["a"]), "one is missing");
}

#[test]
fn what_lay_too_deep_is_unknown() {
    for flattened in [
        "System.Collections.Generic.List`1[System.String]",
        "System.Object[]",
        "Microsoft.Rtc.Management.Xds.DisplayServiceId",
        "@{Name=a}",
    ] {
        assert!(reason(&Kind::List(&Kind::Text), json!(flattened)).contains("too deep"), "{flattened}");
    }
    assert!(reason(&Kind::Service, json!("Microsoft.Rtc.Management.Xds.DisplayServiceId")).contains("too deep"));
}

#[test]
fn dates_of_windows_powershell() {
    // 2024-05-02T09:14:33Z
    for form in [
        json!("/Date(1714641273000)/"),
        json!("/Date(1714641273000+0200)/"),
        json!({"value": "/Date(1714641273000)/", "DisplayHint": 2, "DateTime": "Donnerstag, 2. Mai 2024 11:14:33"}),
    ] {
        assert_eq!(known(&Kind::Time, form), "2024-05-02T09:14:33Z");
    }
    assert_eq!(known(&Kind::Time, json!("/Date(-62135596800000)/")), "0001-01-01T00:00:00Z");
    assert_eq!(known(&Kind::Any, json!("/Date(1714641273000)/")), "2024-05-02T09:14:33Z");
}

#[test]
fn dates_of_everybody_else() {
    for form in [
        "2024-05-02T09:14:33Z",
        "2024-05-02T11:14:33+02:00",
        "2024-05-02T09:14:33",
        "2024-05-02 09:14:33",
        "20240502091433.0Z",
        "20240502091433Z",
        "05/02/2024 09:14:33",
        "5/2/2024 9:14:33 AM",
    ] {
        assert_eq!(known(&Kind::Time, json!(form)), "2024-05-02T09:14:33Z", "{form}");
    }
    assert_eq!(known(&Kind::Time, json!("9/25/2012 1:35:03 PM")), "2012-09-25T13:35:03Z");
    assert_eq!(known(&Kind::Time, json!("5/2/2024 12:00:00 AM")), "2024-05-02T00:00:00Z");
    for form in [json!("yesterday"), json!(1_714_641_273), json!("31.02.2024"), json!("1.2.3"), json!({"Ticks": 5})] {
        assert!(reason(&Kind::Time, form).contains("not a time"));
    }
}

#[test]
fn dates_and_decimals_of_a_german_windows() {
    assert_eq!(known(&Kind::Time, json!("02.05.2024 09:14:33")), "2024-05-02T09:14:33Z");
    assert_eq!(known(&Kind::Time, json!("02.05.2024")), "2024-05-02T00:00:00Z");
    assert_eq!(known(&Kind::Duration, json!("00:00:02,5")), json!(2.5));
}

#[test]
fn spans_of_time_are_seconds() {
    for (form, seconds) in [
        (json!("00:00:02.5"), 2.5),
        (json!("1.02:00:00"), 93_600.0),
        (json!("-00:01:00"), -60.0),
        (json!("PT2.5S"), 2.5),
        (json!({"Ticks": 25_000_000, "Days": 0, "TotalMilliseconds": 2500.0}), 2.5),
        (json!({"TotalMilliseconds": 2500.0}), 2.5),
        (json!({"TotalSeconds": 2.5}), 2.5),
    ] {
        assert_eq!(known(&Kind::Duration, form), json!(seconds));
    }
    for form in [json!(60), json!("a while"), json!("00:99:00"), json!({"Days": 1})] {
        assert!(reason(&Kind::Duration, form).contains("not a span"), "a bare number has no unit");
    }
}

#[test]
fn versions_are_text() {
    assert_eq!(known(&Kind::Version, json!("7.0.2046.0")), "7.0.2046.0");
    assert_eq!(known(&Kind::Version, json!({"Major": 7, "Minor": 0, "Build": 2046, "Revision": 0})), "7.0.2046.0");
    assert_eq!(known(&Kind::Version, json!({"Major": 7, "Minor": 0, "Build": -1, "Revision": -1})), "7.0");
    assert_eq!(known(&Kind::Version, json!("")), Json::Null);
}

#[test]
fn security_identifiers_come_as_objects() {
    let sid = "S-1-5-21-2831376166-2963252556-2165051629-1257";
    assert_eq!(known(&Kind::Sid, json!(sid)), sid);
    let object = json!({"BinaryLength": 28, "AccountDomainSid": {"Value": "S-1-5-21-1"}, "Value": sid});
    assert_eq!(known(&Kind::Sid, object), sid);
}

#[test]
fn guids_have_one_spelling() {
    let guid = "6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f11";
    for form in [guid.to_owned(), guid.to_uppercase(), format!("{{{guid}}}"), guid.replace('-', "")] {
        assert_eq!(known(&Kind::Guid, json!(form)), guid);
    }
    for form in ["6f1c9d0e", "6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f1x", "-----", "6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f1122"]
    {
        assert!(reason(&Kind::Guid, json!(form)).contains("not a GUID"), "{form}");
    }
}

#[test]
fn enumerations_come_as_words_or_numbers() {
    const STATES: Choice = Choice { words: &[("Running", Some(4)), ("Paused", None)], closed: false };
    const CLOSED: Choice = Choice { words: &[("Yes", None)], closed: true };
    let kind = Kind::Choice(&STATES);
    for form in [json!("Running"), json!("running"), json!(4), json!("4"), json!({"value": 4, "Value": "Running"})] {
        assert_eq!(known(&kind, form), "Running");
    }
    assert_eq!(known(&kind, json!({"Value": "Paused"})), "Paused");
    assert_eq!(known(&kind, json!("Starting")), "Starting", "not all words are known");
    assert!(reason(&kind, json!(7)).contains("the number 7"), "a number without a word is not a word");
    assert!(reason(&Kind::Choice(&CLOSED), json!("No")).contains("not one of the words"));
}

#[test]
fn truth_comes_in_any_case() {
    for form in [json!(true), json!("True"), json!("TRUE"), json!("true"), json!(1)] {
        assert_eq!(known(&Kind::Bool, form), true);
    }
    for form in [json!(false), json!("False"), json!("FALSE"), json!(0)] {
        assert_eq!(known(&Kind::Bool, form), false);
    }
    assert_eq!(known(&Kind::Bool, json!("")), Json::Null);
    for form in [json!(2), json!("maybe"), json!([true])] {
        assert!(reason(&Kind::Bool, form).contains("not true or false"));
    }
}

#[test]
fn numbers_come_as_text_too() {
    for form in [json!(250), json!("250"), json!(250.0), json!(" 250 ")] {
        assert_eq!(known(&Kind::Int, form), 250);
    }
    for form in [json!("1.000"), json!(2.5), json!("250 users"), json!(1e300), json!([1])] {
        assert!(reason(&Kind::Int, form).contains("not a whole number"));
    }
}

#[test]
fn a_reason_is_short_whatever_came() {
    let long = reason(&Kind::Bool, json!("x".repeat(10_000)));
    assert!(long.len() < 300, "{}", long.len());
}

#[test]
fn any_value_keeps_its_shape_with_our_names() {
    let json = json!({"ActiveUrl": "https://meet.contoso.com", "Ports": [1, 2], "Inner": {"IsOn": true}});
    let wanted = json!({"active_url": "https://meet.contoso.com", "ports": [1, 2], "inner": {"is_on": true}});
    assert_eq!(known(&Kind::Any, json), wanted);
}

#[test]
fn depth_ends_somewhere() {
    let mut json = json!("end");
    for _ in 0..100 {
        json = json!([json]);
    }
    assert!(reason(&Kind::Any, json).contains("more levels than are read"), "cut off, it would be another value");
}

/// What the fuzz target looks for, with fewer rounds: any JSON as any kind is a value of the
/// kind's type, null, or unknown.
mod anything {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_oneof, proptest};

    use super::super::super::dataset::{Dataset, all};
    use super::read;
    use crate::expression::{Lookup, Type, Value};
    use serde_json::Value as Json;

    fn json() -> impl Strategy<Value = Json> {
        let text = prop_oneof![
            "[A-Za-z:./{}() -]{0,12}",
            "/Date\\([0-9+-]{0,15}\\)/",
            "[0-9.,:/T Z-]{0,20}",
            "(sip|Tag|Site|service):[a-z@.:/]{0,10}",
            any::<String>(),
        ];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            text.prop_map(Json::from),
        ];
        let names = "(value|Value|Count|FriendlyName|Ticks|Major|Minor|Build|[A-Za-z]{0,6})";
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
                prop::collection::vec((names, inner), 0..5)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    fn fits(value: &Value, ty: &Type) -> bool {
        match (value, ty) {
            (Value::Null, _) | (_, Type::Any) => true,
            (Value::Bool(_), Type::Bool) | (Value::Int(_), Type::Int) | (Value::Float(_), Type::Float) => true,
            (Value::Text(_), Type::Text | Type::Choice(_)) => true,
            (Value::Name(_), Type::Name) | (Value::Time(_), Type::Time) => true,
            (Value::List(items), Type::List(inner)) => items.iter().all(|item| fits(item, inner)),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn is_a_value_of_its_type_or_unknown(json in json()) {
            for field in all().iter().flat_map(Dataset::asked) {
                if let Lookup::Known(value) = read(&field.kind, &json) {
                    prop_assert!(fits(&value, &field.kind.ty()), "{} {json}: {value:?}", field.property);
                }
            }
        }
    }
}
