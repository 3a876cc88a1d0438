//! Looks for a secret wherever it may have got to, in every form that is as good as itself.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A text in which secrets are looked for.
pub struct Text(String);

impl Text {
    /// Where case does not matter to whoever reads it, it does not matter here.
    pub fn of(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).to_ascii_lowercase())
    }

    /// The names of the forms in which it has a secret.
    pub fn forms_of(&self, secret: &str) -> Vec<String> {
        let has = |form: &[u8]| self.0.contains(&Self::of(form).0);
        forms(secret).into_iter().filter(|(_, form)| has(form)).map(|(name, _)| name).collect()
    }
}

/// What can be made of a secret and be as good, each with its name.
pub fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let (utf8, utf16) = (secret.as_bytes().to_vec(), utf16(secret));
    let mut forms = vec![("as it is".to_owned(), utf8.clone()), ("as UTF-16".to_owned(), utf16.clone())];
    for (of, bytes) in [("", &utf8), (" of UTF-16", &utf16)] {
        forms.push((format!("in hexadecimal{of}"), hex(bytes, "")));
        forms.push((format!("in spaced hexadecimal{of}"), hex(bytes, " ")));
        forms.push((format!("as a list of bytes{of}"), list(bytes)));
        // Behind a user name and a colon, say, its bytes fall elsewhere among the letters.
        for before in 0..3 {
            for (alphabet, engine) in [("Base64", STANDARD_NO_PAD), ("Base64 for addresses", URL_SAFE_NO_PAD)] {
                let whole = engine.encode([vec![0; before], bytes.clone()].concat());
                // The letters that hold bits of a neighbour are anybody's.
                let ours = (before * 8).div_ceil(6)..(before + bytes.len()) * 8 / 6;
                forms.push((format!("in {alphabet}{of}, {before} behind"), whole.as_bytes()[ours].to_vec()));
            }
        }
    }
    let json = serde_json::to_string(secret).expect("JSON");
    forms.push(("as JSON".to_owned(), json.trim_matches('"').as_bytes().to_vec()));
    forms.push(("as Rust has it".to_owned(), format!("{secret:?}").trim_matches('"').as_bytes().to_vec()));
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    forms.push(("as XML".to_owned(), xml.as_bytes().to_vec()));
    forms.push(("as an attribute".to_owned(), xml.replace('"', "&quot;").into_bytes()));
    let address = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    forms.push(("URL-encoded".to_owned(), address.replace('+', "%20").into_bytes()));
    forms.push(("as a form".to_owned(), address.into_bytes()));
    forms
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn hex(bytes: &[u8], between: &str) -> Vec<u8> {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between).into_bytes()
}

fn list(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ").into_bytes()
}
