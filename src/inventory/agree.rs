//! Whether two values of a field say the same: names folded, texts to the letter, lists in any order where
//! the order says nothing.

use super::dataset::{Field, Kind};
use super::store::cell;
use crate::values::Dn;

/// The form in which two values of a field are equal where they say the same.
pub(super) fn canonical(field: &Field, value: &[u8]) -> Vec<u8> {
    match &field.kind {
        Kind::Dn => entry(value),
        Kind::List(Kind::Dn) if cell::is_list(value) => cell::sorted(value, entry),
        _ if field.in_order => cell::canonical_in_order(value),
        _ => cell::canonical(value),
    }
}

/// Whether two values of a field say the same.
pub(super) fn agree(field: &Field, a: &[u8], b: &[u8]) -> bool {
    match &field.kind {
        Kind::Dn | Kind::List(Kind::Dn) => a == b || canonical(field, a) == canonical(field, b),
        _ if field.in_order => canonical(field, a) == canonical(field, b),
        _ => cell::agree(a, b),
    }
}

/// A distinguished name can be written in many ways: `CN=Barry\\, Chris`, `cn=Barry\\2C Chris`.
fn entry(value: &[u8]) -> Vec<u8> {
    let Some(Ok(name)) = cell::letters(value).map(str::parse::<Dn>) else { return cell::canonical(value) };
    let mut folded = Vec::new();
    cell::name(&name.folded(), &mut folded);
    folded
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::agree;
    use crate::inventory::dataset::named;
    use crate::inventory::normal;

    fn same(dataset: &str, field: &str, a: &Value, b: &Value) -> bool {
        let (_, field) = named(dataset).expect("a dataset").field(field).expect("a field");
        let [a, b] = [a, b].map(|value| {
            let mut out = Vec::new();
            normal::put(&field.kind, normal::scalar(value), &mut out);
            out
        });
        agree(field, &a, &b)
    }

    #[test]
    fn names_are_folded_and_texts_are_not() {
        let pool = |a: &str, b: &str| same("users", "registrar_pool", &json!(a), &json!(b));
        assert!(pool("pool01.contoso.com", "POOL01.Contoso.com."));
        let pattern = |a: &str, b: &str| same("voice_routes", "number_pattern", &json!(a), &json!(b));
        assert!(pattern(r"^\d{4}$", r"^\d{4}$"));
        assert!(!pattern(r"^\d{4}$", r"^\D{4}$"));
        assert!(!pattern("^1", "^1."));
    }

    #[test]
    fn a_second_sip_is_part_of_an_address() {
        let address = |a: &str, b: &str| same("users", "sip_address", &json!(a), &json!(b));
        assert!(address("sip:Ann@Contoso.com", "SIP:ann@contoso.com"));
        for (one, two) in [("sip:ann@contoso.com", "sip:sip:ann@contoso.com"), ("sip:\u{e4}@b.c", "sip:sip:\u{e4}@b.c")]
        {
            assert!(!address(one, two), "{two}");
        }
    }

    #[test]
    fn distinguished_names_are_compared_parsed() {
        let name = |a: &str, b: &str| same("users", "distinguished_name", &json!(a), &json!(b));
        assert!(name(r"CN=Barry\, Chris,OU=x,DC=c,DC=com", r"cn=barry\2C Chris, ou=x,DC=c,DC=com"));
        assert!(!name("CN=Ann,DC=c,DC=com", "CN=Ann,DC=d,DC=com"));
        assert!(name("no entry", "No Entry") && !name("no entry", "CN=no entry"));
    }

    #[test]
    fn order_counts_where_it_says_something() {
        let usages = |field: &str, dataset: &str| same(dataset, field, &json!(["A", "B"]), &json!(["B", "A"]));
        assert!(!usages("pstn_usages", "voice_policies"));
        assert!(usages("user_policies", "users"));
        let rules = [json!([{"Name": "a"}, {"Name": "b"}]), json!([{"Name": "b"}, {"Name": "a"}])];
        assert!(!same("dial_plans", "normalization_rules", &rules[0], &rules[1]));
        assert!(same("pools", "computers", &json!(["a.b.c", "d.e.f"]), &json!(["D.e.f", "a.b.c."])));
    }
}
