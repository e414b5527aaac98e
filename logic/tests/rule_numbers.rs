//! The rule numbers of docs/RULES.md: every number that is cited exists, and every rule is cited by a test or by a
//! rule function with worked cases.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use logic::calls::SIGNATURES;

/// Where numbers may be cited.
const ROOTS: [&str; 9] =
    ["backend", "contract", "docs", "edge", "logic", "miniprogram", "tests", "tools", "wasm-pkg"];
/// Directories without sources of ours.
const SKIPPED: [&str; 5] = ["node_modules", "target", "dist", "wasm", "output"];

/// Rules that no test can cite, and why. The list only shrinks.
const WITHOUT_TEST: [(&str, &str); 2] = [
    ("R0.1", "held by the type `Instant`"),
    ("R0.3", "held by clippy.toml, which forbids the clock outside one module of each program"),
];

/// A rule number, section first.
type Rule = (u32, u32);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn name((section, number): Rule) -> String {
    format!("R{section}.{number}")
}

/// The numbers that `text` cites; `R2.14 to R2.22` cites all of them.
fn cited(text: &str) -> Vec<Rule> {
    let mut found = Vec::new();
    let mut last_end = 0;
    for (start, _) in text.match_indices('R') {
        if text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let digits = |from: usize| {
            let length = text[from..].bytes().take_while(u8::is_ascii_digit).count();
            text[from..from + length].parse::<u32>().ok().map(|number| (number, from + length))
        };
        let Some((section, dot)) = digits(start + 1) else { continue };
        let Some((number, end)) = text[dot..].strip_prefix('.').and_then(|_| digits(dot + 1)) else {
            continue;
        };
        if text[last_end..start] == *" to "
            && let Some(&(from_section, from)) = found.last()
            && from_section == section
        {
            found.extend((from + 1..number).map(|between| (section, between)));
        }
        found.push((section, number));
        last_end = end;
    }
    found
}

/// The rules that docs/RULES.md defines: bold numbers.
fn defined() -> BTreeSet<Rule> {
    let page = fs::read_to_string(root().join("docs/RULES.md")).unwrap();
    let bold = page.split("**").skip(1).step_by(2);
    bold.filter(|text| text.starts_with('R') && !text.contains(' ')).flat_map(cited).collect()
}

fn add_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !SKIPPED.iter().any(|skipped| path.ends_with(skipped)) {
                add_files(&path, files);
            }
        } else if path
            .extension()
            .is_some_and(|kind| ["rs", "md", "js", "mjs", "sql", "ts"].iter().any(|k| kind == *k))
        {
            files.push(path);
        }
    }
}

/// The tests of a file, without module documentation, which names whole sections.
fn tests_of(path: &Path, text: &str) -> String {
    let in_tests = path.components().any(|part| part.as_os_str() == "tests");
    let tests = if in_tests { text } else { text.split_once("#[cfg(test)]").map_or("", |(_, tests)| tests) };
    tests.lines().filter(|line| !line.starts_with("//!")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn cited_rules_exist_and_every_rule_is_cited_by_a_test() {
    let defined = defined();
    assert!(defined.len() > 100, "docs/RULES.md defines {} rules", defined.len());
    let mut unknown = Vec::new();
    let mut cited_by_tests: BTreeSet<Rule> =
        SIGNATURES.iter().flat_map(|signature| cited(signature.doc)).collect();
    let mut files = Vec::new();
    ROOTS.iter().for_each(|directory| add_files(&root().join(directory), &mut files));
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for rule in cited(&text).into_iter().filter(|rule| !defined.contains(rule)) {
            unknown.push(format!("{}: {}", path.display(), name(rule)));
        }
        if !path.ends_with(file!()) {
            cited_by_tests.extend(cited(&tests_of(&path, &text)));
        }
    }
    assert_eq!(unknown, [""; 0], "numbers that docs/RULES.md does not define");

    let allowed: BTreeMap<&str, &str> = WITHOUT_TEST.into_iter().collect();
    let uncited: BTreeSet<String> =
        defined.iter().filter(|rule| !cited_by_tests.contains(rule)).map(|rule| name(*rule)).collect();
    let allowed: BTreeSet<String> = allowed.keys().map(|rule| (*rule).to_owned()).collect();
    assert_eq!(uncited, allowed, "left: rules that no test cites; right: those in WITHOUT_TEST");
}

#[test]
fn a_range_cites_every_rule_in_it() {
    assert_eq!(cited("R2.8 to R2.10, R3.1; not R3 and not R2D2.1"), [(2, 8), (2, 9), (2, 10), (3, 1)]);
}
