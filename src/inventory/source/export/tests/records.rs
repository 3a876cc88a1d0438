//! Records in every form, and what is odd in them.

use std::fs;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{HAO, SARA, loaded, write};
use crate::expression::Lookup;
use crate::inventory::Inventory;
use crate::inventory::store::hex;

#[test]
fn utf16_arrays_and_single_objects_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let forms = [format!("[{SARA},\r\n{HAO}]"), SARA.to_owned(), format!("{{\"value\":[{SARA},{HAO}],\"Count\":2}}")];
    for (form, count) in forms.iter().zip([2, 1, 2]) {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(form.encode_utf16().flat_map(u16::to_le_bytes));
        let sha256 = hex(ring::digest::digest(&ring::digest::SHA256, &bytes).as_ref());
        write(folder.path(), "users", "users", "", |manifest| {
            manifest["sha256"] = json!(sha256);
            manifest["bytes"] = json!(bytes.len());
            manifest["count"] = json!(count);
        });
        fs::write(folder.path().join("users.jsonl"), &bytes).expect("written");
        let inventory = loaded(folder.path());
        assert_eq!((inventory.count("users"), inventory.doubt("users")), (count, None), "{form}");
    }
}

/// A hash and a count may be right: they were made of what is damaged.
#[test]
fn what_is_no_text_in_utf16_is_no_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let half = units(&SARA.replace("contoso", "contoso\u{1}"));
    let half: Vec<u8> =
        half.chunks(2).flat_map(|unit| if *unit == [1, 0] { [0x3D, 0xD8] } else { [unit[0], unit[1]] }).collect();
    let stray = [units(&format!("{SARA}\n")), b"{".to_vec()].concat();
    let cut = [units(&format!("{SARA}\n")), vec![0x3D, 0xD8]].concat();
    for (what, units) in [("half a pair", half), ("a stray byte", stray), ("half a pair at the end", cut)] {
        let bytes = [vec![0xFF, 0xFE], units].concat();
        let sha256 = hex(ring::digest::digest(&ring::digest::SHA256, &bytes).as_ref());
        write(folder.path(), "users", "users", "", |manifest| {
            manifest["sha256"] = json!(sha256);
            manifest["bytes"] = json!(bytes.len());
            manifest["count"] = json!(1);
        });
        fs::write(folder.path().join("users.jsonl"), &bytes).expect("written");
        let doubt = loaded(folder.path()).doubt("users").unwrap_or_else(|| panic!("{what} is not told"));
        assert!(doubt.contains("users.jsonl") && doubt.contains("line "), "{what}: {doubt}");
        println!("{doubt}");
    }
}

#[test]
fn duplicate_addresses_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let twin = HAO.replace("haoc@contoso.com", "SaraD@CONTOSO.com");
    write(folder.path(), "users", "users", &format!("{SARA}\n{twin}\n"), |_| {});
    let inventory = loaded(folder.path());
    assert_eq!(inventory.count("users"), 2, "they are two objects");
    let [told] = inventory.disagreements() else { panic!("{:?}", inventory.disagreements()) };
    assert_eq!(told.field.as_deref(), Some("sip_address"));
    let said: Vec<&str> = told.values.iter().map(|said| said.value.as_str()).collect();
    assert_eq!(said, ["CN=Sara Davis,DC=contoso,DC=com", "CN=Hao Chen,DC=contoso,DC=com"]);
}

#[test]
fn odd_people_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let records = [
        json!({"Identity": "CN=Nobody,DC=contoso,DC=com", "SipAddress": null, "Guid": "6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f11"}),
        json!({"Identity": "CN=O\\, \"Brien\\=\\0AJr.\u{200F},DC=contoso,DC=com", "SipAddress": "SIP:Brien@Contoso.COM"}),
    ];
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    write(folder.path(), "users", "users", &lines, |_| {});
    let inventory = loaded(folder.path());
    let shown: Vec<String> = inventory.rows("users").expect("users").map(|row| format!("{row:?}")).collect();
    assert_eq!(shown, ["users[6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f11]", "users[sip:Brien@Contoso.COM]"]);
    let brien = inventory.find("users", "identity", "CN=O\\, \"Brien\\=\\0AJr.\u{200F},DC=contoso,DC=com");
    assert!(brien.is_some());
}

#[test]
fn a_number_for_a_pool_is_resolved_through_the_home_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = |pool: &str| format!("CN=Lc Services,CN=Microsoft,CN={pool},CN=Pools,CN=RTC Service,DC=contoso,DC=com");
    let contact = |sip: &str, pool: &str| json!({"SipAddress": sip, "RegistrarPool": 487_279_971, "HomeServer": home(pool), "OwnerUrn": "urn:application:Caa"});
    let contacts = format!("{}\n{}\n", contact("sip:a@contoso.com", "1:2"), contact("sip:b@contoso.com", "1:9"));
    write(folder.path(), "endpoints", "application_endpoints", &contacts, |_| {});
    let on = |inventory: &Arc<Inventory>| inventory.on_pool("application_endpoints", "pool02.contoso.com").len();
    assert_eq!(on(&loaded(folder.path())), 0);

    write(folder.path(), "clusters", "clusters", "{\"ClusterId\":\"1:2\",\"Fqdn\":\"pool02.contoso.com\"}\n", |_| {});
    let inventory = loaded(folder.path());
    assert_eq!(on(&inventory), 1);
    let Lookup::Unknown(reason) = inventory.list_on_pool("application_endpoints", "pool02.contoso.com") else {
        panic!("the pool of the other may be this one");
    };
    assert!(reason.contains("sip:b@contoso.com") && reason.contains("487279971"), "{reason}");

    fs::remove_file(folder.path().join("clusters.jsonl")).expect("removed");
    fs::remove_file(folder.path().join("clusters.manifest.json")).expect("removed");
    let pool = json!({"Identity": "cn=1:2,CN=Pools,CN=RTC Service,DC=contoso,DC=com", "Fqdn": "pool02.contoso.com"});
    write(folder.path(), "directory_pools", "directory_pools", &format!("{pool}\n"), |manifest| {
        manifest["about"] = Json::Null;
    });
    assert_eq!(on(&loaded(folder.path())), 1, "by the directory's entry");
}
