//! Whether the account may read at all: shown on an object that is there for sure.

use ldap3_proto::proto::{LdapFilter, LdapSearchScope};

use super::client::Client;
use super::entry::Entry;
use super::record::HOME;
use super::search::{Pace, Query, search};
use super::way::Stream;
use crate::values::{Dn, fold};

const ADDRESS: &str = "msRTCSIP-PrimaryUserAddress";

/// Finds the known object of a domain, and returns its name.
///
/// # Errors
/// It is not found, or its attributes can't be read: nothing that is not found proves anything.
pub(super) async fn find<S: Stream>(
    client: &mut Client<S>,
    domain: &str,
    known: &str,
    pace: Pace,
) -> Result<String, String> {
    let query = match named(known) {
        Some(_) => Query {
            base: known.to_owned(),
            scope: LdapSearchScope::Base,
            filter: LdapFilter::Present("objectClass".to_owned()),
            attributes: vec![ADDRESS.to_owned(), HOME.to_owned()],
        },
        None => Query {
            base: domain.to_owned(),
            scope: LdapSearchScope::Subtree,
            filter: LdapFilter::Equality(ADDRESS.to_owned(), format!("sip:{}", fold(known))),
            attributes: vec![ADDRESS.to_owned(), HOME.to_owned()],
        },
    };
    let mut found: Vec<Entry> = Vec::new();
    let searched = search(client, &query, pace, |entry| {
        // One is looked for; more are a mistake, and need not all be kept.
        if found.len() < 2 {
            found.push(entry);
        }
    })
    .await;
    let why = |cause: &str| {
        format!(
            "the known object `{known}` {cause}: the account may not read here, or it is not there; what is not found \
             in {domain} proves nothing"
        )
    };
    if searched.no_base {
        return Err(why("is not found"));
    }
    if let Some(trouble) = searched.trouble {
        return Err(why(&format!("was not read ({trouble})")));
    }
    match found.as_slice() {
        [] => Err(why("is not found")),
        [one] if one.bytes(ADDRESS).is_none() || one.bytes(HOME).is_none() => {
            Err(why(&format!("is found without its {ADDRESS} or {HOME}")))
        }
        [one] => Ok(one.dn.clone()),
        _ => Err(format!(
            "the known object `{known}` is there more than once in {domain}: a SIP address is one object's"
        )),
    }
}

/// The name, where a known object is told by its name.
fn named(known: &str) -> Option<Dn> {
    known.parse().ok().filter(|dn: &Dn| !dn.is_root())
}
