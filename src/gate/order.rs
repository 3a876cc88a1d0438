//! The order in which one would work through what is open: causes before consequences,
//! then the worst first.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Item;
use crate::check::Catalogue;

/// Puts items into their order.
pub(super) fn order(items: Vec<Item>, catalogue: &Catalogue) -> Vec<Item> {
    let place: BTreeMap<&str, usize> =
        catalogue.checks().enumerate().map(|(index, check)| (check.id.as_str(), index)).collect();
    let open: BTreeSet<String> = items.iter().filter_map(|item| item.check.clone()).collect();
    let causes: BTreeMap<String, BTreeSet<String>> =
        open.iter().map(|id| (id.clone(), causes_of(id, &open, catalogue))).collect();
    let mut rest = items;
    let mut ordered = Vec::with_capacity(rest.len());
    let mut waiting = open;
    while !rest.is_empty() {
        // Needs have no circles, so that something is always free to go.
        let free = |item: &Item| {
            let causes = item.check.as_ref().and_then(|check| causes.get(check));
            causes.is_none_or(|causes| causes.is_disjoint(&waiting))
        };
        let rank = |item: &Item| {
            let index = item.check.as_deref().and_then(|check| place.get(check)).copied().unwrap_or(0);
            (std::cmp::Reverse(item.severity), index)
        };
        let first = rest.iter().filter(|item| free(item)).min_by_key(|item| rank(item)).map(|item| item.check.clone());
        let Some(first) = first else {
            ordered.append(&mut rest);
            break;
        };
        // All cases of a check stay together, in the order of their subjects.
        let (now, later): (Vec<Item>, Vec<Item>) = rest.into_iter().partition(|item| item.check == first);
        ordered.extend(now);
        rest = later;
        if let Some(first) = first {
            waiting.remove(&first);
        }
    }
    ordered
}

/// The open checks that a check needs, on whatever way.
fn causes_of(id: &str, open: &BTreeSet<String>, catalogue: &Catalogue) -> BTreeSet<String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![id.to_owned()]);
    while let Some(check) = next.pop().and_then(|id| catalogue.check(&id)) {
        for need in &check.needs {
            if seen.insert(need.value.clone()) {
                next.push(need.value.clone());
            }
        }
    }
    seen.retain(|need| open.contains(need));
    seen
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Source;
    use crate::gate::Kind;
    use crate::report::Severity;

    fn item(check: &str, severity: Severity) -> Item {
        Item {
            key: check.to_owned(),
            check: (check != "attested").then(|| check.to_owned()),
            title: String::new(),
            severity,
            kind: Kind::Fails,
            message: String::new(),
            evidence: Vec::new(),
            members: Vec::new(),
            fix: None,
            because: None,
            source: None,
            location: None,
            holds_back: Vec::new(),
        }
    }

    #[test]
    fn causes_come_before_consequences_and_then_the_worst_first() {
        let check = |id: &str, needs: &str| {
            format!("  - {{ id: {id}, title: t, needs: [{needs}], expect: [{{ that: environment.name == 'x' }}] }}\n")
        };
        let text =
            [check("far", "between"), check("between", "cause"), check("cause", ""), check("other", "")].concat();
        let source = Arc::new(Source::new("order.yaml", format!("suite: order\ntitle: t\nchecks:\n{text}")));
        let catalogue = Catalogue::of_sources(&[source]).expect("a suite");
        let ordered =
            |items: Vec<Item>| -> Vec<String> { order(items, &catalogue).into_iter().map(|item| item.key).collect() };
        // `between` is not open, and `far` still waits for what `between` needs.
        let all = vec![
            item("far", Severity::Blocker),
            item("other", Severity::Minor),
            item("cause", Severity::Major),
            item("attested", Severity::Blocker),
        ];
        assert_eq!(ordered(all), ["attested", "cause", "far", "other"]);
        let worst = vec![item("cause", Severity::Minor), item("other", Severity::Major)];
        assert_eq!(ordered(worst), ["other", "cause"]);
    }
}
