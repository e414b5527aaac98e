//! Reads a mini-program folder: its pages, the components that they reach, and its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::problem::Problems;

/// A mini-program folder. Paths inside it use `/` and have no leading one.
pub(crate) struct Package {
    /// The folder.
    pub(crate) root: PathBuf,
    /// `app.json`.
    pub(crate) app: Value,
    /// Pages in `app.json`'s order, those of subpackages after them.
    pub(crate) pages: Vec<String>,
    /// Pages and every component they reach, by path without extension, with their JSON. `usingComponents` is
    /// complete in it (the app's included) and its paths are absolute.
    pub(crate) components: BTreeMap<String, Value>,
    /// Every file.
    pub(crate) files: Vec<String>,
}

impl Package {
    /// Reads the folder; faults inside it go to `problems`.
    ///
    /// # Errors
    /// When the folder cannot be read or has no usable `app.json`.
    pub(crate) fn read(root: &Path, problems: &mut Problems) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        walk(root, root, &mut files).with_context(|| format!("reading {}", root.display()))?;
        let app = fs::read_to_string(root.join("app.json"))
            .with_context(|| format!("reading {}", root.join("app.json").display()))?;
        let app: Value = serde_json::from_str(&app)
            .with_context(|| format!("parsing {}", root.join("app.json").display()))?;
        let mut package =
            Self { root: root.to_owned(), pages: pages_of(&app), app, components: BTreeMap::new(), files };
        package.reach_components(problems);
        Ok(package)
    }

    /// The text of a file of the package.
    pub(crate) fn text(&self, file: &str, problems: &mut Problems) -> Option<String> {
        match fs::read_to_string(self.root.join(file)) {
            Ok(text) => Some(text),
            Err(error) => {
                problems.add(file, format_args!("cannot be read: {error}"));
                None
            }
        }
    }

    /// Whether the package has this file.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.files.iter().any(|known| known == file)
    }

    /// The files with this extension.
    pub(crate) fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a str> {
        self.files
            .iter()
            .map(String::as_str)
            .filter(move |file| file.rsplit_once('.').is_some_and(|(_, e)| e == extension))
    }

    fn reach_components(&mut self, problems: &mut Problems) {
        let for_all = self.app["usingComponents"].as_object().cloned().unwrap_or_default();
        let mut todo: Vec<(String, String)> =
            self.pages.iter().map(|page| (page.clone(), "app.json".to_owned())).collect();
        todo.extend(paths_of(&for_all).map(|path| (resolve("app", path), "app.json".to_owned())));
        if self.app["tabBar"]["custom"] == json!(true) {
            todo.push(("custom-tab-bar/index".to_owned(), "app.json".to_owned()));
        }
        while let Some((path, named_by)) = todo.pop() {
            if self.components.contains_key(&path) {
                continue;
            }
            for extension in ["js", "wxml"] {
                let file = format!("{path}.{extension}");
                if !self.has(&file) {
                    problems.add(&named_by, format_args!("names {path}, but {file} is missing"));
                }
            }
            let mut config = self.config(&path, problems);
            let mut using: Map<String, Value> =
                for_all.iter().map(|(tag, target)| (tag.clone(), absolute("app", target))).collect();
            for (tag, target) in config["usingComponents"].as_object().into_iter().flatten() {
                using.insert(tag.clone(), absolute(&path, target));
            }
            todo.extend(paths_of(&using).map(|target| (resolve("app", target), format!("{path}.json"))));
            config["usingComponents"] = Value::Object(using);
            self.components.insert(path, config);
        }
    }

    fn config(&self, path: &str, problems: &mut Problems) -> Value {
        let file = format!("{path}.json");
        if !self.has(&file) {
            return json!({});
        }
        let Some(text) = self.text(&file, problems) else { return json!({}) };
        match serde_json::from_str::<Value>(&text) {
            Ok(value) if value.is_object() => value,
            Ok(_) => {
                problems.add(&file, "must be a JSON object");
                json!({})
            }
            Err(error) => {
                problems.add_at(&file, u32::try_from(error.line()).unwrap_or(0), &error);
                json!({})
            }
        }
    }
}

/// Resolves a path of the package as seen from another file: `/a` from the root, anything else from that file's folder.
pub(crate) fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        parts.extend(from.split('/'));
        parts.pop();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn absolute(from: &str, target: &Value) -> Value {
    Value::String(format!("/{}", resolve(from, target.as_str().unwrap_or_default())))
}

fn paths_of(using: &Map<String, Value>) -> impl Iterator<Item = &str> {
    using.values().filter_map(Value::as_str)
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn pages_of(app: &Value) -> Vec<String> {
    let mut pages: Vec<String> = strings(&app["pages"]).map(str::to_owned).collect();
    // WeChat accepts both spellings.
    for subpackage in ["subPackages", "subpackages"].iter().filter_map(|key| app[key].as_array()).flatten() {
        let root = subpackage["root"].as_str().unwrap_or_default().trim_matches('/');
        pages.extend(strings(&subpackage["pages"]).map(|page| format!("{root}/{page}")));
    }
    pages
}

fn walk(dir: &Path, root: &Path, files: &mut Vec<String>) -> anyhow::Result<()> {
    let mut entries =
        fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, root, files)?;
        } else if let Some(file) = path.strip_prefix(root)?.to_str() {
            files.push(file.replace('\\', "/"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn paths_are_resolved_as_wechat_does() {
        assert_eq!(resolve("pages/index/index", "../../utils/format"), "utils/format");
        assert_eq!(resolve("pages/index/index", "./part"), "pages/index/part");
        assert_eq!(resolve("pages/index/index", "/components/card/card"), "components/card/card");
        assert_eq!(resolve("app", "components/card/card"), "components/card/card");
    }
}
