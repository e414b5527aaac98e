//! The size of the package as it is written; WeChat's compiler, which makes what phones download of it, is asked in
//! `tests/wechat/`.

use std::fs;

use serde_json::Value;

use crate::package::Package;
use crate::problem::Problems;

/// WeChat takes 2 MB; half of that keeps the first start quick on a slow network.
const LIMIT: u64 = 1_048_576;
/// How many files are named when the package is too large.
const NAMED: usize = 5;
/// What the developer tools never pack.
const OF_THE_TOOLS: [&str; 2] = ["project.config.json", "project.private.config.json"];

/// Prints the package's size and refuses one above the limit, with its largest files.
pub(crate) fn check(package: &Package, problems: &mut Problems) {
    let ignored = ignored(package, problems);
    let mut sizes: Vec<(u64, &str)> = Vec::new();
    for file in &package.files {
        if OF_THE_TOOLS.contains(&file.as_str()) || ignored.iter().any(|rule| rule.covers(file)) {
            continue;
        }
        match fs::metadata(package.root.join(file)) {
            Ok(found) => sizes.push((found.len(), file)),
            Err(error) => problems.add(file, format_args!("cannot be measured: {error}")),
        }
    }
    let total: u64 = sizes.iter().map(|(size, _)| size).sum();
    println!(
        "mpc: {} KB of source in {} files, of at most {} KB",
        total.div_ceil(1024),
        sizes.len(),
        LIMIT / 1024
    );
    if total > LIMIT {
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let largest: Vec<String> = sizes
            .iter()
            .take(NAMED)
            .map(|(size, file)| format!("{file} {} KB", size.div_ceil(1024)))
            .collect();
        problems.add(
            "app.json",
            format_args!(
                "the package has {} KB, at most {} KB are allowed; the largest: {}",
                total.div_ceil(1024),
                LIMIT / 1024,
                largest.join(", ")
            ),
        );
    }
}

/// One line of `packOptions.ignore`.
struct Ignored {
    kind: String,
    value: String,
}

impl Ignored {
    fn covers(&self, file: &str) -> bool {
        match self.kind.as_str() {
            "file" => file == self.value,
            "folder" => file.strip_prefix(&self.value).is_some_and(|rest| rest.starts_with('/')),
            "prefix" => file.rsplit('/').next().is_some_and(|name| name.starts_with(&self.value)),
            "suffix" => file.ends_with(&self.value),
            _ => false,
        }
    }
}

/// What `project.config.json` leaves out of the package; nothing where there is no such file.
fn ignored(package: &Package, problems: &mut Problems) -> Vec<Ignored> {
    const FILE: &str = "project.config.json";
    if !package.has(FILE) {
        return Vec::new();
    }
    let Some(text) = package.text(FILE, problems) else { return Vec::new() };
    let project: Value = match serde_json::from_str(&text) {
        Ok(project) => project,
        Err(error) => {
            problems.add(FILE, error);
            return Vec::new();
        }
    };
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    project["packOptions"]["ignore"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|line| Ignored { kind: text(line, "type"), value: text(line, "value") })
        .collect()
}
