use std::sync::Arc;
use std::time::Duration;

use poolproof::observe::probes::PROBES;
use poolproof::observe::{Answer, Context, ErrorClass, Facts, ProbeError, Vantage};
use serde_json::{Value, json};

use crate::{now, serve};

const SHELL: &str = "\
dns: { internal: { server: 10.0.0.53, zones: [contoso.com] } }
shell:
  partners: { cmdlet: Test-CsFederatedPartner, records: [{ TargetFqdn: edge02.contoso.com, Result: Success, Latency: '00:00:01.5', Error: null, Diagnosis: null }] }
  fabrikam:
    cmdlet: Test-CsFederatedPartner
    parameters: { Domain: fabrikam.com }
    records: [{ TargetFqdn: edge02.contoso.com, Result: Failure, Latency: '00:00:00', Error: '504, Server time-out', Diagnosis: 'ErrorCode=1008,Source=edge02.contoso.com,Reason=No SRV' }]
  orbits: { cmdlet: Get-CsCallParkOrbit, records: [{ Identity: One }, { Identity: Two }, { Identity: Three }] }
  pools: { cmdlet: Get-CsPool, errors: [the store went away] }
";

async fn ask(params: Value) -> Result<Answer<Facts>, ProbeError> {
    let mock = serve(SHELL).await;
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "cmdlet").expect("a probe");
    let context = Context::new(Arc::new(network), Duration::from_mins(1), now());
    let answer = (probe.ask)(params, context).await;
    mock.stop().await;
    answer
}

fn partner(domain: &str) -> Value {
    json!({"name": "Test-CsFederatedPartner", "parameters": {"TargetFqdn": "edge02.contoso.com", "Domain": domain}})
}

#[tokio::test]
async fn the_answer_that_fits_best_counts() {
    let facts = ask(partner("litware.com")).await.expect("facts").facts.values;
    assert_eq!((&facts["succeeded"], &facts["latency_ms"]), (&json!(true), &json!(1500)));
    let facts = ask(partner("Fabrikam.com")).await.expect("facts").facts.values;
    assert_eq!((&facts["succeeded"], &facts["diagnosis"]["code"]), (&json!(false), &json!(1008)));
    let answer = ask(json!({"name": "Get-CsCallParkOrbit", "most": 2})).await.expect("facts");
    assert_eq!(answer.facts.values["count"], 3);
    assert!(answer.facts.unknown.contains_key("records"), "{:?}", answer.facts);
}

#[tokio::test]
async fn what_has_no_answer_is_no_answer() {
    let error = ask(json!({"name": "Get-CsPool"})).await.expect_err("an error");
    assert!(error.message.contains("the store went away"), "{error}");
    let error = ask(json!({"name": "Get-CsUser"})).await.expect_err("no answer");
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(error.message.contains("has no answer for Get-CsUser"), "{error}");
    // A deployment without a shell has none at all.
    let mock = serve("dns: { internal: { server: 10.0.0.53, zones: [contoso.com] } }").await;
    assert!(mock.networks().values().all(|network| network.shell.is_none()));
}
