//! How hard the environment may be asked, and what it asks of its servers beyond the checks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::Product;
use crate::values::{Duration, Version};

/// How hard the environment may be asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Questions in flight, all together.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrency: Option<u32>,
    /// Questions in flight per host.
    #[schemars(range(min = 1, max = 1_000))]
    pub per_host: Option<u32>,
    /// Questions started per second and host.
    #[schemars(range(min = 1, max = 10_000))]
    pub starts_per_second: Option<u32>,
    /// Questions in flight per named limit; checks name theirs with `limit`.
    #[serde(default)]
    pub named: BTreeMap<String, u32>,
}

/// What overrides the checks' own settings here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Attempts of each question, in place of what checks say.
    #[schemars(range(min = 1, max = 20))]
    pub attempts: Option<u32>,
    /// The pause before an attempt is repeated, in place of what checks say.
    pub retry_wait: Option<Duration>,
    /// How long a state may settle, in place of what checks with `eventually` say.
    pub eventually_within: Option<Duration>,
    /// How often a settling state is asked again, in place of what checks say.
    pub eventually_every: Option<Duration>,
    /// How long one attempt may take, in place of what checks say.
    pub timeout: Option<Duration>,
    /// What is asked of certificates.
    #[serde(default)]
    pub certificates: Certificates,
    /// The least builds that servers must have, by product: what the migration asks of the version that is left, or
    /// your own standard.
    #[serde(default)]
    pub minimum_builds: MinimumBuilds,
}

/// The least builds that servers must have.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MinimumBuilds {
    /// Lync Server 2013.
    #[serde(rename = "lync-2013")]
    pub lync2013: Option<Version>,
    /// Skype for Business Server 2015.
    #[serde(rename = "sfb-2015")]
    pub sfb2015: Option<Version>,
    /// Skype for Business Server 2019.
    #[serde(rename = "sfb-2019")]
    pub sfb2019: Option<Version>,
    /// Skype for Business Server Subscription Edition.
    pub sfb_se: Option<Version>,
}

impl MinimumBuilds {
    /// The least build of a product.
    #[must_use]
    pub const fn of(&self, product: Product) -> Option<Version> {
        match product {
            Product::Lync2013 => self.lync2013,
            Product::Sfb2015 => self.sfb2015,
            Product::Sfb2019 => self.sfb2019,
            Product::SfbSe => self.sfb_se,
        }
    }
}

/// What is asked of certificates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    /// The days that a certificate must at least be valid for; 30 if absent.
    #[serde(default = "thirty")]
    pub days_left: i64,
}

impl Default for Certificates {
    fn default() -> Self {
        Self { days_left: thirty() }
    }
}

fn thirty() -> i64 {
    30
}
