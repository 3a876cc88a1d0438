//! All the addresses of a host, one by one.

use std::future::Future;

use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::dial::Route;
use super::view::Network;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::values::HostPort;

/// Addresses looked at of one name.
const MOST: usize = 64;
/// Addresses of one question looked at at a time.
const AT_ONCE: usize = 4;

/// Which addresses of a host are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// The first that accepts a connection.
    #[default]
    First,
    /// Every one; all of them must answer.
    All,
}

impl Addresses {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Network {
    /// Looks along every way to a target, in the order of its addresses. Every one, or an
    /// error: a part of them would look like all of them. `lacking` says what one that
    /// failed did not do.
    ///
    /// # Errors
    /// A name on the way doesn't resolve, there are too many addresses, or one of them failed.
    pub(crate) async fn along_all<T, F>(
        &self,
        target: &HostPort,
        deadline: Instant,
        lacking: &str,
        look: impl Fn(Route) -> F,
    ) -> Result<Vec<T>, ProbeError>
    where
        F: Future<Output = Result<T, ProbeError>>,
    {
        let routes = timeout_at(deadline, self.routes(target)).await.unwrap_or_else(|_| {
            Err(ProbeError::new(ErrorClass::Timeout, format!("resolve {}: no answer in time", target.host)))
        })?;
        let count = routes.len();
        if count > MOST {
            let message = format!("{target}: {count} addresses; at most {MOST} are looked at");
            return Err(ProbeError::new(ErrorClass::Protocol, message));
        }
        let results: Vec<Result<T, ProbeError>> =
            stream::iter(routes.into_iter().map(look)).buffered(AT_ONCE).collect().await;
        let (mut seen, mut errors) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(one) => seen.push(one),
                Err(error) => errors.push(error),
            }
        }
        let Some(first) = errors.first() else { return Ok(seen) };
        let message = format!(
            "{} of {count} addresses of {target} {lacking}: {}",
            errors.len(),
            errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
        );
        Err(ProbeError::new(first.class, message))
    }
}
