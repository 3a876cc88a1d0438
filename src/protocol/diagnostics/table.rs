//! What the numbers mean ([MS-OCER] 7 and 8).

/// A number's meaning.
pub(super) struct Meaning {
    pub(super) meaning: &'static str,
    pub(super) responsible: &'static str,
}

pub(super) fn meaning(id: u32) -> Option<&'static Meaning> {
    MEANINGS.iter().find(|(known, _)| *known == id).map(|(_, meaning)| meaning)
}

/// The part of the deployment that a range of numbers belongs to.
pub(super) fn area(id: u32) -> Option<&'static str> {
    Some(match id {
        0..1000 => "no part in particular",
        1000..2000 => "routing between Front Ends, Edge Servers and partners",
        2000..3000 => "presence",
        3000..4000 => "conference control",
        4000..5000 => "user services of the home pool",
        5000..6000 => "server applications",
        6000..7000 => "instant message conferences",
        7000..8000 => "audio and video conferences",
        9000..10000 => "the A/V Edge's authentication service",
        10000..11000 => "the Mediation Server",
        12000..13000 => "voice routing",
        13000..14000 => "inbound voice routing",
        14000..15000 => "number translation",
        15000..16000 => "Exchange unified messaging",
        16000..17000 => "the instant message filter",
        17000..18000 => "the client version filter",
        28000..29000 => "web services",
        _ => return None,
    })
}

const fn of(meaning: &'static str, responsible: &'static str) -> Meaning {
    Meaning { meaning, responsible }
}

/// Ascending.
const MEANINGS: &[(u32, Meaning)] = &[
    (1000, of("the last step of authentication failed", "the account's credentials, or the NTLM policy or version")),
    (1001, of("the user's policy doesn't allow public providers", "the external access policy")),
    (1002, of("the user's policy doesn't allow federated partners", "the external access policy")),
    (1003, of("the user doesn't exist", "the account: not homed, or not enabled")),
    (1004, of("the stored route is no longer valid", "the client, which has to register again")),
    (1005, of("the destination's domain can't be routed to", "the topology's SIP domains, and the allowed domains")),
    (1006, of("the client's connection can't be routed to", "nobody yet: it is temporary")),
    (1007, of("it can't be routed at the moment", "nobody yet: it is temporary")),
    (1008, of("the target domain's SRV record can't be resolved", "federation DNS")),
    (1009, of("the SRV record's target lies in another domain than the record", "federation DNS")),
    (1010, of("the next hop's certificate is not trusted", "certificates: authority, name, chain")),
    (1011, of("the previous hop gave no diagnostics", "the hop before the one that answered")),
    (1012, of("the user's policy allows nobody outside", "the external access policy")),
    (1013, of("the clocks of client and server are too far apart", "time synchronisation")),
    (1014, of("an address record can't be resolved", "DNS")),
    (1015, of("the source's domain can't be routed from", "the topology's SIP domains, and the allowed domains")),
    (
        1017,
        of(
            "the From and To domains can't be routed in this combination",
            "the settings of the shared SIP address space",
        ),
    ),
    (
        1027,
        of(
            "this type of request can't be routed to or from federated partners",
            "the allowed domains, and the kind of federation",
        ),
    ),
    // The ids of 1033, 1035, 1036, 1038 and 1046 are UNCONFIRMED: no source tells them apart.
    (1033, of("probably: a server component gave no diagnostics", "the component that the source names")),
    (1034, of("the previous federated hop gave no diagnostics", "the partner")),
    (1035, of("probably: a client gave no diagnostics", "the client")),
    (
        1036,
        of(
            "probably: the next hop of a shared address space, or of a public provider, gave no diagnostics",
            "the other deployment, or the public provider",
        ),
    ),
    (1038, of("probably: connecting to a peer server failed", "the firewall, or the next hop, which may be down")),
    (1046, of("probably: connecting to a federated peer failed", "the firewall, or the partner's Access Edge")),
    (1047, of("TLS with a federated peer could not be negotiated", "certificates, and the TLS versions on both sides")),
    (2057, of("the client doesn't support gruu-10", "the client")),
    (2165, of("the contact list lives in Exchange", "nobody: expected with the unified contact store")),
    (4002, of("several users own the source's number", "the users' line URIs")),
    (4003, of("the user may not sign in from outside", "the external access policy")),
    (
        4004,
        of(
            "the credentials may not act for this SIP address",
            "the account: user name and SIP address belong to different users",
        ),
    ),
    (4005, of("the destination is not enabled for SIP, or doesn't exist", "the account: not enabled")),
    (4006, of("the user was not found in this pool", "the user's home pool, or replication after a move")),
    (4007, of("the resource is not known in this deployment", "the topology: a pool or service that was removed")),
    (4009, of("several users own the destination's number", "the users' line URIs")),
    (4010, of("the client's endpoint identity is missing", "the client")),
    (4011, of("the client's epid is missing", "the client")),
    (4012, of("the client's epid is too long", "the client")),
    (4055, of("the Event header is not `registration`", "the client")),
    (5000, of("a critical server application is not running", "the services on the Front End")),
    (10003, of("the gateway or trunk answered with a failure", "the gateway or trunk")),
    (13009, of("no endpoint is registered at the backup registrar", "pool pairing")),
    (17002, of("the client's version is not valid", "the client version policy")),
    (17003, of("the client's version is declined", "the client version policy")),
    (17004, of("the client's version is allowed, with an offer to upgrade", "the client version policy")),
    (28020, of("there is no valid security token", "the web ticket, or the OAuth grant")),
    (28029, of("this kind of authentication is not allowed", "the web services' authentication settings")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_have_an_area() {
        assert!(MEANINGS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(MEANINGS.iter().all(|(id, _)| area(*id).is_some()));
    }
}
