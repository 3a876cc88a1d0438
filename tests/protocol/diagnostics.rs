//! What every number means that a migration meets, and who has to act.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::diagnostics::Diagnostics;

use super::peers;
use super::samples::same;

/// A number, what its meaning must say, and what must be named to look at.
type Row = (u32, &'static str, &'static str);

const ROWS: &[Row] = &[
    (1000, "last step of authentication", "credentials"),
    (1001, "policy doesn't allow public", "external access policy"),
    (1002, "policy doesn't allow federated", "external access policy"),
    (1003, "user doesn't exist", "not homed, or not enabled"),
    (1004, "route is no longer valid", "register again"),
    (1005, "destination's domain can't be routed to", "SIP domains, and the allowed domains"),
    (1006, "client's connection", "temporary"),
    (1007, "can't be routed at the moment", "temporary"),
    (1008, "SRV record can't be resolved", "federation DNS"),
    (1009, "target lies in another domain", "federation DNS"),
    (1010, "certificate is not trusted", "authority, name, chain"),
    (1011, "previous hop gave no diagnostics", "the hop before"),
    (1012, "policy allows nobody outside", "external access policy"),
    (1013, "clocks", "time"),
    (1014, "address record can't be resolved", "DNS"),
    (1015, "source's domain can't be routed from", "SIP domains, and the allowed domains"),
    (1017, "From and To domains", "shared SIP address space"),
    (1027, "type of request can't be routed to or from federated partners", "kind of federation"),
    (1033, "probably: a server component gave no diagnostics", "component"),
    (1034, "previous federated hop gave no diagnostics", "partner"),
    (1035, "probably: a client gave no diagnostics", "client"),
    (1036, "probably: the next hop of a shared address space, or of a public provider", "public provider"),
    (1038, "probably: connecting to a peer server failed", "firewall, or the next hop"),
    (1046, "probably: connecting to a federated peer failed", "firewall, or the partner's Access Edge"),
    (1047, "TLS with a federated peer", "certificates, and the TLS versions"),
    (2057, "gruu-10", "client"),
    (2165, "contact list lives in Exchange", "expected with the unified contact store"),
    (4002, "own the source's number", "line URIs"),
    (4003, "may not sign in from outside", "external access policy"),
    (4004, "may not act for this SIP address", "user name and SIP address"),
    (4005, "not enabled for SIP, or doesn't exist", "not enabled"),
    (4006, "not found in this pool", "replication after a move"),
    (4007, "not known in this deployment", "pool or service that was removed"),
    (4009, "own the destination's number", "line URIs"),
    (4010, "endpoint identity is missing", "client"),
    (4011, "epid is missing", "client"),
    (4012, "epid is too long", "client"),
    (4055, "Event header is not `registration`", "client"),
    (5000, "critical server application is not running", "services on the Front End"),
    (10003, "gateway or trunk answered with a failure", "gateway or trunk"),
    (13009, "backup registrar", "pool pairing"),
    (17002, "version is not valid", "client version policy"),
    (17003, "version is declined", "client version policy"),
    (17004, "version is allowed", "client version policy"),
    (28020, "no valid security token", "web ticket, or the OAuth grant"),
    (28029, "kind of authentication is not allowed", "authentication settings"),
];

pub fn trials() -> Vec<Trial> {
    let rows = Trial::test("diagnostics::every_number_has_its_meaning_and_who_must_act", || {
        for (id, meaning, responsible) in ROWS {
            let found = Diagnostics::read("ms-diagnostics", &format!("{id};reason=\"x\"")).ok_or("not read")?;
            let said = found.meaning.as_deref().unwrap_or_default();
            let who = found.responsible.as_deref().unwrap_or_default();
            if !said.contains(meaning) || !who.contains(responsible) {
                return Err(format!("{id}: `{said}`, look at `{who}`; not `{meaning}`, `{responsible}`").into());
            }
        }
        Ok(())
    });
    let others = Trial::test("diagnostics::no_other_number_has_a_meaning", || {
        let known = (0..60_000).filter(|id| {
            Diagnostics::read("ms-diagnostics", &id.to_string()).is_some_and(|found| found.meaning.is_some())
        });
        same("the numbers", known.collect::<Vec<u32>>(), ROWS.iter().map(|row| row.0).collect::<Vec<_>>())?;
        Ok(())
    });
    let documented = peers::trial(
        "diagnostics::the_numbers_are_those_that_are_documented",
        || peers::shared("domain/wire.md"),
        |file| documented(&std::fs::read_to_string(file)?),
    );
    vec![rows, others, documented]
}

/// The first column of the table: `1000`, `1001 / 1002`, `1033, 1035`, `4010–4012`.
fn documented(text: &str) -> Result<(), Failed> {
    let table = text.lines().skip_while(|line| !line.starts_with("### 3.9")).skip(1);
    let table = table.take_while(|line| !line.starts_with('#')).filter(|line| line.starts_with('|')).skip(2);
    let mut found = BTreeSet::new();
    for line in table {
        let cell = line.split('|').nth(1).unwrap_or_default();
        for part in cell.split([',', '/']) {
            let mut ends = part.split('–').map(|end| end.trim().parse::<u32>());
            let first = ends.next().ok_or("no number")?.map_err(|error| format!("`{line}`: {error}"))?;
            let last = ends.next().transpose()?.unwrap_or(first);
            found.extend(first..=last);
        }
    }
    same("the numbers", ROWS.iter().map(|row| row.0).collect::<BTreeSet<_>>(), found)?;
    Ok(())
}
