//! The SQL texts that stand in the backend's sources.

use std::fs;
use std::path::{Path, PathBuf};

/// A string literal of the sources that begins a statement: the whole of it, or the part that is always the same.
#[derive(Debug)]
pub(crate) struct Text {
    /// Its file, below `backend/src`.
    pub(crate) file: String,
    /// The text, on one line.
    pub(crate) text: String,
}

impl Text {
    /// Whether a statement that was run has this text in it, whatever stands in the places of a `format!`.
    pub(crate) fn is_in(&self, statement: &str) -> bool {
        let mut rest = statement;
        self.text.split("{}").all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    }
}

/// Blanks and line ends as one blank.
pub(crate) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every text that begins a statement.
pub(crate) fn texts() -> Vec<Text> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    let mut texts = Vec::new();
    for file in files {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        for literal in literals(&fs::read_to_string(&file).unwrap()) {
            let text = without_names(&on_one_line(&literal));
            let begins = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
            if begins.iter().any(|word| text.starts_with(&format!("{word} "))) {
                texts.push(Text { file: name.clone(), text });
            }
        }
    }
    texts
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}

/// `{name}` as `{}`.
fn without_names(text: &str) -> String {
    let mut parts = text.split('{');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all += "{}";
        all += part.split_once('}').map_or(part, |(_, after)| after);
    }
    all
}

/// The values of the plain string literals of Rust code, but for those in comments.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = code.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|c| c != '\n') {},
            // A character, not a lifetime: `'"'` and `'\''` would confuse what follows.
            '\'' => match chars.peek() {
                Some('\\') => {
                    chars.next();
                    chars.next();
                }
                Some('"') => {
                    chars.next();
                }
                _ => {}
            },
            '"' if before == '#' => {
                // r#"…"#: JSON in this repository, never SQL.
                let mut last = ' ';
                for c in chars.by_ref() {
                    if (last, c) == ('"', '#') {
                        break;
                    }
                    last = c;
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => match chars.next() {
                            Some('n') => text.push('\n'),
                            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                            Some(escaped) => text.push(escaped),
                            None => {}
                        },
                        c => text.push(c),
                    }
                }
                found.push(text);
            }
            _ => {}
        }
        before = c;
    }
    found
}

#[test]
fn literals_are_read_as_the_compiler_reads_them() {
    let code = "// \"no\"\nlet a = \"SELECT \\\n    x\"; let q = '\"'; let b = r#\"{\"no\": 1}\"#; let c = \"a \\\"b\\\"\"; &'a str";
    assert_eq!(literals(code), ["SELECT x", "a \"b\""]);
    assert_eq!(without_names("SELECT {a} FROM {b}"), "SELECT {} FROM {}");
    let text = Text { file: String::new(), text: "SELECT {} FROM {} WHERE".to_owned() };
    assert!(text.is_in("SELECT 1 FROM booking WHERE id = 1") && !text.is_in("SELECT 1 WHERE id = 1"));
}
