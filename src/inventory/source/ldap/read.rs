//! Reads the directory: each domain from its own domain controller, the Configuration
//! partition from the first one.

use std::collections::BTreeMap;

use ldap3_proto::parse_ldap_filter_str;
use ldap3_proto::proto::{LdapFilter, LdapSearchScope};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::accounts::Accounts;
use super::classify::{CLASSES, MARKS, OBJECTS, OF_CONFIGURATION, OF_DOMAINS, of_configuration, of_domain};
use super::client::{Client, Trouble, open};
use super::config::{DirectoryAccount, DirectoryServer, LdapSource};
use super::entry::Entry;
use super::known;
use super::parts::{Asking, Parts, datasets};
use super::pools::Pools;
use super::record::attributes;
use super::search::{Pace, Query, search};
use super::way::{Stream, Way};
use crate::environment::Secret;
use crate::inventory::{Builder, SourceId, dataset};
use crate::values::{Dn, Fqdn, fold};

const DOMAINS: &str = "directory_domains";
const IN_FOREST: &str = "(&(objectClass=crossRef)(nETBIOSName=*))";
/// Objects of the Configuration partition that are kept until its pools are known.
const MOST_OF_CONFIGURATION: usize = 500_000;

/// What became of one domain controller, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The server.
    pub server: String,
    /// The domain that was read from it.
    pub domain: Option<String>,
    /// Objects that came of the domain.
    pub objects: u64,
    /// Pages in which they came.
    pub pages: u64,
    /// Referrals, none of which was followed.
    pub referrals: u64,
    /// Why it proves nothing, or not all; empty where all is well.
    pub troubles: Vec<String>,
    /// Values that could not be understood, and home servers that lead nowhere.
    pub notes: Vec<String>,
}

/// Reads all that a source names into a builder. `topology` tells the pool of a place such
/// as `1:2`, where a topology document is at hand.
///
/// Nothing is lost when a server goes away: what came before stays, and its parts say that
/// they are not all.
pub async fn read(
    source: &LdapSource,
    way: &dyn Way,
    accounts: &Accounts,
    topology: &BTreeMap<String, Fqdn>,
    builder: &mut Builder,
) -> Vec<Told> {
    let mut pools = Pools::new(topology);
    // One source: it is asked for all domains together.
    let id = builder.source("ldap", hosts(source));
    let mut forest = Vec::new();
    let mut all = Vec::new();
    let mut seen: Vec<Dn> = Vec::new();
    for (number, server) in source.servers.iter().enumerate() {
        let mut reading = Reading { source, server, id, builder, pools: &mut pools, told: Told::default() };
        reading.told.server = server.target().to_string();
        match reading.all(way, accounts, number == 0, &mut forest).await {
            Ok(domain) => seen.push(domain),
            Err(trouble) => reading.failed(number == 0, &trouble),
        }
        all.push(reading.told);
    }
    unread(id, source, &forest, &seen, builder);
    all
}

/// The servers, as messages name them.
fn hosts(source: &LdapSource) -> String {
    const NAMED: usize = 3;
    let hosts = source.servers.iter().take(NAMED).map(|server| server.host.value.to_string());
    let more = source.servers.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    hosts.chain(more).collect::<Vec<_>>().join(", ")
}

/// Tells of the domains of the forest that no server was named for.
fn unread(id: SourceId, source: &LdapSource, forest: &[Dn], seen: &[Dn], builder: &mut Builder) {
    let named = source.servers.iter().filter_map(|server| server.domain.as_ref().map(|domain| &domain.value));
    let known: Vec<&Dn> = seen.iter().chain(named).collect();
    for domain in forest.iter().filter(|domain| !known.contains(domain)) {
        for dataset in datasets(&OF_DOMAINS) {
            builder.doubt(id, Some(dataset), format!("{domain} was not read: no domain controller of it is named"));
        }
    }
}

struct Reading<'r> {
    source: &'r LdapSource,
    server: &'r DirectoryServer,
    id: SourceId,
    builder: &'r mut Builder,
    pools: &'r mut Pools,
    told: Told,
}

type Connected = Client<Box<dyn Stream>>;

/// What a server says of itself.
struct Root {
    domain: Dn,
    configuration: Option<Dn>,
    name: String,
}

impl Reading<'_> {
    /// Reads all of a server, and returns its domain.
    async fn all(
        &mut self,
        way: &dyn Way,
        accounts: &Accounts,
        first: bool,
        forest: &mut Vec<Dn>,
    ) -> Result<Dn, Trouble> {
        let mut client = open(way, &self.server.target(), self.server.tls, self.soon()).await?;
        let root = self.root(&mut client).await?;
        self.sign_in(&mut client, accounts).await?;
        self.told.domain = Some(dns_name(&root.domain));
        if first {
            self.configuration(&mut client, &root, forest).await;
        }
        self.domain(&mut client, &root).await;
        client.close(self.soon()).await;
        Ok(root.domain)
    }

    fn soon(&self) -> Instant {
        Instant::now() + self.source.timeout()
    }

    fn pace(&self) -> Pace {
        Pace {
            page: Some(self.source.page_size()),
            timeout: self.source.timeout(),
            deadline: Instant::now() + self.source.within(),
        }
    }

    fn at_once(&self) -> Pace {
        Pace { page: None, ..self.pace() }
    }

    /// None of what this server was to tell is known.
    fn failed(&mut self, first: bool, trouble: &str) {
        let mut names = OF_DOMAINS.to_vec();
        if first {
            names.extend(OF_CONFIGURATION);
            names.push(DOMAINS);
        }
        names.sort_unstable();
        names.dedup();
        for dataset in datasets(&names) {
            self.builder.doubt(self.id, Some(dataset), trouble);
        }
        self.told.troubles.push(trouble.to_owned());
    }

    /// Signs in once. A rejected account is never used again.
    async fn sign_in(&self, client: &mut Connected, accounts: &Accounts) -> Result<(), Trouble> {
        let account = self.source.account(self.server);
        let turn = accounts.turn(&account.user).await.map_err(|why| client.told(&why))?;
        let password = self.password(account).await.map_err(|why| client.told(&why))?;
        match client.bind(&account.user, &password, self.soon()).await {
            Ok(()) => Ok(()),
            Err((trouble, refusal)) => {
                if refusal.is_some_and(|refusal| refusal.rejects_account) {
                    turn.rejected(&trouble);
                }
                Err(trouble)
            }
        }
    }

    /// A command that gives a secret may take as long as it likes: nobody waits longer than
    /// for a server, nor for its thread at the end.
    async fn password(&self, account: &DirectoryAccount) -> Result<Secret, String> {
        let reference = account.password.value.clone();
        let (resolved, resolving) = oneshot::channel();
        std::thread::spawn(move || drop(resolved.send(reference.resolve())));
        match timeout_at(self.soon(), resolving).await {
            Ok(Ok(resolved)) => resolved,
            Ok(Err(_)) => Err(format!("{} gave no secret", account.password.value)),
            Err(_) => Err(format!("{} gave no secret in time", account.password.value)),
        }
    }

    /// What the server says of itself before anybody has signed in (RFC 4512 5.1).
    async fn root(&self, client: &mut Connected) -> Result<Root, Trouble> {
        let asked = ["defaultNamingContext", "configurationNamingContext", "dnsHostName"];
        let query = Query {
            base: String::new(),
            scope: LdapSearchScope::Base,
            filter: LdapFilter::Present("objectClass".to_owned()),
            attributes: asked.map(str::to_owned).to_vec(),
        };
        let mut root = Entry::default();
        let searched = search(client, &query, self.at_once(), |entry| root = entry).await;
        let configured = |dn: &Option<crate::yaml::Spanned<Dn>>| dn.as_ref().map(|dn| dn.value.clone());
        let said = |attribute: &str| {
            let text = root.text(attribute)?;
            Some(text.parse::<Dn>().map_err(|error| client.told(&format!("{attribute}: {error}"))))
        };
        let domain = match configured(&self.server.domain) {
            Some(domain) => domain,
            None => said("defaultNamingContext").unwrap_or_else(|| {
                let why = "it doesn't say which domain is its own: name it (`domain`)";
                Err(searched.trouble.unwrap_or_else(|| client.told(why)))
            })?,
        };
        let configuration = match configured(&self.source.configuration) {
            Some(configuration) => Some(configuration),
            None => said("configurationNamingContext").transpose()?,
        };
        let name = root.text("dnsHostName").map_or_else(|| self.server.host.value.to_string(), str::to_owned);
        Ok(Root { domain, configuration, name })
    }

    fn asking(&self, filter: &str, base: &str, root: &Root, domain: Option<String>) -> Asking {
        Asking {
            filter: filter.to_owned(),
            base: base.to_owned(),
            caller: self.source.account(self.server).user.clone(),
            controller: root.name.clone(),
            domain,
        }
    }

    /// Pools, Edges and application contacts, and the domains of the forest.
    async fn configuration(&mut self, client: &mut Connected, root: &Root, forest: &mut Vec<Dn>) {
        let Some(configuration) = &root.configuration else {
            let why = client.told("it doesn't say where its Configuration partition is: name it (`configuration`)");
            let names = [&OF_CONFIGURATION[..], &[DOMAINS]].concat();
            for dataset in datasets(&names) {
                self.builder.doubt(self.id, Some(dataset), why.clone());
            }
            self.told.troubles.push(why);
            return;
        };
        self.domains(client, root, configuration, forest).await;
        let service = self.source.rtc_service.as_ref().map_or_else(
            || configuration.below("CN=RTC Service,CN=Services").unwrap_or_else(|_| configuration.clone()),
            |service| service.value.clone(),
        );
        let marks = MARKS.iter().map(|mark| format!("({mark}=*)"));
        let classes = CLASSES.iter().map(|(class, _)| format!("(objectClass={class})"));
        let filter = format!("(|{})", marks.chain(classes).collect::<String>());
        let query = query(service.to_string(), &filter, &OF_CONFIGURATION);
        let asking = self.asking(&filter, &query.base, root, None);
        let mut parts = Parts::begin(self.builder, self.id, &OF_CONFIGURATION, &asking);
        let (mut entries, mut over) = (Vec::new(), 0_u64);
        let mut searched = search(client, &query, self.pace(), |entry| {
            if entries.len() < MOST_OF_CONFIGURATION { entries.push(entry) } else { over += 1 }
        })
        .await;
        if over > 0 && searched.trouble.is_none() {
            let why = format!("more than the {MOST_OF_CONFIGURATION} objects that are read below {service}");
            searched.trouble = Some(client.told(&why));
        }
        if searched.no_base {
            let why = format!("there is no `{service}`, or the account may not see it: name it (`rtc_service`)");
            searched.trouble = Some(client.told(&why));
        }
        for pool in entries.iter().filter(|entry| entry.has("objectClass", "msRTCSIP-Pool")) {
            if let Err(why) = self.pools.learn(pool) {
                self.told.notes.push(why);
            }
        }
        for entry in &entries {
            parts.take(entry, &of_configuration(entry), self.pools);
        }
        self.doubts_of_configuration(&mut parts, &service);
        self.told.referrals += searched.referrals;
        self.told.troubles.extend(searched.trouble.clone());
        self.told.notes.extend(parts.end(self.builder, &searched));
    }

    /// Every deployment has pools, and every pool contacts of its own: who sees none may not
    /// read them.
    fn doubts_of_configuration(&mut self, parts: &mut Parts, service: &Dn) {
        let contacts = [OBJECTS, "application_endpoints", "dial_in_access_numbers", "trusted_application_endpoints"];
        let (names, what) = if self.pools.known() == 0 {
            (&OF_CONFIGURATION[..], "no pool with a name was found")
        } else if parts.count("application_endpoints") == 0 {
            (&contacts[..], "no application contact was found, not even the product's own")
        } else {
            return;
        };
        let why = format!("below `{service}` {what}: the right to read there is not proven");
        parts.doubt(names, &why);
        self.told.troubles.push(why);
    }

    /// The domains of the forest: each must be read.
    async fn domains(&mut self, client: &mut Connected, root: &Root, configuration: &Dn, forest: &mut Vec<Dn>) {
        let base = configuration.below("CN=Partitions").unwrap_or_else(|_| configuration.clone());
        let query = query(base.to_string(), IN_FOREST, &[DOMAINS]);
        let asking = self.asking(IN_FOREST, &query.base, root, None);
        let mut parts = Parts::begin(self.builder, self.id, &[DOMAINS], &asking);
        let (pace, pools) = (self.pace(), &mut *self.pools);
        let searched = search(client, &query, pace, |entry| {
            parts.take(&entry, &[DOMAINS], pools);
            forest.extend(entry.text("nCName").and_then(|name| name.parse::<Dn>().ok()));
        })
        .await;
        self.told.troubles.extend(searched.trouble.clone());
        self.told.notes.extend(parts.end(self.builder, &searched));
    }

    /// Users and contacts of a domain.
    async fn domain(&mut self, client: &mut Connected, root: &Root) {
        let filter = format!("(|{})", MARKS.map(|mark| format!("({mark}=*)")).concat());
        let query = query(root.domain.to_string(), &filter, &OF_DOMAINS);
        let asking = self.asking(&filter, &query.base, root, Some(dns_name(&root.domain)));
        let mut parts = Parts::begin(self.builder, self.id, &OF_DOMAINS, &asking);
        let known = match &self.server.known {
            Some(known) => known::find(client, &query.base, &known.value, self.at_once()).await,
            None => Err(format!(
                "that the account may read {} is not proven: name an object that is there (`known`)",
                root.domain
            )),
        };
        // Active Directory keeps the partitions apart; other directories may have one below the other.
        let apart = root.configuration.as_ref().filter(|configuration| configuration.is_within(&root.domain));
        let (pace, pools, mut met) = (self.pace(), &mut *self.pools, false);
        let searched = search(client, &query, pace, |entry| {
            let elsewhere = apart.is_some_and(|apart| entry.dn.parse::<Dn>().is_ok_and(|dn| dn.is_within(apart)));
            if !elsewhere {
                met |= known.as_ref().is_ok_and(|known| *known == entry.dn);
                parts.take(&entry, &of_domain(&entry), pools);
            }
        })
        .await;
        let unproven = match known {
            Err(why) => Some(why),
            Ok(known) if !met && searched.trouble.is_none() => Some(format!(
                "the search of {} did not find the known object `{known}`: it proves nothing",
                root.domain
            )),
            Ok(_) => None,
        };
        if let Some(why) = unproven {
            parts.doubt(&OF_DOMAINS, &why);
            self.told.troubles.push(why);
        }
        let (server, objects, pages) = (&self.told.server, searched.entries, searched.pages);
        tracing::info!(%server, domain = %root.domain, objects, pages, "read a domain of the directory");
        self.told.objects = searched.entries;
        self.told.pages = searched.pages;
        self.told.referrals += searched.referrals;
        self.told.troubles.extend(searched.trouble.clone());
        self.told.notes.extend(parts.end(self.builder, &searched));
    }
}

fn query(base: String, filter: &str, names: &[&str]) -> Query {
    Query {
        base,
        scope: LdapSearchScope::Subtree,
        // Ours are constants, and a test reads each; a wrong one must find nothing, and say so.
        filter: parse_ldap_filter_str(filter).unwrap_or_else(|_| LdapFilter::Or(Vec::new())),
        attributes: attributes(names.iter().filter_map(|name| dataset::named(name))),
    }
}

/// The DNS name of a domain: `DC=contoso,DC=com` → `contoso.com`.
fn dns_name(domain: &Dn) -> String {
    let labels: Vec<&str> = domain.parts().iter().filter_map(|part| part.text("DC")).collect();
    if labels.is_empty() { domain.to_string() } else { fold(&labels.join(".")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_a_dns_name() {
        let named = |text: &str| dns_name(&text.parse().expect("a name"));
        assert_eq!(named("dc=EMEA,DC=contoso,DC=com"), "emea.contoso.com");
        assert_eq!(named("O=contoso"), "O=contoso");
    }

    #[test]
    fn the_filters_are_filters() {
        for filter in [IN_FOREST, "(|(msRTCSIP-PrimaryUserAddress=*)(objectClass=msRTCSIP-Pool))"] {
            assert!(parse_ldap_filter_str(filter).is_ok(), "{filter}");
        }
    }
}
