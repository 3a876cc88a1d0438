//! The PowerShell that is sent to people's servers, held against a grammar that is not
//! ours: there is no Windows PowerShell here to run it with. docs/export.md says what that
//! leaves unproven.

use std::collections::{BTreeMap, BTreeSet};

use poolproof::inventory::dataset;
use poolproof::inventory::source::script::{Options, cmdlets, script};
use poolproof::observe::probes::cmdlet;
use poolproof::powershell::{BOOTSTRAP, cmdlets as list};
use tree_sitter::{Node, Parser, Tree};

/// The shell's own cmdlets that scripts may name, each with the parameters that they use.
/// None of them writes anything; files are written by the .NET calls listed below.
const BUILT_IN: &[(&str, &[&str])] = &[
    ("ConvertFrom-Json", &["InputObject"]),
    ("ForEach-Object", &["Process"]),
    ("Get-Command", &["Name", "ErrorAction"]),
    ("Get-Module", &["Name", "ListAvailable"]),
    ("Get-WinEvent", &[]),
    ("Import-Module", &["Name", "PassThru", "WarningAction"]),
    ("New-Object", &["TypeName", "ArgumentList"]),
    ("Sort-Object", &["Unique"]),
    ("Write-Output", &["InputObject"]),
    ("Write-Progress", &["Activity", "Status", "PercentComplete"]),
];

/// Parameters that product cmdlets are called with outside of splatting.
const PRODUCT_PARAMETERS: &[&str] = &["Identity", "WarningAction"];

/// What scripts use of .NET's static members: an exact list, since one call of it could do
/// what no cmdlet of the list can. Those of `System.IO.File` write the export alone.
const STATIC: &[&str] = &[
    "datetime::Parse",
    "datetime::UtcNow",
    "double::IsInfinity",
    "double::IsNaN",
    "regex::Replace",
    "regex::Unescape",
    "scriptblock::Create",
    "string::Join",
    "System.BitConverter::ToString",
    "System.Console::OpenStandardOutput",
    "System.Convert::ToBase64String",
    "System.Diagnostics.Stopwatch::StartNew",
    "System.Environment::MachineName",
    "System.Globalization.CultureInfo::InvariantCulture",
    "System.Globalization.DateTimeStyles::AdjustToUniversal",
    "System.Globalization.DateTimeStyles::AssumeUniversal",
    "System.IO.Directory::CreateDirectory",
    "System.IO.File::AppendAllText",
    "System.IO.File::Delete",
    "System.IO.File::Exists",
    "System.IO.File::Move",
    "System.IO.File::ReadAllText",
    "System.IO.File::WriteAllText",
    "System.IO.FileAccess::Write",
    "System.IO.FileMode::Create",
    "System.IO.FileShare::Read",
    "System.IO.Path::Combine",
    "System.Math::Max",
    "System.Net.Dns::GetHostEntry",
    "System.Security.Principal.WindowsIdentity::GetCurrent",
    "System.Threading.Thread::CurrentThread",
];

/// Types that scripts make objects of.
const NEW: &[&str] = &[
    "System.Collections.ArrayList",
    "System.IO.FileInfo",
    "System.IO.FileStream",
    "System.Security.Cryptography.SHA256CryptoServiceProvider",
    "System.Text.UTF8Encoding",
];

/// Methods that scripts call on objects.
const METHODS: &[&str] = &[
    "Add",
    "AddRange",
    "ContainsKey",
    "Dispose",
    "Flush",
    "GetBytes",
    "GetUnresolvedProviderPathFromPSPath",
    "IndexOfAny",
    "RemoveAt",
    "Replace",
    "Restart",
    "Split",
    "ToArray",
    "ToLowerInvariant",
    "ToString",
    "ToUniversalTime",
    "TransformBlock",
    "TransformFinalBlock",
    "Translate",
    "Trim",
    "Write",
];

/// Variables that PowerShell itself fills.
const AUTOMATIC: &[&str] =
    &["_", "true", "false", "null", "input", "PSVersionTable", "ExecutionContext", "env:USERDNSDOMAIN"];

struct Script {
    name: &'static str,
    text: String,
    tree: Tree,
}

impl Script {
    fn of(name: &'static str, text: String) -> Self {
        let tree = parse(&text);
        Self { name, text, tree }
    }

    fn text(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }

    fn all(&self, kind: &str) -> Vec<Node<'_>> {
        let mut found = Vec::new();
        each(self.tree.root_node(), &mut |node| {
            if node.kind() == kind {
                found.push(node);
            }
        });
        found
    }

    fn place(&self, node: Node<'_>) -> String {
        let line = node.start_position().row + 1;
        format!("{}:{line}: {}", self.name, self.text(node).lines().next().unwrap_or_default())
    }

    /// The functions that it defines, lower case, with their parameters.
    fn functions(&self) -> BTreeMap<String, BTreeSet<String>> {
        let one = |node: Node<'_>| {
            let mut name = String::new();
            let mut parameters = BTreeSet::new();
            let mut cursor = node.walk();
            for child in node.children(&mut cursor) {
                match child.kind() {
                    "function_name" => name = self.text(child).to_ascii_lowercase(),
                    "script_block" => {
                        // The first block is the function's own; those inside it have theirs.
                        if let Some(block) = first(child, "param_block") {
                            let list = all_of(block, "script_parameter");
                            parameters.extend(list.into_iter().filter_map(|one| {
                                first(one, "variable")
                                    .map(|name| self.text(name).trim_start_matches('$').to_ascii_lowercase())
                            }));
                        }
                    }
                    _ => {}
                }
            }
            (name, parameters)
        };
        self.all("function_statement").into_iter().map(one).collect()
    }
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).expect("a grammar of this version");
    parser.parse(text, None).expect("a tree")
}

fn each<'t>(node: Node<'t>, look: &mut impl FnMut(Node<'t>)) {
    look(node);
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        each(child, look);
    }
}

fn all_of<'t>(node: Node<'t>, kind: &str) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    each(node, &mut |node| {
        if node.kind() == kind {
            found.push(node);
        }
    });
    found
}

fn first<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    all_of(node, kind).into_iter().next()
}

/// Every script that is ever sent.
fn scripts() -> Vec<Script> {
    let options = Options {
        environment: Some("Cont'oso \u{2019}\n\u{1f600}".into()),
        domain_controller: Some("dc1.contoso.com".into()),
        datasets: Vec::new(),
    };
    vec![
        Script::of("export", script(&Options::default()).expect("a script")),
        Script::of("export with defaults", script(&options).expect("a script")),
        Script::of("call", cmdlet::script().to_owned()),
        Script::of("bootstrap", BOOTSTRAP.to_owned()),
    ]
}

fn faults(text: &str) -> Vec<String> {
    let tree = parse(text);
    let mut found = Vec::new();
    each(tree.root_node(), &mut |node| {
        if node.is_error() || node.is_missing() {
            found.push(format!("{}: {}", node.start_position().row + 1, &text[node.byte_range()]));
        }
    });
    found
}

#[test]
fn scripts_parse_without_an_error_node_and_are_ascii() {
    for script in scripts() {
        assert_eq!(faults(&script.text), Vec::<String>::new(), "{}", script.name);
        // Windows PowerShell reads a file without a mark in the machine's code page.
        assert!(script.text.is_ascii(), "{}", script.name);
    }
    // A script of any one dataset stands by itself.
    for dataset in dataset::all() {
        let one = Options { datasets: vec![dataset.name.to_owned()], ..Options::default() };
        let Ok(text) = script(&one) else { continue };
        assert_eq!(faults(&text), Vec::<String>::new(), "{}", dataset.name);
    }
    // The grammar does see what is broken.
    for broken in ["if ($a) { 1", "$a = @(1, ", "foreach ($x in { ", "'open"] {
        assert!(!faults(broken).is_empty(), "{broken}");
    }
}

/// What Windows PowerShell 5.1 doesn't know, in what the tree or its absence shows.
fn newer(text: &str) -> bool {
    let tree = parse(text);
    let mut found = tree.root_node().has_error();
    each(tree.root_node(), &mut |node| {
        let text = &text[node.byte_range()];
        let operator = !node.is_named() && matches!(text, "??" | "??=" | "?." | "?[" | "?");
        let parameter = node.kind() == "command_parameter"
            && [
                "-parallel",
                "-asarray",
                "-ashashtable",
                "-enumsasstrings",
                "-throttlelimit",
                "-nonewscope",
                "-asbytestream",
            ]
            .contains(&text.trim_end_matches(':').to_ascii_lowercase().as_str());
        // A ternary would look like a call of `?`, which is an alias of Where-Object.
        let word = matches!(node.kind(), "generic_token" | "command_name") && matches!(text, "?" | ":" | "clean");
        found |= node.kind() == "pipeline_chain_tail" || operator || parameter || word;
    });
    found
}

#[test]
fn no_syntax_is_newer_than_5_1() {
    for script in scripts() {
        assert!(!newer(&script.text), "{}", script.name);
        // Spellings that a grammar might let pass as words.
        for spelling in ["??", "?.", "&&", "||", " ? "] {
            let in_code = script.text.lines().filter(|line| !line.trim_start().starts_with('#'));
            assert_eq!(in_code.filter(|line| line.contains(spelling)).count(), 0, "{}: {spelling}", script.name);
        }
    }
    for text in [
        "Get-A && Get-B",
        "Get-A || Get-B",
        "$a ?? 1",
        "$a ??= 1",
        "$a ? 1 : 2",
        "1..3 | ForEach-Object -Parallel { $_ }",
        "$a | ConvertTo-Json -AsArray",
        "$a | ConvertFrom-Json -AsHashtable",
    ] {
        assert!(newer(text), "{text}");
    }
    assert!(!newer("if ($a) { Get-A | ForEach-Object -Process { $_ } } else { 1 }"));
}

/// What a script calls that it must not; empty where all is well.
fn strangers(script: &Script) -> Vec<String> {
    let own = script.functions();
    let product = cmdlets();
    let mut found = Vec::new();
    for command in script.all("command") {
        let Some(name) = command.child_by_field_name("command_name") else {
            found.push(script.place(command));
            continue;
        };
        let word = script.text(name);
        if command.child(0).is_some_and(|first| first.kind() == "command_invokation_operator") {
            // What is called by reference is a block of the script's own.
            let known = matches!(word, "$Block" | "$Each")
                || (script.name == "bootstrap"
                    && word.starts_with("([scriptblock]::Create(")
                    && script.text.matches("& ").count() == 1);
            if !known {
                found.push(script.place(command));
            }
            continue;
        }
        let named: Vec<String> = all_of_own(command, "command_parameter")
            .into_iter()
            .map(|one| script.text(one).trim_start_matches('-').trim_end_matches(':').to_owned())
            .collect();
        let allowed: Box<dyn Fn(&str) -> bool> = if let Some(parameters) = own.get(&word.to_ascii_lowercase()) {
            let parameters = parameters.clone();
            Box::new(move |name: &str| parameters.contains(&name.to_ascii_lowercase()))
        } else if let Some((_, parameters)) = BUILT_IN.iter().find(|(known, _)| *known == word) {
            Box::new(|name: &str| parameters.contains(&name))
        } else if product.contains(word)
            || (script.name == "call" && list::named(word).is_some_and(|one| one.name == word))
        {
            Box::new(|name: &str| PRODUCT_PARAMETERS.contains(&name))
        } else {
            found.push(script.place(command));
            continue;
        };
        found.extend(
            named.iter().filter(|name| !allowed(name)).map(|name| format!("{}: -{name}", script.place(command))),
        );
    }
    found
}

/// The nodes of a kind that belong to a command itself, and not to one inside it.
fn all_of_own<'t>(command: Node<'t>, kind: &str) -> Vec<Node<'t>> {
    fn walk<'t>(node: Node<'t>, kind: &str, found: &mut Vec<Node<'t>>) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.kind() == kind {
                found.push(child);
            } else if child.kind() != "command" {
                walk(child, kind, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(command, kind, &mut found);
    found
}

#[test]
fn only_listed_cmdlets_are_named_with_parameters_that_exist() {
    for script in scripts() {
        assert_eq!(strangers(&script), Vec::<String>::new(), "{}", script.name);
    }
    for text in [
        "Set-CsUser -Identity x",
        "Get-CsUser | Move-CsUser -Target y",
        "& $anything",
        ". .\\other.ps1",
        "Invoke-Expression $x",
        "if ($true) { foreach ($x in 1) { { Remove-Item $x } } }",
        "$x = @{ Run = { Clear-CsDeviceUpdateLog } }",
        "gci",
        "Get-Command -Nmae x",
        "function A { param($B) $B } A -C 1",
    ] {
        assert!(!strangers(&Script::of("a bad one", text.to_owned())).is_empty(), "{text}");
    }
}

/// What a script uses of .NET that it must not; empty where all is well.
fn foreign(script: &Script) -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["member_access", "invokation_expression"] {
        for node in script.all(kind) {
            let Some(target) = node.child(0) else { continue };
            let Some(member) = (0..node.child_count())
                .filter_map(|at| node.child(u32::try_from(at).expect("few")))
                .find(|child| child.kind() == "member_name")
            else {
                found.push(script.place(node));
                continue;
            };
            let member = script.text(member);
            let stat = (0..node.child_count())
                .filter_map(|at| node.child(u32::try_from(at).expect("few")))
                .any(|child| child.kind() == "::");
            if stat {
                let ty = script.text(target).trim_start_matches('[').trim_end_matches(']');
                if !STATIC.contains(&format!("{ty}::{member}").as_str()) {
                    found.push(script.place(node));
                }
            } else if kind == "invokation_expression" && !METHODS.contains(&member) {
                found.push(script.place(node));
            }
        }
    }
    for command in script.all("command") {
        let text = script.text(command);
        let Some(rest) = text.strip_prefix("New-Object -TypeName ") else {
            if text.starts_with("New-Object") {
                found.push(script.place(command));
            }
            continue;
        };
        let ty = rest.split_whitespace().next().unwrap_or_default();
        if !NEW.contains(&ty) {
            found.push(script.place(command));
        }
    }
    found
}

#[test]
fn only_listed_parts_of_dot_net_are_used() {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for script in scripts() {
        assert_eq!(foreign(&script), Vec::<String>::new(), "{}", script.name);
        used.extend(STATIC.iter().filter(|entry| {
            let (ty, member) = entry.split_once("::").expect("a member");
            script.text.contains(&format!("[{ty}]::{member}"))
        }));
    }
    // What is on the list and not used any more is not needed on it.
    assert_eq!(used.len(), STATIC.len(), "{:?}", STATIC.iter().filter(|one| !used.contains(*one)).collect::<Vec<_>>());
    for text in [
        "[System.Diagnostics.Process]::Start('calc')",
        "$x.Invoke()",
        "[System.IO.File]::Copy('a', 'b')",
        "New-Object System.Net.WebClient",
        "New-Object -TypeName System.Net.WebClient",
        "$x = [Activator]::CreateInstance($y)",
    ] {
        assert!(!foreign(&Script::of("a bad one", text.to_owned())).is_empty(), "{text}");
    }
}

/// Variables that are read and never set: what strict mode would tell, had it a shell.
fn unset(script: &Script) -> BTreeSet<String> {
    let mut set: BTreeSet<String> = AUTOMATIC.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut read = BTreeSet::new();
    let bare = |text: &str| text.trim_start_matches(['$', '@']).to_ascii_lowercase();
    let plain = |name: &str| name.strip_prefix("script:").unwrap_or(name).to_owned();
    for kind in ["script_parameter", "left_assignment_expression", "foreach_statement"] {
        for node in script.all(kind) {
            // The first variable is what is set: an index or a member of it is read as well.
            if let Some(variable) = first(node, "variable") {
                set.insert(plain(&bare(script.text(variable))));
            }
        }
    }
    for node in script.all("variable") {
        read.insert(plain(&bare(script.text(node))));
    }
    read.into_iter().filter(|name| !set.contains(name)).collect()
}

#[test]
fn every_variable_that_is_read_is_set_somewhere() {
    for script in scripts() {
        assert_eq!(unset(&script), BTreeSet::new(), "{}", script.name);
    }
    let typo = Script::of("a bad one", "$thing = 1\n$x = $thnig + $thing".to_owned());
    assert_eq!(unset(&typo), BTreeSet::from(["thnig".to_owned()]));
}

#[test]
fn errors_and_warnings_are_merged_and_nothing_is_redirected_to_a_file() {
    for script in scripts() {
        for redirection in script.all("redirection") {
            assert!(matches!(script.text(redirection), "2>&1" | "3>&1"), "{}", script.place(redirection));
        }
    }
}

#[test]
fn everything_that_the_product_is_asked_for_is_read_only() {
    for name in cmdlets() {
        assert!(name.starts_with("Get-"), "{name}");
    }
}
