//! Documents that are broken, hostile, or something else: refused with a place, never a
//! panic, never slow.

use std::fmt::Write as _;

use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::generated::contoso;
use super::{read, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("broken::each fault has its code and its place", faults),
        trial("broken::entities are not expanded", entities),
        trial("broken::depth, elements and attributes are bounded", bounds),
        trial("broken::names are bounded, since every record that refers to them repeats them", long_names),
        trial("broken::everything wrong is told at once", all_at_once),
        trial("broken::cut off anywhere", cut_off),
        trial("broken::changed anywhere", mutated),
    ]
}

fn refused(text: &str) -> Vec<(String, String)> {
    let found = read(text).expect_err("refused");
    assert!(found.iter().all(poolproof::diagnostic::Diagnostic::is_error));
    found.iter().map(|one| (one.code.as_str().to_owned(), one.to_string())).collect()
}

fn faults() {
    let text = contoso().published();
    let with = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        changed
    };
    let cases = [
        (String::new(), "xml-syntax", "no XML at all"),
        ("{\"Topology\": 1}".to_owned(), "xml-syntax", "text outside"),
        ("<html><body/></html>".to_owned(), "not-a-topology", "`html` is not the root"),
        (with("Topology.2008", "Topology.2013"), "not-a-topology", "Deploy.Topology.2013"),
        ("<Topology/>".to_owned(), "not-a-topology", "namespace ``"),
        (
            "<TopologyBuilder xmlns=\"urn:schema:Microsoft.Rtc.Management.Deploy.TopologyBuilder.2008\"/>".to_owned(),
            "not-a-topology",
            "without a topology in it",
        ),
        (with("<Sites>", "<Sites><x:Y/>"), "xml-syntax", "prefix `x`"),
        (with("</Sites>", "</Cites>"), "xml-syntax", "broken XML"),
        (format!("{text}<Topology/>"), "xml-syntax", "second document"),
        (with("Number=\"2\"", "Number=\"1\""), "inconsistent-topology", "the cluster `1:1` is there twice"),
        (
            with("WebServices\" Instance=\"6\"/><Dep", "WebServices\" Instance=\"3\"/><Dep"),
            "inconsistent-topology",
            "is there twice",
        ),
        (with("SiteId=\"2\"><Name", "SiteId=\"1\"><Name"), "inconsistent-topology", "the site `1` is there twice"),
        (with("<ClusterId SiteId=\"2\"", "<ClusterId SiteId=\"7\""), "inconsistent-topology", "site `7`"),
        (
            with(
                "<InstalledOn><ClusterId SiteId=\"1\" Number=\"1\"",
                "<InstalledOn><ClusterId SiteId=\"1\" Number=\"77\"",
            ),
            "inconsistent-topology",
            "installed on `1:77`",
        ),
        (with("Port=\"5061\"", "Port=\"70000\""), "inconsistent-topology", "`Port` is `70000`"),
        (with("ServiceVersion=\"7\"", "ServiceVersion=\"seven\""), "inconsistent-topology", "`seven`"),
        (with(" Fqdn=\"pool01.contoso.com\"", ""), "inconsistent-topology", "`Cluster` without `Fqdn`"),
    ];
    for (text, code, message) in cases {
        let found = refused(&text);
        assert!(found.iter().any(|(known, told)| known == code && told.contains(message)), "{message}: {found:?}");
        assert!(found.iter().all(|(_, told)| told.starts_with("topology.xml:")), "{found:?}");
    }
}

fn entities() {
    let mut bomb = String::from("<?xml version=\"1.0\"?><!DOCTYPE Topology [<!ENTITY a \"aaaaaaaaaa\">");
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
        let _ = write!(bomb, "<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
    }
    bomb += "]><Topology xmlns=\"urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008\">&i;</Topology>";
    let found = refused(&bomb);
    assert_eq!((found.len(), found[0].0.as_str()), (1, "xml-unsupported"));
    let outside = "<!DOCTYPE Topology SYSTEM \"file:///etc/passwd\"><Topology/>";
    assert_eq!(refused(outside)[0].0, "xml-unsupported");
    for entity in ["<Sites>&bomb;</Sites>", "<Sites a=\"&bomb;\"/>"] {
        let text = format!(
            "<Topology xmlns=\"urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008\">\n{entity}</Topology>"
        );
        let found = refused(&text);
        assert_eq!(found[0].0, "xml-unsupported", "{found:?}");
        assert!(found[0].1.contains("topology.xml:2:") && found[0].1.contains("`bomb`"), "{found:?}");
    }
}

fn bounds() {
    let open = "<a xmlns=\"urn:x\">".to_owned() + &"<a>".repeat(100_000);
    assert_eq!(refused(&open)[0].0, "xml-limits");
    let many = format!("<a>{}</a>", "<b/>".repeat(400_000));
    assert_eq!(refused(&many)[0].0, "xml-limits");
    let mut wide = String::from("<a");
    for index in 0..200_000 {
        let _ = write!(wide, " a{index}=\"\"");
    }
    assert_eq!(refused(&(wide + "/>"))[0].0, "xml-limits");
    let mut spaces = String::from("<a");
    for index in 0..200_000 {
        let _ = write!(spaces, " xmlns:a{index}=\"urn:{index}\"");
    }
    assert_eq!(refused(&(spaces + "/>"))[0].0, "xml-limits");
}

fn long_names() {
    let long = "x".repeat(1 << 20);
    let spaces = format!("<a:a xmlns:a=\"{long}\" xmlns:b=\"{long}b\">{}</a:a>", "<a:x/><b:x/>".repeat(10));
    let found = refused(&spaces);
    assert!(found[0].0 == "xml-limits" && found[0].1.contains("namespace of more than 2048 bytes"), "{found:?}");
    let found = refused(&format!("<a b=\"{long}\"/>"));
    assert!(found[0].0 == "xml-limits" && found[0].1.contains("attribute of more than 2048 bytes"), "{found:?}");
    let text = contoso().published();
    let name = "x".repeat(256);
    let machine = text.replacen("Fqdn=\"fe21", &format!("Fqdn=\"{name}fe21"), 1);
    let site = text.replacen(">Redmond<", &format!(">{name}<"), 1);
    for (changed, message) in [(machine, "machine's name of more than 255"), (site, "site's name of more than 255")] {
        assert_ne!(changed, text);
        let found = refused(&changed);
        assert!(found.iter().any(|one| one.1.contains(message)), "{found:?}");
    }
}

fn all_at_once() {
    let text = contoso()
        .published()
        .replace("><", ">\n<")
        .replace("Port=\"5061\"", "Port=\"x\"")
        .replace("Number=\"2\"", "Number=\"1\"");
    let found = read(&text).expect_err("refused");
    assert!(found.len() > 5, "{found:?}");
    let lines: Vec<usize> = found.iter().filter_map(|one| Some(one.place.as_ref()?.line_column().0)).collect();
    assert!(lines.len() == found.len() && lines.is_sorted(), "{lines:?}");
}

fn cut_off() {
    for text in [contoso().published(), contoso().builder()] {
        assert!(text.is_ascii());
        for end in (0..text.len()).step_by(61) {
            let found = refused(&text[..end]);
            assert_eq!(found[0].0, "xml-syntax", "{end}: {found:?}");
        }
    }
}

/// The property of the fuzz target: whatever is read is consistent in itself.
fn mutated() {
    let documents = [contoso().published(), contoso().builder()];
    let change = (0..2_usize, any::<prop::sample::Index>(), 0..40_usize, "[ -~]{0,12}|[\\x00-\\x1f<>&\"]{1,4}");
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&change, |(document, at, cut, with)| {
        let document = &documents[document];
        let start = at.index(document.len());
        let end = (start + cut).min(document.len());
        let text = format!("{}{with}{}", &document[..start], &document[end..]);
        if let Ok(topology) = read(&text) {
            for service in &topology.services {
                prop_assert!(service.host.is_none() || topology.cluster_of(service).is_some());
            }
            for (index, cluster) in topology.clusters() {
                prop_assert!(topology.site(cluster.site).is_some());
                prop_assert!(topology.services_on(index).all(|one| topology.cluster_of(one).is_some()));
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
