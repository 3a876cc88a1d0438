//! What stands at which path of the product's web sites, and what it answers to
//! somebody who has not signed in.

use super::site::Side;

/// Autodiscover's root.
pub(super) const ROOT: &str = "/autodiscover/autodiscoverservice.svc/root";

/// What answers at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// Autodiscover: where to go on ([MS-OCDISCWS]).
    Root,
    /// Autodiscover: the pool that answers, for anybody.
    Domain,
    /// Autodiscover: where a user is at home, for a web ticket.
    User,
    /// Autodiscover: the same for a token ([MS-OCAUTHWS]).
    OAuthUser,
    /// A page for people, with this title.
    Page(&'static str),
    /// A web service's description.
    Description,
    /// What wants a Windows sign-in.
    Windows,
    /// What wants a token.
    Token,
    /// The keys that servers of other products verify tokens with.
    Metadata,
}

/// Where on a site a resource stands.
#[derive(Clone, Copy, Debug)]
struct Row {
    path: &'static str,
    /// Whether all below the path is the same.
    below: bool,
    /// The only side that has it.
    only: Option<Side>,
    resource: Resource,
}

const fn at(path: &'static str, resource: Resource) -> Row {
    Row { path, below: false, only: None, resource }
}

const fn below(path: &'static str, resource: Resource) -> Row {
    Row { path, below: true, only: None, resource }
}

const fn inside(row: Row) -> Row {
    Row { only: Some(Side::Internal), ..row }
}

/// All that is answered. Paths are in lower case.
const TABLE: &[Row] = &[
    at(ROOT, Resource::Root),
    at("/autodiscover/autodiscoverservice.svc/root/domain", Resource::Domain),
    at("/autodiscover/autodiscoverservice.svc/root/user", Resource::User),
    at("/autodiscover/autodiscoverservice.svc/root/oauth/user", Resource::OAuthUser),
    at("/autodiscover/xframe/xframe.html", Resource::Page("XFrame")),
    below("/meet/", Resource::Page("Join the meeting")),
    below("/dialin/", Resource::Page("Dial-in conferencing")),
    below("/lwa/", Resource::Page("Skype for Business Web App")),
    below("/scheduler/", Resource::Page("Web Scheduler")),
    at("/abs/handler", Resource::Windows),
    at("/groupexpansion/service.svc", Resource::Windows),
    at("/reach/sip.svc", Resource::Windows),
    at("/certprov/certprovisioningservice.svc", Resource::Page("CertProvisioningService")),
    at("/certprov/certprovisioningservice.svc/mex", Resource::Description),
    at("/webticket/webticketservice.svc", Resource::Page("WebTicketService")),
    at("/webticket/webticketservice.svc/mex", Resource::Description),
    below("/ucwa/", Resource::Token),
    at("/metadata/json/1", Resource::Metadata),
    inside(below("/cscp/", Resource::Windows)),
    inside(below("/ocspowershell/", Resource::Windows)),
];

/// Names that lead to one place on a site, whichever pool's it is.
const HOMES: &[(&str, &str)] = &[
    ("lyncdiscoverinternal", ROOT),
    ("lyncdiscover", ROOT),
    ("meet", "/meet/"),
    ("dialin", "/dialin/"),
    ("admin", "/cscp/"),
];

/// A path under the name that was asked for, as the site has it.
pub(super) fn path_of(host: &str, path: &str, side: Side) -> String {
    let label = host.split('.').next().unwrap_or_default();
    match HOMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(label)) {
        Some((_, home)) if find(path, side).is_none() => format!("{home}{}", path.trim_start_matches('/')),
        _ => path.to_owned(),
    }
}

/// What answers at a path.
pub(super) fn find(path: &str, side: Side) -> Option<Resource> {
    let here = |row: &&Row| {
        path == row.path || (row.below && (path.starts_with(row.path) || Some(path) == row.path.strip_suffix('/')))
    };
    TABLE.iter().filter(|row| row.only.is_none_or(|only| only == side)).find(here).map(|row| row.resource)
}
