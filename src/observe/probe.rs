//! What every probe is made of: a typed question, typed facts, and how one is turned
//! into the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::network::Network;
use super::observation::{ErrorClass, Evidence, Facts, ProbeError};
use crate::accounts::{Member, Roster};
use crate::values::{Effect, HostPort, SipAddress};

/// What a probe may use of the world.
#[derive(Clone)]
pub struct Context {
    /// Names, connections and trust as they are from the question's vantage.
    pub network: Arc<Network>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// The run's clock: what `days_left` counts from.
    pub now: Timestamp,
    /// The accounts that may sign in.
    pub roster: Arc<Roster>,
    /// The one that asks, where one does.
    pub account: Option<String>,
}

impl Context {
    /// A context in which nobody signs in.
    #[must_use]
    pub fn new(network: Arc<Network>, timeout: Duration, now: Timestamp) -> Self {
        Self { network, timeout, now, roster: Arc::new(Roster::nobody()), account: None }
    }

    /// The account that asks.
    ///
    /// # Errors
    /// None does, or it is none of the environment's.
    pub fn member(&self) -> Result<&Member, ProbeError> {
        let not_asked = |cause: String| ProbeError::new(ErrorClass::NotAsked, cause);
        let account =
            self.account.as_deref().ok_or_else(|| not_asked("no account asks: the check names none".to_owned()))?;
        self.roster.member(account).ok_or_else(|| {
            not_asked(format!("`{account}` is none of the environment's accounts, and nobody else signs in"))
        })
    }

    /// What a probe itself waits for, a little less than the attempt may take: silence is
    /// then told by the probe, which knows what it was waiting for.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.timeout.mul_f32(0.9)
    }
}

/// What a probe learned.
#[derive(Clone, Debug)]
pub struct Answer<F> {
    /// The facts.
    pub facts: F,
    /// Facts that could not be determined: field name and reason. They are left out of
    /// the facts, whatever `facts` holds for them.
    pub unknown: Vec<(&'static str, String)>,
    /// Names that were reached elsewhere, because `connect` says so.
    pub connect: Vec<String>,
    /// Texts for people.
    pub evidence: Vec<Evidence>,
}

impl<F> Answer<F> {
    /// Facts alone.
    #[must_use]
    pub fn of(facts: F) -> Self {
        Self { facts, unknown: Vec::new(), connect: Vec::new(), evidence: Vec::new() }
    }
}

/// What a question says of itself before it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The traces that it leaves: the check must declare them.
    pub effects: Vec<Effect>,
    /// What is wrong with its parameters.
    pub faults: Vec<Fault>,
}

/// What is wrong with a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The parameter.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// The way out; may be empty.
    pub hint: String,
}

/// Somebody whom a question touches: who gets the message or the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Whoever has this address.
    Address(SipAddress),
    /// Whoever answers this number, as it is dialled.
    Number(String),
    /// The parameter that says who is not given.
    Unsaid(&'static str),
}

/// A kind of probe.
pub trait Probe: Send + Sync + 'static {
    /// Its parameters, as `observe:` in a check file writes them.
    type Spec: DeserializeOwned + Serialize + JsonSchema + Send;
    /// What it learns.
    type Facts: Serialize + JsonSchema + Send;

    /// Its name in check files.
    const NAME: &'static str;
    /// One sentence for the documentation.
    const SUMMARY: &'static str;
    /// Whether it signs in as the check's account. Such a question is never asked twice.
    const SIGNS_IN: bool = false;

    /// What limits per host count for this question.
    fn target(spec: &Self::Spec) -> Option<HostPort>;

    /// What can be told of a question when its file is loaded, beyond what the schema of
    /// its parameters says. Values that hold `${…}` are in `given` as they are written.
    #[must_use]
    fn review(given: &Map<String, Value>) -> Review {
        let _ = given;
        Review::default()
    }

    /// Whom it touches, where it leaves a trace. Accounts that ask are not meant.
    #[must_use]
    fn touches(spec: &Self::Spec) -> Vec<Touched> {
        let _ = spec;
        Vec::new()
    }

    /// The accounts that sign in beside the one that asks: none of them takes part in anything
    /// else meanwhile.
    #[must_use]
    fn companions(spec: &Self::Spec) -> Vec<SipAddress> {
        let _ = spec;
        Vec::new()
    }

    /// Asks once. Dropping the future stops it.
    fn ask(spec: Self::Spec, context: Context) -> impl Future<Output = Result<Answer<Self::Facts>, ProbeError>> + Send;
}

type Asked = Pin<Box<dyn Future<Output = Result<Answer<Facts>, ProbeError>> + Send>>;

/// A probe without its types, for the registry.
#[derive(Clone, Copy)]
pub struct ProbeKind {
    /// Its name in check files.
    pub name: &'static str,
    /// One sentence for the documentation.
    pub summary: &'static str,
    /// Whether it signs in as the check's account.
    pub signs_in: bool,
    /// The JSON Schema of its parameters.
    pub spec_schema: fn() -> Schema,
    /// The JSON Schema of its facts.
    pub facts_schema: fn() -> Schema,
    /// What limits per host count for these parameters.
    pub target: fn(&Value) -> Option<HostPort>,
    /// What can be told of a question before it is asked.
    pub review: fn(&Map<String, Value>) -> Review,
    /// Whom a question with these parameters touches.
    pub touches: fn(&Value) -> Vec<Touched>,
    /// Who else signs in for a question with these parameters.
    pub companions: fn(&Value) -> Vec<SipAddress>,
    /// Asks once.
    pub ask: fn(Value, Context) -> Asked,
}

impl ProbeKind {
    /// The registry's entry for a probe.
    #[must_use]
    pub const fn of<P: Probe>() -> Self {
        Self {
            name: P::NAME,
            summary: P::SUMMARY,
            signs_in: P::SIGNS_IN,
            spec_schema: || schema_for!(P::Spec),
            facts_schema: || schema_for!(P::Facts),
            target: |params| serde_json::from_value(params.clone()).ok().and_then(|spec| P::target(&spec)),
            review: P::review,
            // Parameters that don't fit are never asked.
            touches: |params| serde_json::from_value(params.clone()).map(|spec| P::touches(&spec)).unwrap_or_default(),
            companions: |params| {
                serde_json::from_value(params.clone()).map(|spec| P::companions(&spec)).unwrap_or_default()
            },
            ask: |params, context| Box::pin(ask::<P>(params, context)),
        }
    }
}

async fn ask<P: Probe>(params: Value, context: Context) -> Result<Answer<Facts>, ProbeError> {
    let spec = serde_json::from_value(params).map_err(|error| {
        ProbeError::new(ErrorClass::NotAsked, format!("{}: the parameters don't fit: {error}", P::NAME))
    })?;
    let answer = P::ask(spec, context).await?;
    let internal = |what: &str| ProbeError::new(ErrorClass::Internal, format!("{}: facts that are no {what}", P::NAME));
    let Value::Object(mut values) = serde_json::to_value(answer.facts).map_err(|_| internal("JSON"))? else {
        return Err(internal("object"));
    };
    let unknown: std::collections::BTreeMap<_, _> =
        answer.unknown.into_iter().map(|(name, reason)| (name.to_owned(), reason)).collect();
    values.retain(|name, _| !unknown.contains_key(name));
    Ok(Answer {
        facts: Facts { values, unknown },
        unknown: Vec::new(),
        connect: answer.connect,
        evidence: answer.evidence,
    })
}

impl std::fmt::Debug for ProbeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
