use std::sync::Arc;
use std::time::Duration;

use poolproof::observe::probes::PROBES;
use poolproof::observe::{Context, Vantage};
use serde_json::{Value, json};

use crate::{now, serve};

const SERVERS: &str = "\
authorities: { ca: { subject: CA } }
certificates: { fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com, fe11.contoso.com], issuer: ca } }
dns:
  internal: { server: 10.0.0.53, zones: [contoso.com] }
  external: { server: 10.0.0.54, zones: [contoso.com] }
hosts:
  10.0.0.1:
    name: fe11
    from: [internal]
    ports:
      5061: { tls: fe11, client_certificate: asked, sip: { server: fe11.contoso.com, version: '6.0' } }
      5060: { sip: { server: fe11.contoso.com, version: '6.0', schemes: [NTLM] } }
      5065: { sip: { server: fe11.contoso.com, version: '6.0', schemes: [TLS-DSK], web: web01.contoso.com, minutes_fast: -20 } }
      5062:
        sip:
          server: fe11.contoso.com
          version: '7.0'
          answer: { status: { code: 504, reason: Server time-out, headers: ['ms-diagnostics: 1008;reason=\"No SRV; none\"'] } }
      5063: { sip: { server: fe11.contoso.com, version: '7.0', answer: { raw: \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\" } } }
      5064: { tls: fe11, client_certificate: required, sip: { server: fe11.contoso.com, version: '7.0' } }
";

async fn ask(port: u16, transport: &str) -> Result<Value, String> {
    let mock = serve(SERVERS).await;
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "sip").expect("a probe");
    let context = Context::new(Arc::new(network), Duration::from_mins(1), now());
    let params = json!({"host": "10.0.0.1", "port": port, "transport": transport, "sni": "fe11.contoso.com"});
    let answer = (probe.ask)(params, context).await.map_err(|error| error.message)?;
    Ok(Value::Object(answer.facts.values))
}

#[tokio::test]
async fn a_front_end_challenges_whoever_asks() {
    let facts = ask(5061, "tls").await.expect("facts");
    assert_eq!(facts["status"], 401);
    assert_eq!(facts["schemes"], json!(["NTLM", "Kerberos", "TLS-DSK"]));
    assert_eq!(facts["registrars"], json!(["fe11.contoso.com"]));
    assert_eq!(facts["server"], "RTC/6.0");
    assert_eq!(facts["faults"], json!([]));
    assert_eq!(facts["tls"]["verified"], true);
    assert!(facts["clock_offset_seconds"].as_i64().is_some_and(|offset| offset.abs() < 60), "{facts}");
    assert_eq!(ask(5060, "tcp").await.expect("facts")["schemes"], json!(["NTLM"]));
    let slow = ask(5065, "tcp").await.expect("facts");
    let sts = "https://web01.contoso.com:443/CertProv/CertProvisioningService.svc";
    assert_eq!(slow["challenges"][0]["sts_uri"], sts);
    assert!(slow["clock_offset_seconds"].as_i64().is_some_and(|offset| (-1260..-1140).contains(&offset)), "{slow}");
}

#[tokio::test]
async fn answers_can_be_anything() {
    let facts = ask(5062, "tcp").await.expect("facts");
    assert_eq!((&facts["status"], &facts["reason"]), (&json!(504), &json!("Server time-out")));
    assert_eq!(facts["diagnostics"][0]["reason"], "No SRV; none");
    let error = ask(5063, "tcp").await.expect_err("not SIP");
    assert!(error.contains("begins no SIP message"), "{error}");
    let error = ask(5064, "tls").await.expect_err("no client certificate");
    assert!(error.contains("client certificate"), "{error}");
}
