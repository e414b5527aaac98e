//! The compiled package: one ES module for the host, and the files that it serves as they are.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::package::Package;
use crate::problem::Problems;
use crate::styles;
use crate::templates::{self, without_extension};

/// Extensions that end up inside the script (or, like settings of the developer tools, nowhere).
const COMPILED: [&str; 6] = ["js", "json", "wxml", "wxs", "wxss", "ts"];

/// The script: `export default { app, pages, components, styles, scopes, modules, templates }`.
///
/// # Errors
/// When the template compiler cannot write its code out.
pub(crate) fn compile(
    package: &Package,
    scope_letters: &str,
    problems: &mut Problems,
) -> anyhow::Result<String> {
    let mut sheets = Map::new();
    let mut scopes = Map::new();
    if package.has("app.wxss") {
        sheets.insert("app".to_owned(), json!(styles::compile(package, "app.wxss", None, problems)));
    }
    for (index, (path, config)) in package.components.iter().enumerate() {
        let scope = styles::is_isolated(config).then(|| format!("{scope_letters}{index}"));
        let file = format!("{path}.wxss");
        let css = if package.has(&file) {
            styles::compile(package, &file, scope.as_deref(), problems)
        } else {
            String::new()
        };
        sheets.insert(path.clone(), json!(css));
        if let Some(scope) = scope {
            scopes.insert(path.clone(), json!(scope));
        }
    }
    let modules: Map<String, Value> = package
        .with_extension("js")
        .filter_map(|file| Some((without_extension(file).to_owned(), json!(package.text(file, problems)?))))
        .collect();
    let templates = templates::parse(package, problems)
        .get_tmpl_gen_object_groups()
        .map_err(|error| anyhow::anyhow!("templates: {}", error.message))?;
    let theme: Value = package.app["themeLocation"]
        .as_str()
        .and_then(|file| package.text(file, problems))
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| json!({}));
    let data = json!({
        "app": package.app,
        "theme": theme,
        "pages": package.pages,
        "components": package.components,
        "styles": sheets,
        "scopes": scopes,
        "modules": modules,
    });
    Ok(format!("export default Object.assign({data}, {{ templates: {templates} }});\n"))
}

/// Writes the script and the files it needs beside it (images, wasm), over those of an earlier run.
pub(crate) fn write(package: &Package, script: &str, out: &Path) -> anyhow::Result<()> {
    for file in &package.files {
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        if !COMPILED.contains(&extension) {
            replace(&out.join(file), &fs::read(package.root.join(file))?)?;
        }
    }
    replace(&out.join("package.js"), script.as_bytes())
}

/// Replaces a file atomically: a page may be reading the one of an earlier run.
fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    fs::write(&name, content)?;
    fs::rename(&name, path)?;
    Ok(())
}
