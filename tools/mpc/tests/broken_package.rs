//! Faulty packages: `mpc` reports every fault with its file, and exits with 1.

#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its files has failed")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const APP: &str = r#"{ "pages": ["pages/a/a"] }"#;

/// A package of these files in a folder of its own.
fn package(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (file, text) in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn build(root: &PathBuf) -> Output {
    let out = root.with_extension("out");
    Command::new(env!("CARGO_BIN_EXE_mpc")).arg("build").arg(root).arg("--out").arg(out).output().unwrap()
}

fn complaints(root: &PathBuf) -> String {
    let output = build(root);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn every_fault_is_named_with_its_file() {
    let root = package(
        "faults",
        &[
            ("app.json", APP),
            ("app.wxss", "@import \"./none.wxss\";"),
            ("pages/a/a.js", "Page({})"),
            ("pages/a/a.json", r#"{ "usingComponents": { "card": "/components/card" } }"#),
            ("pages/a/a.wxml", "<view>\n{{a?.b}}</view>"),
        ],
    );
    let complaints = complaints(&root);
    for said in [
        "none.wxss: cannot be read",
        "pages/a/a.json: names components/card, but components/card.js is missing",
        "pages/a/a.json: names components/card, but components/card.wxml is missing",
        "pages/a/a.wxml:2: unexpected character inside expression",
    ] {
        assert!(complaints.contains(said), "{said} is not in:\n{complaints}");
    }
}

#[test]
fn invalid_json_is_reported_with_its_line() {
    let files = [
        ("app.json", APP),
        ("pages/a/a.js", ""),
        ("pages/a/a.wxml", ""),
        ("pages/a/a.json", "{\n  \"a\": }"),
    ];
    assert!(complaints(&package("json", &files)).starts_with("pages/a/a.json:2: expected value"));
}

#[test]
fn a_folder_without_app_json_is_refused() {
    let complaints = complaints(&package("nothing", &[("a.js", "")]));
    assert!(complaints.starts_with("mpc: reading ") && complaints.contains("app.json"), "{complaints}");
}

#[test]
fn a_valid_package_compiles_to_one_script_and_its_images() {
    let files = [
        ("app.json", APP),
        ("pages/a/a.js", ""),
        ("pages/a/a.wxml", "<view>一</view>"),
        ("images/a.svg", "<svg/>"),
    ];
    let root = package("sound", &files);
    let output = build(&root);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = root.with_extension("out");
    assert!(fs::read_to_string(out.join("package.js")).unwrap().starts_with("export default "));
    assert!(out.join("images/a.svg").exists());
}

#[test]
fn elements_that_take_taps_need_a_role_and_a_label() {
    let app = r#"{ "pages": ["pages/a/a"], "renderer": "skyline", "componentFramework": "glass-easel",
        "lazyCodeLoading": "requiredComponents", "window": { "navigationStyle": "custom", "navigationBarTextStyle": "black" } }"#;
    let template = "<view bindtap=\"a\"/>\n<view bind:tap=\"a\" aria-role=\"button\"/>\n\
        <view catchtap=\"a\" aria-role=\"button\" aria-label=\"一\"/>\n<view bindtap=\"a\" aria-hidden=\"true\"/>";
    let files = [("app.json", app), ("pages/a/a.js", ""), ("pages/a/a.wxml", template)];
    let output =
        Command::new(env!("CARGO_BIN_EXE_mpc")).arg("lint").arg(package("taps", &files)).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = said.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["pages/a/a.wxml:1", "pages/a/a.wxml:2"], "{said}");
}

#[test]
fn what_skyline_ignores_is_refused() {
    let app = r#"{ "pages": ["pages/a/a"], "renderer": "skyline", "componentFramework": "glass-easel",
        "lazyCodeLoading": "requiredComponents", "window": { "navigationStyle": "custom" } }"#;
    let template = "<scroll-view type=\"list\" scroll-y>\n<view><view wx:for=\"{{a}}\"/></view></scroll-view>\n\
        <scroll-view type=\"list\" scroll-y><view wx:for=\"{{a}}\"/><view/></scroll-view>\n<view aria-selected=\"true\"/>";
    let files = [("app.json", app), ("pages/a/a.js", ""), ("pages/a/a.wxml", template)];
    let output =
        Command::new(env!("CARGO_BIN_EXE_mpc")).arg("lint").arg(package("dropped", &files)).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = said.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["app.json", "pages/a/a.wxml:1", "pages/a/a.wxml:4"], "{said}");
}

#[test]
fn a_package_above_one_megabyte_is_refused_not_counting_ignored_files() {
    let half = "x".repeat(600 * 1024);
    let app = r#"{ "pages": ["pages/a/a"], "renderer": "skyline", "componentFramework": "glass-easel",
        "lazyCodeLoading": "requiredComponents", "window": { "navigationStyle": "custom", "navigationBarTextStyle": "black" } }"#;
    let mut files = vec![
        ("app.json", app),
        ("pages/a/a.js", ""),
        ("pages/a/a.wxml", ""),
        ("images/a.svg", half.as_str()),
        ("notes.md", half.as_str()),
        ("project.config.json", r#"{ "packOptions": { "ignore": [{ "type": "suffix", "value": ".md" }] } }"#),
    ];
    let lint =
        |root: &PathBuf| Command::new(env!("CARGO_BIN_EXE_mpc")).arg("lint").arg(root).output().unwrap();
    let output = lint(&package("small", &files));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(printed, "mpc: 601 KB of source in 4 files, of at most 1024 KB\n");

    files.push(("images/b.svg", half.as_str()));
    let output = lint(&package("large", &files));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the package has 1201 KB") && said.contains("images/b.svg 600 KB"), "{said}");
}
