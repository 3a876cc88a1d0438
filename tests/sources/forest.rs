//! What Contoso's directory knows, as LDIF: made from the export that stands for it, with the
//! attributes that the table of datasets names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolproof::inventory::{Dataset, Kind, dataset};
use serde_json::Value;

use crate::authority::Authority;
use crate::contoso::Contoso;
use crate::shell::read;
use crate::slapd::{AS_USUAL, Directory, OpenLdap, PASSWORD};

const SUFFIX: &str = "DC=contoso,DC=com";
pub const READER: &str = "CN=reader,DC=contoso,DC=com";
const PARTITION: &str = "CN=CONTOSO,CN=Partitions,CN=Configuration,DC=contoso,DC=com";

/// Contoso's directory, served.
pub struct Forest {
    pub directory: Directory,
    folder: tempfile::TempDir,
}

impl Forest {
    pub fn of(contoso: &Contoso, openldap: &OpenLdap) -> Self {
        let authority = Authority::new();
        let ldif = ldif(&contoso.folder("./directory"), &contoso.folder("./export"));
        let directory = openldap.serve(SUFFIX, &authority.identity("dc01.contoso.com"), AS_USUAL, |out| {
            out.write_all(ldif.as_bytes()).expect("written");
        });
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("root.pem"), &authority.pem).expect("written");
        Self { directory, folder }
    }

    /// It as a source, read by an account that knows its password, or doesn't.
    pub fn source(&self, password: &str) -> String {
        signing_in(&format!("{{ file: '{}' }}", self.kept(password).display()))
    }

    /// A file with a password.
    pub fn kept(&self, password: &str) -> PathBuf {
        let file = self.folder.path().join("password");
        std::fs::write(&file, password).expect("written");
        file
    }

    /// The way there, and whom to trust.
    pub fn way(&self) -> String {
        format!(
            "connect: {{ 'dc01.contoso.com:636': ['{}'] }}\ntrust: {{ roots: ['{}'] }}",
            self.directory.ldaps,
            self.folder.path().join("root.pem").display()
        )
    }
}

/// Contoso's directory as a source, read by an account whose password is there.
pub fn signing_in(reference: &str) -> String {
    format!(
        "    - ldap:\n        servers: [{{ host: dc01.contoso.com, domain: '{SUFFIX}', known: 'sip:sarad@contoso.com' }}]\n        \
         account: {{ user: '{READER}', password: {reference} }}\n        configuration: 'CN=Configuration,{SUFFIX}'"
    )
}

/// An object: its attributes, each with its values. Bytes are bytes.
type Object = BTreeMap<String, Vec<Vec<u8>>>;

/// A directory that holds what the folder tells of one, and of the same objects what the
/// shell's export knows beyond that: their languages, say.
fn ldif(folder: &Path, shell: &Path) -> String {
    let schema = std::fs::read_to_string(crate::peers::ours("slapd/directory.schema")).expect("the schema");
    let mut objects: BTreeMap<String, (String, Object)> = BTreeMap::new();
    for (dataset, record) in records(folder) {
        let dn = record["Identity"].as_str().unwrap_or(PARTITION).to_owned();
        let (_, object) = objects.entry(dn.to_lowercase()).or_insert_with(|| (dn, Object::new()));
        learn(object, dataset, &record, &schema);
        if ["users", "meeting_rooms"].contains(&dataset.name) {
            object.insert("objectClass".to_owned(), vec![b"user".to_vec()]);
        }
    }
    for (dataset, record) in records(shell) {
        let dn = record["Identity"].as_str().unwrap_or_default().to_lowercase();
        if let Some((_, object)) = objects.get_mut(&dn) {
            learn(object, dataset, &record, &schema);
        }
    }
    // What no list of a kind names is a contact, as the shell's own kinds are.
    for (_, object) in objects.values_mut().filter(|(_, object)| object.contains_key("msRTCSIP-PrimaryUserAddress")) {
        object.entry("objectClass".to_owned()).or_insert_with(|| vec![b"contact".to_vec()]);
    }
    text(objects)
}

/// Every record of an export, with its dataset.
fn records(folder: &Path) -> Vec<(&'static Dataset, Value)> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|one| one.expect("an entry").path()).collect();
    // Of an object there is one in a directory: where the list of all says less of it than the
    // list of its kind, the latter counts.
    files.sort_by_key(|file| (file.to_string_lossy().contains("directory_objects"), file.clone()));
    let files = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files
        .flat_map(|file| {
            let name = file.file_stem().expect("a name").to_string_lossy();
            let name = name.split('@').next().unwrap_or(&name);
            let dataset = dataset::named(name).unwrap_or_else(|| panic!("{name} is no dataset"));
            read(file).into_iter().map(move |record| (dataset, record))
        })
        .collect()
}

/// Gives an object the attributes that a record tells of, where it has none yet.
fn learn(object: &mut Object, dataset: &Dataset, record: &Value, schema: &str) {
    for field in dataset.asked() {
        let Some(attribute) = field.attribute.filter(|attribute| *attribute != "distinguishedName") else { continue };
        let core = ["cn", "name", "givenName", "sn", "displayName", "mail", "objectClass"].contains(&attribute);
        if core || schema.contains(&format!("'{attribute}'")) {
            let values = values(&field.kind, &record[field.property]);
            if !values.is_empty() {
                object.entry(attribute.to_owned()).or_insert(values);
            }
        }
    }
    // Enterprise Voice is a bit there (128), beside one that every user has.
    if let Some(enabled) = record["EnterpriseVoiceEnabled"].as_bool() {
        let flags = if enabled { "385" } else { "257" };
        object.entry("msRTCSIP-OptionFlags".to_owned()).or_insert_with(|| vec![flags.as_bytes().to_vec()]);
    }
}

/// Parents before children, every object with what its class must have.
fn text(mut objects: BTreeMap<String, (String, Object)>) -> String {
    let ends: Vec<String> = objects.values().map(|(dn, _)| dn.clone()).collect();
    for dn in ends {
        let mut rest = dn.as_str();
        while let Some((_, parent)) = parent(rest) {
            objects.entry(parent.to_lowercase()).or_insert_with(|| (parent.to_owned(), Object::new()));
            if parent.eq_ignore_ascii_case(SUFFIX) {
                break;
            }
            rest = parent;
        }
    }
    let mut all: Vec<(String, Object)> = objects.into_values().collect();
    all.sort_by_key(|(dn, _)| commas(dn).count());
    let mut text = format!(
        "dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: contoso\ndc: contoso\n\n\
         dn: {READER}\nobjectClass: person\ncn: reader\nsn: reader\nuserPassword: {PASSWORD}\n\n"
    );
    for (dn, mut object) in all.into_iter().filter(|(dn, _)| !dn.eq_ignore_ascii_case(SUFFIX)) {
        let (first, _) = parent(&dn).unwrap_or((dn.as_str(), ""));
        let (kind, name) = first.split_once('=').unwrap_or_else(|| panic!("{dn} is no name of an object"));
        // Names of the same object under another attribute are an object's own.
        object
            .entry(if kind == "OU" { "ou".into() } else { "cn".into() })
            .or_insert_with(|| vec![name.as_bytes().to_vec()]);
        let is_crossing = dn == PARTITION;
        let classes = object.entry("objectClass".to_owned()).or_default();
        if is_crossing {
            *classes = vec![b"crossRef".to_vec()];
        } else if classes.is_empty() {
            *classes = vec![if kind == "OU" { b"organizationalUnit".to_vec() } else { b"container".to_vec() }];
        }
        classes.retain(|class| class != b"top" && class != b"person" && class != b"organizationalPerson");
        if classes.iter().any(|class| class == b"user") {
            object.entry("sn".into()).or_insert_with(|| vec![name.as_bytes().to_vec()]);
        }
        let _ = writeln!(text, "dn:: {}", STANDARD.encode(&dn));
        for (attribute, values) in &object {
            for value in values {
                let _ = writeln!(text, "{attribute}:: {}", STANDARD.encode(value));
            }
        }
        text.push('\n');
    }
    text
}

/// An object's own name and its parent's.
fn parent(dn: &str) -> Option<(&str, &str)> {
    commas(dn).next().map(|at| (&dn[..at], &dn[at + 1..]))
}

/// Where a name's parts end: a comma of a part's own has a backslash before it.
fn commas(dn: &str) -> impl Iterator<Item = usize> {
    let before = |at: usize| at.checked_sub(1).and_then(|at| dn.as_bytes().get(at));
    dn.match_indices(',').map(|(at, _)| at).filter(move |at| before(*at) != Some(&b'\\'))
}

/// A property as a directory holds it.
fn values(kind: &Kind, value: &Value) -> Vec<Vec<u8>> {
    let one = |text: &str| vec![text.as_bytes().to_vec()];
    match (kind, value) {
        (_, Value::Null) => Vec::new(),
        (_, Value::String(text)) if text.is_empty() => Vec::new(),
        (Kind::Guid, Value::String(text)) => vec![guid(text)],
        (Kind::Sid, Value::String(text)) => vec![sid(text)],
        (Kind::Sid, Value::Object(object)) => object.get("Value").map(|text| values(kind, text)).unwrap_or_default(),
        (Kind::Bool, Value::Bool(value)) => one(if *value { "TRUE" } else { "FALSE" }),
        (Kind::Time, Value::String(text)) => {
            let milliseconds = text.trim_start_matches("/Date(").trim_end_matches(")/").parse().expect("a time");
            let time = jiff::Timestamp::from_millisecond(milliseconds).expect("a time");
            one(&time.strftime("%Y%m%d%H%M%S.0Z").to_string())
        }
        (_, Value::Array(items)) => items.iter().flat_map(|item| values(&Kind::Text, item)).collect(),
        (_, Value::String(text)) => one(text),
        (_, Value::Number(number)) => one(&number.to_string()),
        (kind, other) => panic!("{kind:?}: {other}"),
    }
}

/// A GUID's bytes as a directory keeps them: the first three groups backwards.
fn guid(text: &str) -> Vec<u8> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("two digits");
    [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map(byte).to_vec()
}

/// A SID's bytes ([MS-DTYP] 2.4.2.2).
fn sid(text: &str) -> Vec<u8> {
    let mut numbers = text.split('-').skip(1).map(|part| part.parse::<u64>().expect("a number"));
    let revision = numbers.next().expect("a revision");
    let authority = numbers.next().expect("an authority");
    let rest: Vec<u64> = numbers.collect();
    let mut bytes = vec![u8::try_from(revision).expect("small"), u8::try_from(rest.len()).expect("few")];
    bytes.extend(&authority.to_be_bytes()[2..]);
    for part in rest {
        bytes.extend(u32::try_from(part).expect("32 bits").to_le_bytes());
    }
    bytes
}
