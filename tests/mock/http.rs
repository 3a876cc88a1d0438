use std::sync::Arc;
use std::time::Duration;

use poolproof::mock::Mock;
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Context, Vantage};
use serde_json::{Value, json};

use crate::{now, serve};

const SERVERS: &str = r#"
authorities: { ca: { subject: CA } }
certificates:
  web02: { subject: pool02.contoso.com, names: [web02.contoso.com, fe21.contoso.com, fe22.contoso.com, lyncdiscoverinternal.contoso.com, meet.contoso.com, admin.contoso.com], issuer: ca }
  proxy: { subject: webext02.contoso.com, names: [webext02.contoso.com, webext01.contoso.com, lyncdiscover.contoso.com, dialin.contoso.com], issuer: ca }
dns:
  internal:
    server: 10.0.0.53
    zones: [contoso.com]
    records:
      web02.contoso.com: { A: [10.0.0.22] }
      fe21.contoso.com: { A: [10.0.0.21] }
      lyncdiscoverinternal.contoso.com: { A: [10.0.0.22] }
      meet.contoso.com: { A: [10.0.0.22] }
      admin.contoso.com: { A: [10.0.0.22] }
      webext01.contoso.com: { A: [10.0.0.32] }
      webext02.contoso.com: { A: [10.0.0.32] }
      webext09.contoso.com: { A: [10.0.0.32] }
      lyncdiscover.contoso.com: { A: [10.0.0.32] }
      dialin.contoso.com: { A: [10.0.0.32] }
web:
  pool01.contoso.com: { servers: [fe11.contoso.com], internal: web01.contoso.com, external: webext01.contoso.com, iis: "8.5" }
  pool02.contoso.com:
    servers: [fe21.contoso.com, fe22.contoso.com]
    internal: web02.contoso.com
    external: webext02.contoso.com
    access: sip.contoso.com
    answers:
      /scheduler/*: { status: { code: 500, headers: ["X-Ms-diagnostics: 28020;reason=\"No; token\"", "X-Powered-By:"], body: broken } }
      meet.contoso.com/ann/*: { status: { code: 404 } }
      web02.contoso.com/autodiscover/autodiscoverservice.svc/root: { redirect: "https://webext01.contoso.com/Autodiscover/AutodiscoverService.svc/root" }
publishing:
  proxy:
    webext01.contoso.com: pool01.contoso.com
    webext02.contoso.com: pool02.contoso.com
    lyncdiscover.contoso.com: pool02.contoso.com
    dialin.contoso.com: pool02.contoso.com
hosts:
  10.0.0.21:
    name: fe21
    from: [internal]
    ports:
      443: { tls: web02, http: { internal: fe21.contoso.com } }
      4443: { tls: web02, http: { external: fe21.contoso.com } }
      8081: { http: { raw: "HTTP/1.1 200 Good\r\nContent-Length: 3\r\n\r\nraw" } }
      8082: { http: { raw: "SIP/2.0 200 OK\r\n\r\n" } }
      8083: { http: { internal: fe21.contoso.com }, fault: { kind: slow } }
      8084: { http: { internal: fe21.contoso.com }, fault: { kind: garbage } }
      8085: { http: { internal: fe21.contoso.com }, fault: { kind: close } }
      8086: { http: { internal: fe21.contoso.com }, fault: { kind: reset, times: 1 } }
      8087: { http: { internal: fe21.contoso.com }, fault: { delay: 200ms } }
      8088: { http: { internal: fe21.contoso.com }, fault: { kind: refuse } }
      8089: { http: { internal: fe21.contoso.com }, fault: { kind: drop } }
  10.0.0.22: { name: web02, from: [internal], ports: { 80: { http: { internal: fe22.contoso.com } }, 443: { tls: web02, http: { internal: fe22.contoso.com } } } }
  10.0.0.32: { name: proxy, from: [internal], ports: { 80: { http: { publishing: proxy } }, 443: { tls: proxy, http: { publishing: proxy } } } }
"#;

const ROOT: &str = "/autodiscover/autodiscoverservice.svc/root";
const UCWA: &str = "application/json";
const XML: &str = "application/vnd.microsoft.rtc.autodiscover+xml;v=1";

async fn ask(mock: &Mock, params: Value, timeout: Duration) -> Result<Value, String> {
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "http").expect("a probe");
    let context = Context::new(Arc::new(network), timeout, now());
    let answer = (probe.ask)(params, context).await.map_err(|error| error.message)?;
    Ok(Value::Object(answer.facts.values))
}

async fn get(mock: &Mock, url: &str, accept: Option<&str>) -> Value {
    let mut params = json!({ "url": url });
    if let Some(accept) = accept {
        params["headers"] = json!({ "accept": accept });
    }
    ask(mock, params, Duration::from_mins(1)).await.unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn header<'a>(facts: &'a Value, name: &str) -> Option<&'a str> {
    let headers = facts["headers"].as_array()?;
    headers.iter().find(|header| header["name"] == name)?["value"].as_str()
}

/// The pairs of two attributes of every element of that name.
fn elements(xml: &str, element: &str, names: [&str; 2]) -> Vec<(String, String)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().expect("XML") {
            quick_xml::events::Event::Eof => return found,
            quick_xml::events::Event::Empty(tag) if tag.name().as_ref() == element.as_bytes() => {
                let value = |name: &str| {
                    let attribute = tag.try_get_attribute(name).expect("XML").expect(name);
                    attribute.unescape_value().expect("text").into_owned()
                };
                found.push((value(names[0]), value(names[1])));
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn autodiscover_leads_to_the_pool_that_answers() {
    let mock = serve(SERVERS).await;
    let inside = get(&mock, "https://lyncdiscoverinternal.contoso.com/?sipuri=ann@contoso.net", Some(UCWA)).await;
    assert_eq!((&inside["status"], &inside["server_fqdn"]), (&json!(200), &json!("fe22.contoso.com")));
    assert_eq!(
        inside["json"]["_links"]["user"]["href"],
        "https://web02.contoso.com/Autodiscover/AutodiscoverService.svc/root/oauth/user?originalDomain=contoso.net"
    );
    let outside = get(&mock, "https://lyncdiscover.contoso.com/", None).await;
    assert_eq!((&outside["status"], &outside["server_fqdn"]), (&json!(200), &json!("fe21.contoso.com")));
    assert_eq!(
        outside["json"]["_links"]["self"]["href"],
        "https://webext02.contoso.com/Autodiscover/AutodiscoverService.svc/root?originalDomain=contoso.com",
        "without an Accept header it answers too"
    );
    let legacy = get(&mock, &format!("https://webext01.contoso.com{ROOT}"), None).await;
    assert_eq!((&legacy["server_fqdn"], &legacy["server"]), (&json!("fe11.contoso.com"), &json!("Microsoft-IIS/8.5")));

    let xml = get(&mock, "https://lyncdiscover.contoso.com/", Some(XML)).await;
    assert!(xml["content_type"].as_str().expect("a type").contains("autodiscover+xml"));
    let body = xml["body"].as_str().expect("a body");
    assert!(body.contains(r#"AccessLocation="External""#), "{body}");
    let links = elements(body, "Link", ["token", "href"]);
    let tokens: Vec<&str> = links.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(tokens, ["Domain", "User", "Self", "OAuth"]);
    for (_, href) in &links {
        assert!(href.starts_with("https://webext02.contoso.com/Autodiscover/AutodiscoverService.svc/root"), "{href}");
    }
    let domain = get(&mock, &links[0].1, Some(XML)).await;
    assert_eq!(domain["status"], 200);
    let access = elements(domain["body"].as_str().expect("a body"), "SipServerInternalAccess", ["fqdn", "port"]);
    assert_eq!(access, [("pool02.contoso.com".to_owned(), "5061".to_owned())]);
}

#[tokio::test]
async fn autodiscover_can_lead_on_and_does_in_the_clear() {
    let mock = serve(SERVERS).await;
    let on = "https://webext01.contoso.com/Autodiscover/AutodiscoverService.svc/root";
    let json = get(&mock, &format!("https://web02.contoso.com{ROOT}"), None).await;
    assert_eq!(json["json"], json!({"_links": {"redirect": {"href": on}}}));
    let xml = get(&mock, &format!("https://web02.contoso.com{ROOT}"), Some(XML)).await;
    assert_eq!(
        elements(xml["body"].as_str().expect("a body"), "Link", ["token", "href"]),
        [("Redirect".to_owned(), on.to_owned())]
    );
    let clear = get(&mock, "http://lyncdiscover.contoso.com/", None).await;
    assert_eq!((&clear["status"], &clear["tls"]), (&json!(200), &Value::Null));
    let links = clear["json"]["_links"].as_object().expect("links");
    assert_eq!(links.keys().collect::<Vec<_>>(), ["redirect"]);
    assert!(links["redirect"]["href"].as_str().expect("a link").starts_with("https://webext02.contoso.com/"));
    assert_eq!(get(&mock, "http://dialin.contoso.com/", None).await["status"], 403);
}

#[tokio::test]
async fn what_needs_a_sign_in_says_which() {
    let mock = serve(SERVERS).await;
    let user = get(&mock, &format!("https://webext02.contoso.com{ROOT}/user"), None).await;
    assert_eq!(user["status"], 401);
    let ticket = header(&user, "x-ms-webticketurl");
    assert_eq!(ticket, Some("https://webext02.contoso.com/WebTicket/WebTicketService.svc"));
    let oauth = get(&mock, &format!("https://fe21.contoso.com{ROOT}/oauth/user"), None).await;
    assert_eq!((&oauth["status"], &oauth["schemes"]), (&json!(401), &json!(["Bearer", "MsRtcOAuth"])));
    let parameters = oauth["challenges"][1]["parameters"].as_array().expect("parameters");
    let href = parameters.iter().find(|one| one["name"] == "href").expect("an href");
    assert_eq!(href["value"], "https://web02.contoso.com/WebTicket/oauthtoken");
    let ucwa = get(&mock, "https://fe21.contoso.com:4443/ucwa/v1/applications", None).await;
    assert_eq!((&ucwa["status"], &ucwa["schemes"]), (&json!(401), &json!(["Bearer", "MsRtcOAuth"])));
    let windows = json!(["Negotiate", "NTLM"]);
    for path in ["/abs/handler", "/groupexpansion/service.svc", "/cscp/", "/OcsPowershell"] {
        let facts = get(&mock, &format!("https://fe21.contoso.com{path}"), None).await;
        assert_eq!((&facts["status"], &facts["schemes"]), (&json!(401), &windows), "{path}");
    }
    let admin = get(&mock, "https://admin.contoso.com/", None).await;
    assert_eq!((&admin["status"], &admin["schemes"]), (&json!(401), &windows));
}

#[tokio::test]
async fn pages_are_where_they_belong() {
    let mock = serve(SERVERS).await;
    for (url, status) in [
        ("https://meet.contoso.com/", 200),
        ("https://meet.contoso.com/bob/ABCD", 200),
        ("https://meet.contoso.com/Ann/ABCD", 404), // the fixture says so
        ("https://dialin.contoso.com/", 200),
        ("https://web02.contoso.com/LWA/WebPages/LwaClient.aspx", 200),
        ("https://web02.contoso.com/CertProv/CertProvisioningService.svc/mex", 200),
        ("https://web02.contoso.com/WebTicket/WebTicketService.svc", 200),
        ("https://web02.contoso.com/metadata/json/1", 200),
        ("https://webext02.contoso.com/cscp/", 404), // inside only
        ("https://webext02.contoso.com/nothing", 404),
        ("https://web02.contoso.com/scheduler/", 500), // the fixture says so
    ] {
        let facts = get(&mock, url, None).await;
        assert_eq!(facts["status"], status, "{url}");
        assert!(facts["server_fqdn"].is_string(), "{url}: every answer of the product names the server");
    }
    let broken = get(&mock, "https://web02.contoso.com/scheduler/", None).await;
    assert_eq!((&broken["body"], &broken["diagnostics"][0]["id"]), (&json!("broken"), &json!(28020)));
    assert_eq!(header(&broken, "x-powered-by"), None);
    let unknown = get(&mock, "https://webext09.contoso.com/", None).await;
    assert_eq!((&unknown["status"], &unknown["server_fqdn"]), (&json!(404), &Value::Null), "the proxy's own answer");
}

#[tokio::test]
async fn both_versions_and_no_body_for_head() {
    let mock = serve(SERVERS).await;
    for (version, spoken) in [("1.1", "HTTP/1.1"), ("2", "HTTP/2")] {
        let params = json!({"url": "https://dialin.contoso.com/", "version": version, "method": "HEAD"});
        let facts = ask(&mock, params, Duration::from_mins(1)).await.expect("facts");
        assert_eq!((&facts["version"], &facts["status"]), (&json!(spoken), &json!(200)));
        assert_eq!((&facts["body_bytes"], &facts["tls"]["verified"]), (&json!(0), &json!(true)));
    }
}

#[tokio::test]
async fn faults_and_raw_answers() {
    let mock = serve(SERVERS).await;
    let at = |port: u16| json!({"url": format!("http://10.0.0.21:{port}{ROOT}")});
    let long = Duration::from_mins(1);
    let raw = ask(&mock, at(8081), long).await.expect("facts");
    assert_eq!((&raw["status"], &raw["body"]), (&json!(200), &json!("raw")));
    for port in [8082, 8084, 8085, 8088] {
        assert!(ask(&mock, at(port), long).await.is_err(), "{port}");
    }
    assert!(ask(&mock, at(8089), Duration::from_millis(400)).await.is_err(), "silence");
    assert!(ask(&mock, at(8086), long).await.is_err(), "a reset, once");
    let served = ask(&mock, at(8086), long).await.expect("served the second time");
    assert_eq!(served["status"], 200);
    assert_eq!(ask(&mock, at(8083), long).await.expect("byte by byte")["status"], 200);
    let late = ask(&mock, at(8087), long).await.expect("late");
    assert!(late["elapsed_ms"].as_u64().expect("a time") >= 200);
}
