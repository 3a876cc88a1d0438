//! How hard the environment is asked: questions in flight (all, per host, per named
//! limit) and questions started per second and host.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The numbers for one vantage.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Questions in flight, all together.
    pub concurrency: u32,
    /// Questions in flight per host.
    pub per_host: u32,
    /// Questions started per second and host.
    pub starts_per_second: u32,
    /// Questions in flight per named limit.
    pub named: HashMap<String, u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 64, per_host: 4, starts_per_second: 20, named: HashMap::new() }
    }
}

impl Limits {
    /// What is polite from outside, where every packet passes somebody's firewall.
    #[must_use]
    pub fn outside() -> Self {
        Self { concurrency: 32, per_host: 2, starts_per_second: 5, named: HashMap::new() }
    }
}

/// Hands out leave to ask.
pub(super) struct Gate {
    limits: Limits,
    all: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Host>>,
    named: HashMap<String, Arc<Semaphore>>,
}

#[derive(Clone)]
struct Host {
    in_flight: Arc<Semaphore>,
    starts: Arc<DefaultDirectRateLimiter>,
}

/// Leave to ask one question; given back when dropped.
pub(super) struct Leave {
    _permits: Vec<OwnedSemaphorePermit>,
}

impl Gate {
    pub(super) fn new(limits: Limits) -> Self {
        let named = limits.named.iter().map(|(name, most)| (name.clone(), semaphore(*most))).collect();
        Self { all: semaphore(limits.concurrency), hosts: Mutex::default(), named, limits }
    }

    /// Waits for leave. A host's turn is waited for before the common one, so that a busy
    /// host holds nobody else up.
    pub(super) async fn enter(&self, host: Option<&str>, names: &[String]) -> Leave {
        let mut permits = Vec::new();
        // Always in one order: two questions that need the same two would wait for each other.
        let names: BTreeSet<&String> = names.iter().collect();
        for name in names {
            if let Some(semaphore) = self.named.get(name) {
                permits.extend(Arc::clone(semaphore).acquire_owned().await.ok());
            }
        }
        if let Some(host) = host.map(|host| self.host(host)) {
            permits.extend(host.in_flight.acquire_owned().await.ok());
            host.starts.until_ready().await;
        }
        permits.extend(Arc::clone(&self.all).acquire_owned().await.ok());
        Leave { _permits: permits }
    }

    fn host(&self, name: &str) -> Host {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Host {
            in_flight: semaphore(self.limits.per_host),
            starts: Arc::new(RateLimiter::direct(Quota::per_second(
                NonZeroU32::new(self.limits.starts_per_second).unwrap_or(NonZeroU32::MIN),
            ))),
        };
        hosts.entry(name.to_owned()).or_insert_with(new).clone()
    }
}

fn semaphore(most: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(usize::try_from(most.max(1)).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn gate(named: &[(&str, u32)]) -> Arc<Gate> {
        let named = named.iter().map(|(name, most)| ((*name).to_owned(), *most)).collect();
        Arc::new(Gate::new(Limits { concurrency: 64, per_host: 2, starts_per_second: 1000, named }))
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Whether leave is given before anything else can happen.
    async fn enters(gate: &Gate, host: Option<&str>, limits: &[&str]) -> Option<Leave> {
        let limits = names(limits);
        let entering = gate.enter(host, &limits);
        tokio::select! {
            biased;
            leave = entering => Some(leave),
            () = tokio::task::yield_now() => None,
        }
    }

    #[tokio::test]
    async fn a_host_has_its_own_limit() {
        let gate = gate(&[]);
        let first = enters(&gate, Some("fe11"), &[]).await.expect("free");
        let _second = enters(&gate, Some("fe11"), &[]).await.expect("free");
        assert!(enters(&gate, Some("fe11"), &[]).await.is_none(), "two at a time");
        assert!(enters(&gate, Some("fe12"), &[]).await.is_some(), "another host is free");
        drop(first);
        assert!(enters(&gate, Some("fe11"), &[]).await.is_some(), "leave was given back");
    }

    #[tokio::test]
    async fn a_named_limit_is_shared_by_all_hosts() {
        let gate = gate(&[("edge", 1)]);
        let _held = enters(&gate, Some("a"), &["edge"]).await.expect("free");
        assert!(enters(&gate, Some("b"), &["edge"]).await.is_none());
        assert!(enters(&gate, Some("b"), &["unheard-of"]).await.is_some(), "an unknown name limits nothing");
        assert!(enters(&gate, Some("b"), &[]).await.is_some());
    }

    #[tokio::test]
    async fn starts_are_spread_over_time() {
        let gate = Gate::new(Limits { concurrency: 64, per_host: 64, starts_per_second: 10, named: HashMap::new() });
        let begun = Instant::now();
        for _ in 0..15 {
            drop(gate.enter(Some("fe11"), &[]).await);
        }
        // A second's worth may start at once; the other five come a tenth of a second apart.
        assert!(begun.elapsed() >= Duration::from_millis(490), "{:?}", begun.elapsed());
        assert!(enters(&gate, Some("fe12"), &[]).await.is_some(), "another host need not wait");
    }

    #[tokio::test]
    async fn names_in_any_order_never_lock_up() {
        let gate = gate(&[("a", 1), ("b", 1)]);
        let ask = |order: [&'static str; 2]| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                for _ in 0..2000 {
                    let leave = gate.enter(None, &names(&order)).await;
                    tokio::task::yield_now().await;
                    drop(leave);
                }
            })
        };
        let both = async {
            let (one, other) = (ask(["a", "b"]), ask(["b", "a"]));
            one.await.and(other.await)
        };
        tokio::time::timeout(Duration::from_mins(1), both).await.expect("no lock-up").expect("no panic");
        // The same name twice asks for one permit, not for two of one.
        assert!(enters(&gate, None, &["a", "a"]).await.is_some());
    }
}
