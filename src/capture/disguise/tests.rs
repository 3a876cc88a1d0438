use super::*;

fn disguised(texts: &[(&str, Kind)]) -> Vec<String> {
    let mut disguise = Disguise::new(Words::of_poolproof());
    for (text, kind) in texts {
        disguise.text(text, *kind);
    }
    disguise.learned();
    texts.iter().map(|(text, kind)| disguise.text(text, *kind)).collect()
}

fn one(text: &str) -> String {
    disguised(&[(text, Kind::Named)]).remove(0)
}

#[test]
fn a_name_has_one_stand_in_wherever_it_stands() {
    let told = disguised(&[
        ("pool01.contoso.com", Kind::Named),
        ("SIP:HaoC@Contoso.com;pool=POOL01", Kind::Named),
        ("no answer from pool01.contoso.com:5061 within 10s", Kind::Said),
        ("Site:Contoso", Kind::Named),
    ]);
    let (pool, rest) = told[0].split_once('.').expect("two parts");
    let company = rest.strip_suffix(".com").expect("com is kept");
    assert!(told[1].starts_with("SIP:") && told[1].ends_with(&pool.to_uppercase()), "{told:?}");
    assert!(told[1].to_lowercase().contains(&format!("@{company}.com")), "{told:?}");
    assert_eq!(told[2], format!("no answer from {pool}.{company}.com:5061 within 10s"));
    let mut capital = company.to_owned();
    capital.get_mut(..1).expect("a letter").make_ascii_uppercase();
    assert_eq!(told[3], format!("Site:{capital}"));
}

#[test]
fn what_verdicts_hang_on_stays() {
    for text in [
        "lyncdiscover",
        "_sipfederationtls._tcp",
        "2026-11-22T19:00:00.5Z",
        "2026-11-22",
        "7.0.2046.0",
        "5061",
        "Tag:",
        "127.0.0.1",
        "none",
        "TLS 1.2",
        "",
    ] {
        assert_eq!(one(text), text);
    }
}

#[test]
fn addresses_keep_their_kind_and_nothing_else() {
    let told = disguised(&[("10.1.0.11 192.168.1.9 198.51.100.10 10.1.0.11 [2001:db8::20]:443 fe80::1", Kind::Named)]);
    let parts: Vec<&str> = told[0].split(' ').collect();
    assert!(parts[0].starts_with("10.77.") && parts[1].starts_with("192.168.") && parts[2].starts_with("198.18."));
    assert_eq!(parts[0], parts[3]);
    assert!(parts[4].starts_with("[2001:db8:77:") && parts[4].ends_with("]:443"), "{told:?}");
    assert!(parts[5].starts_with("fe80:"), "{told:?}");
    assert!(!told[0].contains("10.1.0.11") && !told[0].contains("::20"), "{told:?}");
    // A version is none.
    assert_eq!(disguised(&[("6.0.9.5", Kind::Version)]), ["6.0.9.5"]);
}

#[test]
fn guids_and_long_numbers_are_replaced_in_their_form() {
    let told = one("{6F1C9D0E-6F5E-4D0B-9A55-0D0B7F3B2F11} tel:+14255550100;ext=100");
    assert_eq!(told, "{00000000-0000-4000-8000-000000000001} tel:+90000000001;ext=902");
}

#[test]
fn a_telephone_number_has_one_stand_in_however_it_is_written() {
    let told = one("tel:+14255550100, +1 (425) 555-0100, +1.425.555.0100 <10.1.0.11> (425) 555-0101");
    let (numbers, rest) = told.split_once(" <").expect("both");
    assert_eq!(numbers, "tel:+90000000001, +9 (000) 000-0001, +9.000.000.0001");
    assert!(rest.ends_with("> (900) 000-0002"), "{told}");
}

#[test]
fn words_of_prose_stay_unless_they_are_names_here() {
    let known = Words::of_poolproof();
    let telling = |word: &&String| {
        word.len() > 5 && word.bytes().all(|byte| byte.is_ascii_lowercase()) && !known.kept.contains(*word)
    };
    let word = known.prose.iter().filter(telling).min().expect("a word of prose alone").as_str();
    let said = format!("the {word}");
    assert_eq!(disguised(&[(&said, Kind::Said)]), [said.as_str()]);
    let told = disguised(&[(&said, Kind::Said), (word, Kind::Named), (&said, Kind::Said)]);
    assert!(told.iter().all(|told| !told.contains(word)), "{told:?}");
    // A host that is called by a word is still a host.
    let host = disguised(&[(&format!("{word}.contoso.com is gone"), Kind::Said)]).remove(0);
    assert!(!host.contains(word) && host.contains(".com is "), "{host}");
}

#[test]
fn other_forms_of_a_name_are_words_too() {
    for (text, part) in [
        ("cG9vbDAxLmNvbnRvc28uY29t", "cG9v"),
        ("706f6f6c30312e636f6e746f736f", "706f"),
        ("xn--mnchen-3ya.contoso.com", "xn--"),
        ("Grüße", "Gr"),
        ("CONTOSO\\adams", "adams"),
    ] {
        let told = one(text);
        assert!(!told.contains(part), "{text}: {told}");
    }
    assert_eq!(one("%2C%5B"), "%2C%5B");
}

#[test]
fn nothing_makes_it_stumble() {
    for text in ["%", "%2", "\\", "é%é", "::", "1.2.3.", "....", "2026-13", "@", "\u{202e}\u{0}", "a@", "xn--", "xn--é"]
    {
        let _ = one(text);
    }
}
