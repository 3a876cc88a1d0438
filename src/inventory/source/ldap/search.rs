//! Searches, in pages, with all values of every object.

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapDerefAliases, LdapFilter, LdapOp, LdapResult, LdapResultCode, LdapSearchRequest, LdapSearchScope,
};
use tokio::time::{Duration, Instant};

use super::client::{Client, Trouble};
use super::entry::{Entry, asked};
use super::shown;
use super::way::Stream;

/// Rounds in which the rest of an object's values is fetched.
const MOST_ROUNDS: usize = 1000;
/// Objects that are taken of one page, whatever the server thinks of pages.
const MOST_PER_ANSWER: u64 = 5_000_000;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) base: String,
    pub(super) scope: LdapSearchScope,
    pub(super) filter: LdapFilter,
    pub(super) attributes: Vec<String>,
}

/// How long, and how much at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Objects asked for at once; all where it is none.
    pub(super) page: Option<u16>,
    /// How long a page may take.
    pub(super) timeout: Duration,
    /// When all must be over.
    pub(super) deadline: Instant,
}

/// How a search went. Whatever came before a trouble has been handed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Searched {
    /// Objects that came.
    pub(super) entries: u64,
    /// Answers that point elsewhere. They are not followed.
    pub(super) referrals: u64,
    /// Pages that were asked for.
    pub(super) pages: u64,
    /// Why it is not all, if it isn't.
    pub(super) trouble: Option<Trouble>,
    /// Whether there is no such object as the base.
    pub(super) no_base: bool,
}

impl Pace {
    fn of_this_page(&self) -> Instant {
        self.deadline.min(Instant::now() + self.timeout)
    }
}

/// Searches, and hands over object by object.
pub(super) async fn search<S: Stream>(
    client: &mut Client<S>,
    query: &Query,
    pace: Pace,
    mut found: impl FnMut(Entry),
) -> Searched {
    let mut searched = Searched::default();
    let mut cookie = Vec::new();
    loop {
        if Instant::now() >= pace.deadline {
            searched.trouble = Some(client.told("the time for this domain is over"));
            return searched;
        }
        let page = match page(client, query, pace, cookie, &mut searched, &mut found).await {
            Ok(page) => page,
            Err(trouble) => {
                searched.trouble = Some(trouble);
                return searched;
            }
        };
        match page {
            Some(next) => cookie = next,
            None => return searched,
        }
    }
}

/// Reads one page, and returns where the next one begins, if there is one.
async fn page<S: Stream>(
    client: &mut Client<S>,
    query: &Query,
    pace: Pace,
    cookie: Vec<u8>,
    searched: &mut Searched,
    found: &mut impl FnMut(Entry),
) -> Result<Option<Vec<u8>>, Trouble> {
    let deadline = pace.of_this_page();
    let control = pace.page.map(|size| LdapControl::SimplePagedResults { size: i64::from(size), cookie });
    client.send(request(query), control.into_iter().collect(), deadline).await?;
    searched.pages += 1;
    let before = searched.entries;
    let mut incomplete = Vec::new();
    let (result, controls) = loop {
        let message = client.receive(deadline).await?;
        match message.op {
            LdapOp::SearchResultEntry(entry) => {
                searched.entries += 1;
                let mut entry = Entry::of(entry.dn, entry.attributes);
                let rest = entry.rest();
                if rest.is_empty() {
                    found(entry);
                } else {
                    incomplete.push((entry, rest));
                }
                if searched.entries - before > MOST_PER_ANSWER {
                    return Err(client.told(&format!("more than {MOST_PER_ANSWER} objects in one answer")));
                }
            }
            LdapOp::SearchResultReference(_) => searched.referrals += 1,
            LdapOp::SearchResultDone(result) => break (result, message.ctrl),
            LdapOp::IntermediateResponse(_) => {}
            _ => return Err(client.told("it answers a search with something else")),
        }
    };
    for (mut entry, rest) in incomplete {
        complete(client, &mut entry, rest, pace).await;
        found(entry);
    }
    ended(client, &query.base, &result, searched)?;
    let next = controls.into_iter().find_map(|control| match control {
        LdapControl::SimplePagedResults { cookie, .. } => Some(cookie),
        _ => None,
    });
    match next {
        Some(cookie) if !cookie.is_empty() => {
            // Pages that bring nothing may be many, but never for ever: the deadline holds.
            Ok(Some(cookie))
        }
        _ => Ok(None),
    }
}

fn ended<S: Stream>(
    client: &Client<S>,
    base: &str,
    result: &LdapResult,
    searched: &mut Searched,
) -> Result<(), Trouble> {
    match result.code {
        LdapResultCode::Success => Ok(()),
        LdapResultCode::Referral => {
            let elsewhere = shown::text(result.referral.first().map_or("elsewhere", String::as_str));
            Err(client.told(&format!("search below `{base}`: it refers to {elsewhere}, which is not followed")))
        }
        ref code => {
            searched.no_base = *code == LdapResultCode::NoSuchObject;
            let (trouble, _) = client.refused(&format!("search below `{base}`"), result);
            Err(trouble)
        }
    }
}

/// Fetches the values that an answer had no room for.
async fn complete<S: Stream>(client: &mut Client<S>, entry: &mut Entry, rest: Vec<(String, u32)>, pace: Pace) {
    let mut rest = rest;
    for _ in 0..MOST_ROUNDS {
        if rest.is_empty() {
            return;
        }
        match more(client, &entry.dn, &rest, pace).await {
            Ok(Some(more)) => entry.take(more),
            Ok(None) => return give_up(entry, &rest, "the object was gone before all its values were read"),
            Err(trouble) => return give_up(entry, &rest, &trouble),
        }
        let next = entry.rest();
        // A server that answers the same range again, or another one, will not come to an end.
        let stuck = |(name, place): &(String, u32)| {
            rest.iter().any(|(before, from)| before.eq_ignore_ascii_case(name) && from >= place)
        };
        if next.iter().any(stuck) {
            return give_up(entry, &next, "its values don't come to an end");
        }
        rest = next;
    }
    give_up(entry, &rest, "its values don't come to an end");
}

fn give_up(entry: &mut Entry, rest: &[(String, u32)], why: &str) {
    for (attribute, _) in rest {
        entry.give_up(attribute, why);
    }
}

type Attributes = Vec<ldap3_proto::proto::LdapPartialAttribute>;

async fn more<S: Stream>(
    client: &mut Client<S>,
    dn: &str,
    rest: &[(String, u32)],
    pace: Pace,
) -> Result<Option<Attributes>, Trouble> {
    let deadline = pace.of_this_page();
    let query = Query {
        base: dn.to_owned(),
        scope: LdapSearchScope::Base,
        filter: LdapFilter::Present("objectClass".to_owned()),
        attributes: asked(rest),
    };
    client.send(request(&query), Vec::new(), deadline).await?;
    let mut came = None;
    loop {
        match client.receive(deadline).await?.op {
            LdapOp::SearchResultEntry(entry) => came = Some(entry.attributes),
            LdapOp::SearchResultReference(_) | LdapOp::IntermediateResponse(_) => {}
            LdapOp::SearchResultDone(result) if result.code == LdapResultCode::Success => return Ok(came),
            LdapOp::SearchResultDone(result) => return Err(client.refused("further values", &result).0),
            _ => return Err(client.told("it answers a search with something else")),
        }
    }
}

fn request(query: &Query) -> LdapOp {
    LdapOp::SearchRequest(LdapSearchRequest {
        base: query.base.clone(),
        scope: query.scope.clone(),
        aliases: LdapDerefAliases::Never,
        // What the server sets itself is told; a limit of ours would hide it.
        sizelimit: 0,
        timelimit: 0,
        typesonly: false,
        filter: query.filter.clone(),
        attrs: query.attributes.clone(),
    })
}
