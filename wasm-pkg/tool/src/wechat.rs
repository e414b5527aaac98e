//! The mini-program's module: the output of wasm-bindgen for Node, adapted to mini-program runtimes.
//!
//! WeChat loads WASM by package path, only through `WXWebAssembly`, and has no `TextDecoder` or `TextEncoder`. Old iOS
//! runtimes also lack `BigInt` and exported globals.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::{NAME, write};

/// The line from which on the Node module reads files.
const LOADER: &str = "const wasmPath =";
/// Globals that wasm-bindgen exports for unwinding panics; this module does not use them.
const UNUSED_EXPORTS: [&str; 2] = ["__abort_handler", "__instance_terminated"];
/// Globals that some or all mini-program runtimes lack.
const ABSENT: [&str; 17] = [
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Buffer",
    "FinalizationRegistry",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "WebAssembly",
    "WeakRef",
    "__dirname",
    "document",
    "fetch",
    "globalThis",
    "process",
    "require",
    "window",
];

/// Writes `index.js` and `index_bg.wasm`; the JavaScript expects the WASM at `package_path`.
pub(crate) fn generate(bindgen: &mut Bindgen, out: &Path, package_path: &str) -> Result<()> {
    ensure!(
        package_path.starts_with('/')
            && (package_path.ends_with(".wasm") || package_path.ends_with(".wasm.br")),
        "{package_path}: WXWebAssembly takes a path from the package's root to a .wasm or .wasm.br file"
    );
    let mut output = bindgen.generate_output()?;
    for name in UNUSED_EXPORTS {
        // A missing export is fine: the build checks that no exported global is left.
        let _ = output.wasm_mut().exports.remove(name);
    }
    output.emit(out)?;
    let path = out.join(NAME).with_extension("js");
    let js = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    write(&path, &adapt(&js, package_path)?)
}

fn adapt(js: &str, package_path: &str) -> Result<String> {
    let Some((glue, _)) = js.split_once(LOADER) else {
        bail!("no `{LOADER}` in the JavaScript for Node: wasm-bindgen changed");
    };
    let glue = glue.replace("new TextEncoder()", "utf8");
    let glue = match glue
        .split_once("new TextDecoder(")
        .and_then(|(before, rest)| Some((before, rest.split_once(')')?.1)))
    {
        Some((before, after)) => format!("{before}utf8{after}"),
        None => glue,
    };
    let init = include_str!("../js/wechat-init.js").replace("PACKAGE_PATH", package_path);
    let js = format!("'use strict';\n{}\n{glue}\n{init}", include_str!("../js/utf8.js"));
    let left: Vec<&str> = words(&js).filter(|word| ABSENT.contains(word)).collect();
    ensure!(left.is_empty(), "the mini-program's JavaScript still uses {}", left.join(", "));
    Ok(js)
}

fn words(js: &str) -> impl Iterator<Item = &str> {
    js.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "exports.f = f;\nlet d = new TextDecoder('utf-8', { fatal: true });\n\
                        const e = new TextEncoder();\nconst wasmPath = 1; require('fs')";

    #[test]
    fn the_loader_and_the_text_globals_are_replaced() {
        let js = adapt(GLUE, "/wasm/index_bg.wasm.br").unwrap();
        assert!(js.contains("let d = utf8;"), "{js}");
        assert!(js.contains("const e = utf8;"), "{js}");
        assert!(js.contains("WXWebAssembly.instantiate('/wasm/index_bg.wasm.br'"), "{js}");
        assert!(!js.contains("wasmPath"), "{js}");
    }

    #[test]
    fn a_global_that_mini_programs_lack_is_named() {
        let error = adapt("const n = BigInt(1);\nconst wasmPath = 1;", "/a.wasm").unwrap_err();
        assert!(error.to_string().ends_with("still uses BigInt"), "{error}");
    }

    #[test]
    fn unknown_glue_is_refused() {
        assert!(adapt("something else", "/a.wasm").is_err());
    }
}
