//! How far each part of the deployment has come, for whoever reads the reports.

use serde::Serialize;

use crate::environment::EnvironmentView;
use crate::report::Place;

/// The sites, pools, Directors and Edge pools of an environment, in its order.
#[must_use]
pub fn places(view: &EnvironmentView) -> Vec<Place> {
    let place = |kind: &str, name: &str, phase: String| Place {
        kind: kind.to_owned(),
        name: name.to_owned(),
        site: None,
        role: None,
        product: None,
        phase,
    };
    let sites = view.sites.iter().map(|site| place("site", &site.name, site.phase.to_string()));
    let pools = view.pools.iter().map(|pool| Place {
        site: Some(pool.site.clone()),
        role: word(&pool.role),
        product: word(&pool.product),
        ..place("pool", &pool.fqdn, pool.phase.to_string())
    });
    let directors = view.directors.iter().map(|director| Place {
        site: Some(director.site.clone()),
        role: word(&director.role),
        ..place("director", &director.fqdn, director.phase.to_string())
    });
    let edges = view
        .edges
        .iter()
        .map(|edge| Place { role: word(&edge.role), ..place("edge", &edge.fqdn, edge.phase.to_string()) });
    sites.chain(pools).chain(directors).chain(edges).collect()
}

/// A choice as the environment file spells it.
fn word(choice: &impl Serialize) -> Option<String> {
    serde_json::to_value(choice).ok()?.as_str().map(str::to_owned)
}
