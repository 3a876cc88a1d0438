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
