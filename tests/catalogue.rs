//! The shipped checks compile: every name in them is known, every need is there.

use poolproof::check::Catalogue;

#[test]
fn the_shipped_checks_compile_without_a_warning() {
    match Catalogue::load(&[]) {
        Ok(catalogue) => {
            let warnings: Vec<String> = catalogue.warnings.iter().map(ToString::to_string).collect();
            assert!(warnings.is_empty(), "{}", warnings.join("\n"));
            let bare: Vec<&str> = catalogue
                .checks()
                .filter(|check| check.because.is_none() || check.source.is_none() || check.fix.is_none())
                .map(|check| check.id.as_str())
                .collect();
            assert!(bare.is_empty(), "without `because`, `source` or `fix`: {}", bare.join(", "));
        }
        Err(found) => {
            let told: Vec<String> = found.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"));
        }
    }
}

#[test]
fn the_environments_of_the_fixtures_make_sense() {
    for fixture in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).expect("fixtures").flatten() {
        if let Err(found) = poolproof::environment::load(&fixture.path().join("environment.yaml")) {
            let told: Vec<String> = found.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"));
        }
    }
}
