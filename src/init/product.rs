//! Which product a pool runs, and so whether it is left or arrived at: what versions and
//! patch levels tell, and what they don't (migration.md 1, 1.1).

use crate::environment::{Product, Role};

/// The lowest build that is known to be Subscription Edition; the last known one of 2019 is
/// 553. In between nothing is known.
const SUBSCRIPTION: u32 = 820;

/// A product, and why it is thought to be that.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// The product; none if it is none that an environment knows.
    pub product: Option<Product>,
    /// Why, for a comment.
    pub why: String,
}

/// Judges by the names of installed components, else by their build, else by the version of
/// the services.
pub(super) fn judge(version: Option<i64>, installed: &[(String, String)]) -> Judged {
    if let Some((component, product)) = installed.iter().find_map(|(component, _)| Some((component, named(component)?)))
    {
        let build = highest(installed).map(|build| format!(" {build}")).unwrap_or_default();
        // Installed files of 2019 that were updated to Subscription Edition may keep their names.
        if product == Product::Sfb2019 && is_subscription(installed) {
            return judged(Product::SfbSe, format!("guess: \"{component}\"{build}, a build of Subscription Edition"));
        }
        return judged(product, format!("installed: \"{component}\"{build}"));
    }
    match version {
        Some(6) => judged(Product::Lync2013, "service version 6 is Lync Server 2013".to_owned()),
        Some(7) => judged(Product::Sfb2015, "service version 7 is Skype for Business Server 2015".to_owned()),
        Some(8) if is_subscription(installed) => {
            judged(Product::SfbSe, "guess: service version 8 and a build of Subscription Edition".to_owned())
        }
        Some(8) => judged(
            Product::Sfb2019,
            "guess: service version 8 is 2019 or Subscription Edition (sfb-se), which it can't tell apart".to_owned(),
        ),
        Some(5) => Judged { product: None, why: "service version 5 is Lync Server 2010".to_owned() },
        Some(other) => Judged { product: None, why: format!("service version {other} is not known") },
        None => Judged { product: None, why: "nothing tells its version".to_owned() },
    }
}

fn judged(product: Product, why: String) -> Judged {
    Judged { product: Some(product), why }
}

fn named(component: &str) -> Option<Product> {
    let component = component.to_ascii_lowercase();
    // Windows components of other products are listed beside the server's own.
    let ours = component.contains("skype for business server") || component.contains("lync server");
    if !ours {
        return None;
    }
    let known = [
        ("subscription edition", Product::SfbSe),
        ("2019", Product::Sfb2019),
        ("2015", Product::Sfb2015),
        ("2013", Product::Lync2013),
    ];
    known.iter().find(|(name, _)| component.contains(name)).map(|(_, product)| *product)
}

/// `7.0.2046.553` → its four numbers.
fn build(version: &str) -> Option<[u32; 4]> {
    let mut numbers = [0; 4];
    let mut parts = version.trim().split('.');
    for number in &mut numbers {
        *number = parts.next()?.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

fn highest(installed: &[(String, String)]) -> Option<String> {
    let ours = installed.iter().filter(|(component, _)| named(component).is_some());
    let (_, version) =
        ours.filter_map(|(_, version)| Some((build(version)?, version))).max_by_key(|(build, _)| *build)?;
    Some(version.clone())
}

fn is_subscription(installed: &[(String, String)]) -> bool {
    installed.iter().filter_map(|(_, version)| build(version)).any(|build| build >= [7, 0, 2046, SUBSCRIPTION])
}

/// As the environment file writes it.
pub(super) fn word(product: Product) -> &'static str {
    match product {
        Product::Lync2013 => "lync-2013",
        Product::Sfb2015 => "sfb-2015",
        Product::Sfb2019 => "sfb-2019",
        Product::SfbSe => "sfb-se",
    }
}

/// Which products are left, given all that there are: the older ones, as soon as there is one
/// that may be moved to. A deployment of 2019 alone is one that was moved to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Era {
    subscription_only: bool,
}

impl Era {
    pub(super) fn of(products: &[Product]) -> Self {
        let has = |product| products.contains(&product);
        let older = has(Product::Lync2013) || has(Product::Sfb2015);
        Self { subscription_only: has(Product::SfbSe) && has(Product::Sfb2019) && !older }
    }

    pub(super) fn role(self, product: Product) -> Role {
        match product {
            Product::Lync2013 | Product::Sfb2015 => Role::Legacy,
            Product::Sfb2019 if self.subscription_only => Role::Legacy,
            Product::Sfb2019 | Product::SfbSe => Role::Target,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(component: &str, version: &str) -> Vec<(String, String)> {
        vec![
            ("Microsoft Visual C++ 2019 Redistributable".to_owned(), "14.20.1".to_owned()),
            (component.to_owned(), version.to_owned()),
        ]
    }

    #[test]
    fn versions_names_and_builds_tell_products_and_guesses_are_called_so() {
        let product = |version, installed: &[(String, String)]| {
            let judged = judge(version, installed);
            (judged.product, judged.why.starts_with("guess"))
        };
        assert_eq!(product(Some(6), &[]), (Some(Product::Lync2013), false));
        assert_eq!(product(Some(7), &[]), (Some(Product::Sfb2015), false));
        assert_eq!(product(Some(8), &[]), (Some(Product::Sfb2019), true));
        for version in [Some(5), Some(9), Some(-1), None] {
            assert_eq!(product(version, &[]), (None, false), "{version:?}");
        }
        let core = "Skype for Business Server 2019, Core Components";
        assert_eq!(product(Some(8), &installed(core, "7.0.2046.553")), (Some(Product::Sfb2019), false));
        assert_eq!(product(Some(8), &installed(core, "7.0.2046.820")), (Some(Product::SfbSe), true));
        assert_eq!(product(None, &installed("Lync Server 2013, Core", "5.0.8308.0")), (Some(Product::Lync2013), false));
        let edition = "Skype for Business Server Subscription Edition, Core Components";
        assert_eq!(product(Some(8), &installed(edition, "7.0.2046.900")), (Some(Product::SfbSe), false));
        assert_eq!(product(Some(8), &installed("x", "7.0.2046.900")), (Some(Product::SfbSe), true));
        assert_eq!(product(Some(8), &installed("x", "seven")), (Some(Product::Sfb2019), true));
    }

    #[test]
    fn what_is_left_depends_on_what_there_is() {
        use Product::{Lync2013, Sfb2015, Sfb2019, SfbSe};
        let role = |all: &[Product], product| Era::of(all).role(product);
        assert_eq!(role(&[Sfb2015, Sfb2019], Sfb2015), Role::Legacy);
        assert_eq!(role(&[Sfb2015, Sfb2019], Sfb2019), Role::Target);
        assert_eq!(role(&[Sfb2019], Sfb2019), Role::Target);
        assert_eq!(role(&[Sfb2019, SfbSe], Sfb2019), Role::Legacy);
        assert_eq!(role(&[Sfb2019, SfbSe], SfbSe), Role::Target);
        assert_eq!(role(&[Lync2013, Sfb2019, SfbSe], Sfb2019), Role::Target);
    }
}
