//! What real web services sent, through the `http` probe. The files lie beside the project.

use libtest_mimic::{Failed, Trial};
use poolproof::observe::ErrorClass;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::peers;
use super::samples::same;
use super::world::World;

/// Where a fact is, and what it must be.
type Expected = &'static [(&'static str, &'static str)];

/// A file, the status of its answer, and facts as JSON. A part of a path is a name or a place in a list.
const ANSWERS: &[(&str, u16, Expected)] = &[
    (
        "autodiscoverresponse-user-external.xml",
        200,
        &[
            ("autodiscover/resource", r#""user""#),
            ("autodiscover/access_location", r#""External""#),
            ("autodiscover/sip_client_internal_access", r#"{"fqdn": "pool01.contoso.com", "port": 443}"#),
            ("autodiscover/sip_server_internal_access", r#"{"fqdn": "pool01.contoso.com", "port": 5061}"#),
            ("autodiscover/sip_client_external_access", r#"{"fqdn": "sip.contoso.com", "port": 443}"#),
            ("autodiscover/sip_server_external_access", r#"{"fqdn": "sip.contoso.com", "port": 5061}"#),
            ("autodiscover/links/0/token", r#""external/autodiscover""#),
            ("autodiscover/links/14/token", r#""self""#),
            ("autodiscover/links/10/href", r#""https://webexternal.contoso.com/ucwa/v1/applications""#),
            (
                "autodiscover/hosts",
                r#"["webexternal.contoso.com", "webinternal.contoso.net", "webexternal.contoso.net"]"#,
            ),
            ("autodiscover/redirect", "null"),
        ],
    ),
    (
        "ews-401-oauth-invalid-tenant-headers.txt",
        401,
        &[
            ("diagnostics/0/id", "2000004"),
            ("diagnostics/0/reason", r#""The tenant for tenant guid 'contoso.com' does not exist.""#),
            ("schemes", r#"["Bearer", "Negotiate", "NTLM", "Basic"]"#),
            ("challenges/3/parameters/0", r#"{"name": "realm", "value": "autodiscover.contoso.com"}"#),
            ("server", r#""Microsoft-IIS/8.5""#),
        ],
    ),
    (
        "lyncdiscover-root-200.http",
        200,
        &[
            ("server_fqdn", r#""W15-LYNC-SE1.contoso.com""#),
            ("server", r#""Microsoft-IIS/7.5""#),
            ("content_type", r#""application/json""#),
            ("autodiscover/resource", "null"),
            ("autodiscover/user/host", r#""lyncweb.contoso.com""#),
            (
                "autodiscover/user/href",
                r#""https://lyncweb.contoso.com/Autodiscover/AutodiscoverService.svc/root/oauth/user?originalDomain=contoso.com""#,
            ),
            ("autodiscover/redirect", "null"),
            ("autodiscover/hosts", r#"["lyncweb.contoso.com"]"#),
            ("json/_links/xframe/href", r#""https://lyncweb.contoso.com/Autodiscover/XFrame/XFrame.html""#),
        ],
    ),
    // Half a line of JSON.
    ("trustedapp-getdiscoverurl.http.txt", 200, &[("autodiscover", "null")]),
    (
        "trustedapp-getdiscoverurl_1.http.txt",
        401,
        &[
            ("schemes", r#"["Bearer", "MsRtcOAuth"]"#),
            ("challenges/0/parameters/2/name", r#""authorization_uri""#),
            (
                "challenges/1/parameters/0",
                r#"{"name": "href", "value": "https://ext.vdomain.com:4443/WebTicket/oauthtoken"}"#,
            ),
            ("server_fqdn", r#""server.vdomain.com""#),
        ],
    ),
    // UCWA's form, and nothing of the Autodiscover service.
    (
        "trustedapp-getdiscoverurl_2.http.txt",
        200,
        &[("autodiscover", "null"), ("json/rel", r#""ms:rtc:saas:applications""#)],
    ),
    (
        "ucwa-redirect-ref.json.http",
        200,
        &[
            ("autodiscover/resource", r#""redirect""#),
            ("autodiscover/user/href", r#""http://10.0.0.1/autodiscover/autodiscoverservice.svc/root/user""#),
            ("autodiscover/hosts", r#"["10.0.0.1"]"#),
        ],
    ),
    (
        "ucwa-root-ref.json.http",
        200,
        &[
            ("autodiscover/resource", r#""root""#),
            (
                "autodiscover/redirect/href",
                r#""http://10.0.0.1/autodiscover/autodiscoverservice.svc/root/user/redirect""#,
            ),
            ("autodiscover/links/3/token", r#""xframe""#),
        ],
    ),
    (
        "ucwa-root-ref.xml.http",
        200,
        &[
            ("autodiscover/resource", r#""root""#),
            (
                "autodiscover/redirect/href",
                r#""http://10.0.0.1/autodiscover/autodiscoverservice.svc/root/user/redirect""#,
            ),
            ("autodiscover/links/0/token", r#""self""#),
            ("autodiscover/links/3/token", r#""xframe""#),
        ],
    ),
    (
        "ucwa-user-ref.xml.http",
        200,
        &[
            ("autodiscover/resource", r#""user""#),
            (
                "autodiscover/links/1",
                r#"{"token": "applications", "href": "http://10.0.0.1/ucwa/v1/applications", "host": "10.0.0.1"}"#,
            ),
            ("autodiscover/user", "null"),
        ],
    ),
    (
        "user-200-applications.http",
        200,
        &[
            ("autodiscover/links/1/token", r#""applications""#),
            ("autodiscover/links/1/host", r#""lyncweb.contoso.com""#),
            ("server_fqdn", r#""W15-LYNC-SE1.contoso.com""#),
        ],
    ),
    (
        "user-401-msrtcoauth.http",
        401,
        &[
            ("schemes", r#"["Bearer", "MsRtcOAuth"]"#),
            (
                "challenges/1/parameters",
                r#"[{"name": "href", "value": "https://lyncweb.contoso.com/WebTicket/oauthtoken"},
                    {"name": "grant_type", "value": "urn:microsoft.rtc:windows,urn:microsoft.rtc:anonmeeting,password"}]"#,
            ),
            ("server_fqdn", r#""W15-LYNC-SE1.contoso.com""#),
            ("autodiscover", "null"),
        ],
    ),
    (
        "webticket-400-diag28020.http",
        400,
        &[
            ("diagnostics/0/id", "28020"),
            ("diagnostics/0/source", r#""server.contoso.com""#),
            ("json/error", r#""invalid_grant""#),
            ("json/ms_rtc_passiveauthuri", r#""https://server.contoso.com/PassiveAuth/PassiveAuth.aspx""#),
            ("autodiscover", "null"),
        ],
    ),
    (
        "webticket-400-diag28029.http",
        400,
        &[("diagnostics/0/id", "28029"), ("json/error", r#""unsupported_grant_type""#)],
    ),
    (
        "webticket-oauthtoken-200.http",
        200,
        &[
            ("json/token_type", r#""Bearer""#),
            ("json/expires_in", "28289"),
            // A line that the page moved in continues the one before it.
            ("headers/4", r#"{"name": "cache-control", "value": "no-store Pragma: no-cache"}"#),
            ("autodiscover", "null"),
        ],
    ),
];

/// A client's log: nothing that a server sends.
const LOG: &str = "ios-client-log-ucwaautodiscovery-sslerror.txt";

pub fn trials() -> Vec<Trial> {
    let answers = ANSWERS.iter().map(|(file, status, expected)| {
        peers::trial(
            &format!("autodiscover::{file}"),
            move || sample(file),
            move |text| {
                let facts =
                    served(answer(&text), |world| Box::pin(async move { world.partial("http", question()).await.0 }));
                same("the status", &facts["status"], &json!(status))?;
                for (path, value) in *expected {
                    let value: Value = serde_json::from_str(value)?;
                    same(path, facts.pointer(&format!("/{path}")), Some(&value))?;
                }
                Ok(())
            },
        )
    });
    let log = peers::trial(
        &format!("autodiscover::{LOG}"),
        || sample(LOG),
        |text| {
            let error = served(text.into_bytes(), |world| {
                Box::pin(async move { world.error("http", question(), ErrorClass::Protocol).await })
            });
            same("what it said", error.contains("it doesn't speak HTTP, it said `2014-04-23"), true)?;
            Ok(())
        },
    );
    let every = peers::trial(
        "autodiscover::every_file",
        || peers::shared("samples/autodiscover"),
        |folder| {
            let mut files: Vec<String> = std::fs::read_dir(folder)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<std::io::Result<_>>()?;
            files.retain(|file| file != LOG && !ANSWERS.iter().any(|one| one.0 == file));
            same("the files that nothing is held against", files, Vec::<String>::new())?;
            Ok::<(), Failed>(())
        },
    );
    answers.chain([log, every]).collect()
}

fn sample(file: &str) -> Result<String, String> {
    let path = peers::shared(&format!("samples/autodiscover/{file}"))?;
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn question() -> Value {
    json!({"url": "http://10.0.0.1/"})
}

/// Serves the bytes to a probe.
fn served<T>(bytes: Vec<u8>, ask: impl FnOnce(World) -> std::pin::Pin<Box<dyn Future<Output = T>>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let world = World::new()
            .listen("10.0.0.1:80", move |mut stream| {
                let bytes = bytes.clone();
                async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                }
            })
            .await;
        ask(world).await
    })
}

/// The answer in a file as it was on the wire: line ends, the empty line before the body,
/// and the length are put right; line ends that a page lost too.
fn answer(text: &str) -> Vec<u8> {
    // Exchanges have their request first.
    let text = match (text.find("\nHTTP/1.1 "), text.find("Response:\n")) {
        (Some(at), _) => text.get(at + 1..).unwrap_or_default(),
        (None, Some(at)) => text.get(at + "Response:\n".len()..).unwrap_or_default(),
        (None, None) => text,
    };
    let lost = ["request-id:", "x-ms-diagnostics:", "Server:", "WWW-Authenticate:"];
    let text = if text.contains("Unauthorizedrequest-id") {
        lost.iter()
            .fold(text.replace("client-request-id", ""), |text, field| text.replace(field, &format!("\n{field}")))
    } else {
        text.to_owned()
    };
    let is_body = |line: &str| line.starts_with(['{', '<', '"']);
    let mut head: Vec<&str> = text.lines().filter(|line| !line.is_empty()).take_while(|line| !is_body(line)).collect();
    let body: Vec<&str> = text.lines().skip_while(|line| !is_body(line)).collect();
    if !head.first().is_some_and(|line| line.starts_with("HTTP/")) {
        head = vec!["HTTP/1.1 200 OK"];
    }
    head.retain(|line| !line.to_ascii_lowercase().starts_with("content-length"));
    let body = body.join("\n");
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes()
}
