//! Home server → pool, in two independent ways: by what the directory calls the pool, and
//! by the place of the pool in the topology.

use std::collections::{BTreeMap, HashMap};

use super::entry::Entry;
use super::shown;
use crate::values::{Dn, Fqdn, fold};

/// Between a pool's entry and its home server there are `CN=Lc Services,CN=Microsoft`.
const BELOW_POOL: usize = 2;
/// Home servers that are remembered; a deployment has as many as it has pools.
const MOST_REMEMBERED: usize = 10_000;

/// What is known of the pools.
#[derive(Debug, Default)]
pub(super) struct Pools {
    /// `dNSHostName` by the pool's entry.
    by_entry: HashMap<Dn, Option<String>>,
    /// The pool's name by `1:2`: site and number of its cluster in the topology.
    topology: HashMap<String, String>,
    remembered: HashMap<String, Result<String, String>>,
}

impl Pools {
    pub(super) fn new(topology: &BTreeMap<String, Fqdn>) -> Self {
        let topology = topology.iter().map(|(place, pool)| (place.to_lowercase(), pool.to_string())).collect();
        Self { topology, ..Self::default() }
    }

    /// Takes in a pool's entry.
    ///
    /// # Errors
    /// Its name can't be read.
    pub(super) fn learn(&mut self, entry: &Entry) -> Result<(), String> {
        let dn: Dn = entry.dn.parse().map_err(|error| format!("a pool's entry: {error}"))?;
        self.by_entry.insert(dn, entry.text("dNSHostName").map(str::to_owned));
        Ok(())
    }

    /// How many pools the directory names.
    pub(super) fn known(&self) -> usize {
        self.by_entry.values().flatten().count()
    }

    /// The pool that a home server belongs to.
    ///
    /// # Errors
    /// Why that can't be told.
    pub(super) fn of(&mut self, home: &str) -> Result<String, String> {
        if let Some(known) = self.remembered.get(home) {
            return known.clone();
        }
        let found = self.find(home);
        if self.remembered.len() < MOST_REMEMBERED {
            self.remembered.insert(home.to_owned(), found.clone());
        }
        found
    }

    fn find(&self, home: &str) -> Result<String, String> {
        let dn: Dn = home.parse().map_err(|error| format!("the home server: {error}"))?;
        let unlike = || format!("the home server `{}` is not below a pool's entry", shown::text(&dn.to_string()));
        let entry = dn.above(BELOW_POOL).ok_or_else(unlike)?;
        let place = entry.parts().first().and_then(|part| part.text("CN")).ok_or_else(unlike)?;
        let Some(told) = self.by_entry.get(&entry) else {
            let (place, home) = (shown::text(place), shown::text(&dn.to_string()));
            return Err(format!("the directory has no pool {place}: `{home}` leads nowhere"));
        };
        let placed = self.topology.get(&place.to_lowercase()).map(String::as_str);
        match (told.as_deref(), placed) {
            (Some(told), Some(placed)) if fold(told) != fold(placed) => Err(format!(
                "pool {place} is {told} in the directory and {placed} in the topology: which of them it is can't be told"
            )),
            (Some(pool), _) | (None, Some(pool)) => Ok(pool.to_owned()),
            (None, None) => Err(format!("the directory does not say what pool {place} is called (dNSHostName)")),
        }
    }
}

#[cfg(test)]
mod tests {
    use ldap3_proto::proto::LdapPartialAttribute;

    use super::*;

    const POOLS: &str = "CN=Pools,CN=RTC Service,CN=Services,CN=Configuration,DC=contoso,DC=com";

    fn pool(place: &str, name: Option<&str>) -> Entry {
        let attributes = name
            .map(|name| LdapPartialAttribute { atype: "dnshostname".to_owned(), vals: vec![name.as_bytes().to_vec()] });
        Entry::of(format!("CN={place},{POOLS}"), attributes.into_iter().collect())
    }

    fn known(topology: &[(&str, &str)]) -> Pools {
        let topology = topology.iter().map(|(place, pool)| ((*place).to_owned(), pool.parse().expect("a name")));
        let mut pools = Pools::new(&topology.collect());
        for entry in
            [pool("1:1", Some("pool01.contoso.com")), pool("1:2", None), pool("co1:2", Some("pool03.contoso.com"))]
        {
            pools.learn(&entry).expect("a pool");
        }
        pools
    }

    #[test]
    fn a_home_server_leads_to_its_pool() {
        let mut pools = known(&[]);
        assert_eq!(pools.known(), 2);
        for home in [
            format!("CN=Lc Services,CN=Microsoft,CN=1:1,{POOLS}"),
            format!("cn=LC services, cn=microsoft ,cn=1:1,{}", POOLS.to_lowercase()),
        ] {
            assert_eq!(pools.of(&home).as_deref(), Ok("pool01.contoso.com"));
        }
        let site = format!("CN=Lc Services,CN=Microsoft,CN=CO1:2,{POOLS}");
        assert_eq!(pools.of(&site).as_deref(), Ok("pool03.contoso.com"));
    }

    #[test]
    fn what_leads_nowhere_is_told() {
        let mut pools = known(&[]);
        for (home, word) in [
            (format!("CN=Lc Services,CN=Microsoft,CN=1:2,{POOLS}"), "dNSHostName"),
            (format!("CN=Lc Services,CN=Microsoft,CN=9:9,{POOLS}"), "no pool 9:9"),
            // Another forest's pool of the same number is another pool.
            ("CN=Lc Services,CN=Microsoft,CN=1:1,CN=Pools,DC=fabrikam,DC=com".to_owned(), "leads nowhere"),
            ("CN=a".to_owned(), "not below"),
            ("nonsense".to_owned(), "not a distinguished name"),
        ] {
            let told = pools.of(&home).expect_err("unknown");
            assert!(told.contains(word), "{told}");
        }
    }

    #[test]
    fn the_topology_is_the_second_way() {
        let mut pools = known(&[
            ("1:1", "POOL01.contoso.com."),
            ("1:2", "pool02.contoso.com"),
            ("co1:2", "pool04.contoso.com"),
            ("1:3", "pool05.contoso.com"),
        ]);
        let mut of = |place: &str| pools.of(&format!("CN=Lc Services,CN=Microsoft,CN={place},{POOLS}"));
        assert_eq!(of("1:1").as_deref(), Ok("pool01.contoso.com"));
        assert_eq!(of("1:2").as_deref(), Ok("pool02.contoso.com"));
        // A place says nothing of a pool that is another forest's, or gone.
        assert!(of("1:3").expect_err("gone").contains("no pool 1:3"));
        let told = of("CO1:2").expect_err("two names");
        assert!(told.contains("pool03.contoso.com") && told.contains("pool04.contoso.com"), "{told}");
    }
}
