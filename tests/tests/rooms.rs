//! The arrows between rooms, as docs/ARCHITECTURE.md has them in its tables: who may import whom, and no circles.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// The crates of the workspace that have rooms, and what other crates import them as.
const CRATES: [(&str, &str); 9] = [
    ("logic", "logic"),
    ("contract", "contract"),
    ("wasm-pkg", "wasm_pkg"),
    ("edge", "edge"),
    ("backend", "backend"),
    ("tests", "tests"),
    ("tests/support", "test_support"),
    ("tools/bench", "bench"),
    ("tools/private-database", "private_database"),
];
/// Imports that close a circle of modules and may do so, by crate: from, to.
const MEANT: [(&str, &str, &str); 2] = [
    // The OpenAPI document describes the routes, and a route serves it.
    ("backend", "http::openapi", "http"),
    // A decision offers seats, and offering is part of the state that a decision works on.
    ("logic", "session::offering", "session"),
];
/// Crates from outside that belong to some rooms only: what they stand for.
const GUARDED: [(&str, &str); 3] = [("axum", "HTTP"), ("private_database", "DATABASE"), ("sqlx", "SQL")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A module: the names from the crate's root down to it.
type Module = Vec<String>;

/// One file, read.
#[derive(Default)]
struct File {
    /// Names that it defines.
    defined: BTreeSet<String>,
    /// Names that it hands on, and from where; `*` for all of a module's.
    reexported: Vec<(String, Vec<String>)>,
    /// Paths that it names, without re-exports.
    used: BTreeSet<Vec<String>>,
}

/// Every module of a crate, by its path.
fn modules(src: &Path) -> BTreeMap<Module, File> {
    let mut modules = BTreeMap::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(src).unwrap().with_extension("");
                let mut module: Module =
                    inside.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                if ["lib", "main", "mod"].contains(&module.last().unwrap().as_str()) {
                    module.pop();
                }
                let file = syn::parse_file(&fs::read_to_string(&path).unwrap())
                    .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let mut reader = Reader { module: module.clone(), file: File::default() };
                file.items.iter().for_each(|item| reader.visit_item(item));
                modules.insert(module, reader.file);
            }
        }
    }
    modules
}

/// Collects what a file defines and names, tests left out.
struct Reader {
    module: Module,
    file: File,
}

impl Reader {
    /// A path from the crate's root, if it does not leave the crate; otherwise as it is written.
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut at = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => {
                at.clear();
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            _ => return path.to_vec(),
        }
        let inside = at.iter().chain(rest).cloned();
        std::iter::once("crate".to_owned()).chain(inside).collect()
    }

    fn use_tree(&mut self, tree: &UseTree, before: &[String], public: bool) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident), public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before, public)),
            UseTree::Name(name) if name.ident == "self" => self.import(before.to_vec(), None, public),
            UseTree::Name(name) => self.import(with(&name.ident), None, public),
            UseTree::Rename(rename) => {
                self.import(with(&rename.ident), Some(rename.rename.to_string()), public);
            }
            UseTree::Glob(_) => {
                let all = before.iter().cloned().chain(["*".to_owned()]).collect();
                self.import(all, None, public);
            }
        }
    }

    fn import(&mut self, path: Vec<String>, renamed: Option<String>, public: bool) {
        let name = renamed.unwrap_or_else(|| path.last().unwrap().clone());
        let path = self.absolute(&path);
        // `pub use child::Name`: a path that begins with a module of this file.
        if public {
            let inside: Vec<String> = if path[0] == "crate" {
                path
            } else {
                ["crate".to_owned()].into_iter().chain(self.module.iter().cloned()).chain(path).collect()
            };
            self.file.reexported.push((name, inside));
        } else {
            self.file.used.insert(path);
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = quote::quote!(#attribute).to_string();
        text.contains("cfg (test)") || text.contains("# [test]")
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            Item::Mod(item) => (&item.attrs, None),
            Item::Static(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Use(item) => (&item.attrs, None),
            Item::Impl(item) => (&item.attrs, None),
            _ => return,
        };
        if is_test(attributes) {
            return;
        }
        self.file.defined.extend(name.map(ToString::to_string));
        if let Item::Use(item) = item {
            let public = !matches!(item.vis, Visibility::Inherited);
            self.use_tree(&item.tree, &[], public);
        } else {
            visit::visit_item(self, item);
        }
    }

    /// `pub(in …)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.file.used.insert(self.absolute(&names));
        }
        visit::visit_path(self, path);
    }
}

/// The module that a path from the crate's root leads to, re-exports followed.
fn target(modules: &BTreeMap<Module, File>, path: &[String], depth: usize) -> Option<Module> {
    let path = path.strip_prefix(&["crate".to_owned()])?;
    let known = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let module = path[..known].to_vec();
    let Some(name) = path.get(known) else { return Some(module) };
    let file = &modules[&module];
    if depth > 8 || file.defined.contains(name) {
        return Some(module);
    }
    for (handed_on, from) in &file.reexported {
        if handed_on == name {
            return target(modules, from, depth + 1).or(Some(module));
        }
        if handed_on == "*" {
            let inside = &from[..from.len() - 1];
            let named: Vec<String> = inside.iter().cloned().chain([name.clone()]).collect();
            let found = target(modules, &named, depth + 1);
            if found.as_ref().is_some_and(|found| modules[found].defined.contains(name)) {
                return found;
            }
        }
    }
    Some(module)
}

/// Who imports whom among the modules of a crate.
fn arrows(modules: &BTreeMap<Module, File>) -> BTreeMap<Module, BTreeSet<Module>> {
    let of = |(module, file): (&Module, &File)| {
        let named = file.used.iter().filter_map(|path| target(modules, path, 0));
        let children = file.used.iter().filter_map(|path| {
            // `child::name`, from the file that declares the child.
            let inside: Vec<String> =
                ["crate".to_owned()].iter().chain(module).chain(path).cloned().collect();
            let child: Module = module.iter().chain(path.first()).cloned().collect();
            modules.contains_key(&child).then(|| target(modules, &inside, 0))?
        });
        let all: BTreeSet<Module> = named.chain(children).filter(|to| to != module).collect();
        (module.clone(), all)
    };
    modules.iter().map(of).collect()
}

/// The first circle that leads from a module back to it.
fn circle(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    fn walk(
        arrows: &BTreeMap<Module, BTreeSet<Module>>,
        done: &mut BTreeSet<Module>,
        way: &mut Vec<Module>,
        at: &Module,
    ) -> Option<Vec<Module>> {
        if let Some(start) = way.iter().position(|module| module == at) {
            return Some(way[start..].to_vec());
        }
        if !done.insert(at.clone()) {
            return None;
        }
        way.push(at.clone());
        let found = arrows[at].iter().find_map(|to| walk(arrows, done, way, to));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|module| walk(arrows, &mut done, &mut Vec::new(), module))
}

/// The tables of rooms: what each may use; `None` is everything.
fn rooms() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let text = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let names = |cell: &str| -> BTreeSet<String> {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.map(|name| name.trim_end_matches('/').to_owned()).collect()
    };
    let mut rooms = BTreeMap::new();
    let mut inside = false;
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells.as_slice() {
            ["room", "holds", "may use"] => inside = true,
            [room, _, may_use] if inside => {
                let may_use = (*may_use != "everything").then(|| names(may_use));
                rooms.extend(names(room).into_iter().map(|room| (room, may_use.clone())));
            }
            _ => inside = false,
        }
    }
    assert!(rooms.len() > 10, "docs/ARCHITECTURE.md has its tables of rooms");
    rooms
}

#[test]
fn every_import_follows_the_table_of_rooms() {
    let rooms = rooms();
    let mut wrong = BTreeSet::new();
    let mut check = |from: &str, to: &str, place: &str| {
        // A folder inside a room has a row of its own, or is of that room.
        let row = rooms.get(from).or_else(|| rooms.get(from.split('/').next()?));
        let Some(may_use) = row else {
            wrong.insert(format!("docs/ARCHITECTURE.md has no room `{from}`"));
            return;
        };
        if from != to && may_use.as_ref().is_some_and(|may_use| !may_use.contains(to)) {
            wrong.insert(format!("{place}: `{from}` may not use `{to}`"));
        }
    };
    for (folder, _) in CRATES {
        let modules = modules(&root().join(folder).join("src"));
        for (module, file) in &modules {
            let place = format!("{folder}/src/{}.rs", module.join("/"));
            for (other, name) in CRATES {
                if file.used.iter().any(|path| path[0] == name) && other != folder {
                    check(folder, other, &place);
                }
            }
        }
        if folder != "backend" {
            continue;
        }
        for (module, to) in arrows(&modules).iter().filter(|(module, _)| !module.is_empty()) {
            let place = format!("{folder}/src/{}.rs", module.join("/"));
            for to in to.iter().filter(|to| !to.is_empty()) {
                check(&module[0], &to[0], &place);
            }
            for (name, what) in GUARDED {
                if modules[module].used.iter().any(|path| path[0] == name) {
                    check(&module[0], what, &place);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn no_module_imports_itself_through_others() {
    let mut circles = Vec::new();
    for (folder, _) in CRATES {
        let modules = modules(&root().join(folder).join("src"));
        let mut arrows = arrows(&modules);
        for (from, to) in &mut arrows {
            to.retain(|to| !MEANT.contains(&(folder, &from.join("::"), &to.join("::"))));
        }
        if let Some(circle) = circle(&arrows) {
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            circles.push(format!("{folder}: {} -> {}", names.join(" -> "), names[0]));
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// Whether a file's text, without comments, has a word.
fn has(text: &str, word: &str) -> bool {
    text.lines().any(|line| line.split("//").next().unwrap_or_default().contains(word))
}

#[test]
fn only_the_store_speaks_sql() {
    let mut folders = vec![root().join("backend/src")];
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(root().join("backend/src")).unwrap().to_owned();
            if inside.with_extension("").starts_with("store") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let words = ["sqlx::query", "QueryBuilder", "SELECT ", "INSERT INTO", "DELETE FROM"];
                wrong.extend(
                    words.iter().filter(|word| has(&text, word)).map(|word| format!("{inside:?}: {word}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "SQL belongs into backend/src/store: {wrong:#?}");
}

#[test]
fn each_statement_is_headed_by_the_name_of_its_function() {
    let mut statements = 0;
    let mut paths = vec![root().join("backend/src/store")];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut current = String::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let item =
                ["pub(super) ", "pub "].iter().find_map(|seen| line.strip_prefix(seen)).unwrap_or(line);
            for start in ["async fn ", "const "] {
                if let Some(rest) = item.strip_prefix(start) {
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                    current = rest[..end].to_lowercase();
                }
            }
            for call in ["sql!(", "select!(", "select_view!("] {
                let Some((_, rest)) = line.split_once(call) else { continue };
                let rest =
                    if rest.trim().is_empty() { lines.peek().copied().unwrap_or_default() } else { rest };
                let name = rest.trim().split(',').next().unwrap_or_default();
                if !name.is_empty() && !name.starts_with('$') {
                    statements += 1;
                    assert_eq!(name, current, "{}: a statement of {current}", path.display());
                }
            }
        }
    }
    assert!(statements > 100, "found {statements}");
}

/// The lines of a file's text without comments and without its unit tests, which end it.
fn product_lines(text: &str) -> impl Iterator<Item = &str> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The statuses that this service answers, or a proxy before it.
const STATUSES: [u16; 23] = [
    200, 201, 202, 204, 301, 302, 304, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 500, 502,
    503, 504,
];
/// Numbers that are no statuses but look like one, and the one place that knows axum's type of a status: where, and what
/// the line says.
const NO_STATUS: [(&str, &str); 6] = [
    ("backend/src/commands/account.rs", "PAGE: u32 = 500"),
    ("backend/src/db/tx.rs", "Duration::from_millis(400)"),
    ("backend/src/http/middleware/problems.rs", "StatusCode"),
    ("backend/src/service/device_logins.rs", "AGENT_MAX: usize = 200"),
    ("backend/src/store/sweep.rs", "MAX_ERROR: usize = 500"),
    ("backend/src/sweeps/purge.rs", "Minutes::days(400)"),
];

/// What a line says of HTTP statuses: their type in axum, and their numbers. The attribute of a handler is left out:
/// the document that is made from it is compared with the answers.
fn statuses(line: &str) -> Vec<String> {
    let line = line.replace("responses((status = 200,", "").replace("responses((status = 201,", "");
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
    let is_status = |word: &str| word.parse().is_ok_and(|number: u16| STATUSES.contains(&number));
    words.filter(|word| *word == "StatusCode" || is_status(word)).map(str::to_owned).collect()
}

#[test]
fn paths_header_names_and_statuses_are_spelled_in_the_contract_alone() {
    let headers = fs::read_to_string(root().join("contract/src/headers.rs")).unwrap();
    let names = product_lines(&headers).filter_map(|line| line.split('"').nth(1));
    let mut spelled: Vec<String> = names.map(str::to_owned).collect();
    assert!(spelled.len() > 5 && spelled.contains(&"x-request-id".to_owned()), "{spelled:?}");
    spelled.extend(["/api/v", "/healthz", "/readyz"].map(str::to_owned));
    let mut unused: BTreeSet<_> = NO_STATUS.into();
    let mut folders = vec![root().join("backend/src"), root().join("edge/src")];
    let (mut files, mut wrong) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path).unwrap();
            let place = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            for line in product_lines(&text) {
                let line = line.split(" // ").next().unwrap_or_default();
                let mut found: Vec<String> =
                    spelled.iter().filter(|word| line.contains(word.as_str())).cloned().collect();
                match NO_STATUS.iter().find(|(file, says)| *file == place && line.contains(says)) {
                    Some(exception) => drop(unused.remove(exception)),
                    None => found.extend(statuses(line)),
                }
                wrong.extend(found.into_iter().map(|word| format!("{place}: {word}")));
            }
        }
    }
    assert!(files > 120, "read {files} files");
    assert!(wrong.is_empty(), "spell these in contract/: {wrong:#?}");
    assert!(unused.is_empty(), "exceptions that nothing needs: {unused:?}");
}
