//! The paths of the API and the names of its headers are spelled in this crate alone: the backend and the edge use the
//! table of operations and `contract::headers`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use contract::headers::{
    CLIENT, CLIENT_ADDRESS, EDGE_CRON, EDGE_SECRET, IDEMPOTENCY_FIRST, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED,
    REQUEST_ID, SERVED_STALE,
};
use contract::operation::PREFIX;

/// The source files below `folder`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn paths_and_header_names_are_spelled_in_this_crate_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = vec![];
    for folder in ["backend/src/auth", "backend/src/http", "backend/src/service", "edge/src"] {
        sources(&root.join(folder), &mut files);
    }
    files.extend(["backend/src/http.rs", "backend/src/limits.rs"].map(|file| root.join(file)));
    assert!(files.len() > 80, "{}", files.len());
    let headers = [
        CLIENT,
        CLIENT_ADDRESS,
        EDGE_CRON,
        EDGE_SECRET,
        IDEMPOTENCY_FIRST,
        IDEMPOTENCY_KEY,
        IDEMPOTENCY_REPLAYED,
        REQUEST_ID,
        SERVED_STALE,
    ];
    let mut spelled: Vec<String> = headers.iter().map(|header| format!("\"{header}\"")).collect();
    spelled.push(format!("\"{PREFIX}"));
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        // Unit tests, which end a file, name what they send.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in
            code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for text in &spelled {
                let place = format!("{}:{}", file.display(), number + 1);
                assert!(!line.contains(text), "{place}: use `contract` in place of {text}…: {line}");
            }
        }
    }
}
