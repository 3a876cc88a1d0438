//! Timeouts hold, whatever the peer does.

use std::time::{Duration, Instant};

use super::support::{DEPLOYMENT, ENVIRONMENT, Run};

/// The target pool's web port with a fault, asked with a timeout of two seconds.
fn asked(fault: &str) -> (serde_json::Value, Duration) {
    let check = "
  - id: web
    title: T
    observe: { web: { tls: { host: pool02.tiny.test, port: 443 } } }
    expect: [{ that: web.verified }]
    timeout: 2s
";
    let deployment = DEPLOYMENT.replace("443: { tls: pool02 }", &format!("443: {{ tls: pool02, fault: {fault} }}"));
    let ran = Run::tiny(check).mock(ENVIRONMENT, &deployment).status(3).ok();
    let observation = ran.observations().remove(0);
    let at = |name: &str| observation[name].as_str().expect("a time").parse::<jiff::Timestamp>().expect("a time");
    let took = at("started").duration_until(at("finished")).unsigned_abs();
    (ran.results().case("web").clone(), took)
}

#[test]
fn a_peer_that_never_answers_is_given_up_in_time() {
    for fault in ["{ kind: drop }", "{ kind: drop, times: 9 }", "{ delay: 1h }"] {
        let begun = Instant::now();
        let (case, took) = asked(fault);
        assert_eq!(case["cause"]["kind"], "timeout", "{fault}: {case:#}");
        assert!(took >= Duration::from_millis(1500), "{fault}: given up too early, after {took:?}");
        assert!(took <= Duration::from_secs(3), "{fault}: {took:?}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{fault}");
    }
}

#[test]
fn a_peer_that_breaks_the_protocol_is_no_pass() {
    for (fault, kinds) in [
        ("{ kind: garbage }", ["protocol", "tls"]),
        ("{ kind: reset }", ["connect", "tls"]),
        ("{ kind: close }", ["connect", "tls"]),
    ] {
        let (case, _) = asked(fault);
        assert!(kinds.iter().any(|kind| case["cause"]["kind"] == *kind), "{fault}: {case:#}");
    }
}
