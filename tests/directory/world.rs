//! Reads with a source as the environment file writes it, over a network that reaches the
//! directories of the tests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use poolproof::accounts::Accounts;
use poolproof::diagnostic::Source;
use poolproof::expression::{Lookup, Value};
use poolproof::inventory::source::ldap::{LdapSource, Passwords, Told, read};
use poolproof::inventory::{Builder, Expectations, Inventory};
use poolproof::observe::{Network, OlderTls, Trust, Wiring};
use poolproof::run::DirectoryWay;
use poolproof::values::{Fqdn, HostPort};
use poolproof::yaml;

use crate::slapd::PASSWORD;

/// The name of the domain controller in every certificate that is right.
pub const CONTROLLER: &str = "dc1.contoso.test";

/// Where we stand, and whom we trust.
pub struct World {
    connect: BTreeMap<HostPort, Vec<HostPort>>,
    roots: Vec<Vec<u8>>,
    topology: BTreeMap<String, Fqdn>,
    pub accounts: Accounts,
}

/// What was read.
pub struct Read {
    pub inventory: Arc<Inventory>,
    pub told: Vec<Told>,
    pub took: Duration,
}

impl World {
    pub fn trusting(root: &[u8]) -> Self {
        Self {
            connect: BTreeMap::new(),
            roots: vec![root.to_vec()],
            topology: BTreeMap::new(),
            accounts: Accounts::of_this_run("contoso"),
        }
    }

    /// Reaches a name and port at an address.
    pub fn reach(mut self, from: &str, to: SocketAddr) -> Self {
        self.connect.insert(from.parse().expect(from), vec![to.to_string().parse().expect("an address")]);
        self
    }

    /// Reads with a source. `{password}` in it is where the password of the tests is.
    pub fn read(&self, source: &str) -> Read {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("password");
        std::fs::write(&file, PASSWORD).expect("a password");
        let text = source.replace("{password}", &format!("{{ file: {} }}", file.display()));
        self.read_with(&text)
    }

    /// Reads with a source, as it is.
    pub fn read_with(&self, text: &str) -> Read {
        let source = Arc::new(Source::new("source.yaml", text));
        let source: LdapSource =
            yaml::load(&source, yaml::Limits::default()).unwrap_or_else(|found| panic!("{text}: {found:?}"));
        let network = Network {
            shell: None,
            vantage: None,
            resolvers: Vec::new(),
            connect: self.connect.clone(),
            wiring: Wiring::Direct,
            trust: Trust::Roots(self.roots.clone()),
            older_tls: OlderTls::default(),
        };
        let way = DirectoryWay::over(Arc::new(network));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (mut builder, started) = (Builder::default(), Instant::now());
        let told = runtime.block_on(async {
            let passwords = Passwords::of(&source).await.expect("the password of the tests");
            read(&source, &passwords, &way, &self.accounts, &self.topology, &mut builder).await
        });
        let took = started.elapsed();
        Read { inventory: Arc::new(builder.finish(&Expectations::at(Timestamp::now()))), told, took }
    }
}

impl Read {
    pub fn count(&self, dataset: &str) -> usize {
        self.inventory.count(dataset)
    }

    /// Why a dataset proves nothing; empty where it is complete.
    pub fn doubt(&self, dataset: &str) -> String {
        self.inventory.doubt(dataset).unwrap_or_default()
    }

    /// How many records of a dataset have a value in a field.
    pub fn with(&self, dataset: &str, field: &str, wanted: &str) -> usize {
        let rows = self.inventory.rows(dataset).expect("a dataset");
        rows.filter(|row| matches!(row.field(field), Lookup::Known(value) if shown(&value) == wanted)).count()
    }

    /// A field of the record whose SIP address this is, `unknown` where it is not known.
    pub fn of(&self, dataset: &str, address: &str, field: &str) -> String {
        let mut rows = self.inventory.rows(dataset).expect("a dataset");
        let key = if dataset == "dial_in_access_numbers" { "primary_uri" } else { "sip_address" };
        let row = rows.find(|row| matches!(row.field(key), Lookup::Known(value) if shown(&value) == address));
        match row.unwrap_or_else(|| panic!("{dataset} has no {address}")).field(field) {
            Lookup::Known(value) => shown(&value),
            Lookup::Unknown(_) => "unknown".to_owned(),
            Lookup::Missing => panic!("{dataset} has no {field}"),
        }
    }
}

/// A value as a text, names folded as they are compared.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Name(name) => name.to_string(),
        Value::Time(time) => time.to_string(),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(" "),
        Value::Record(_) => "a record".to_owned(),
    }
}
