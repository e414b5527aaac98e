//! The TypeScript types beside each package: written by hand, save the refusal codes, which come from the rules.

use std::path::Path;

use anyhow::{Result, ensure};
use logic::Code;

use crate::NAME;

const TYPES: &str = include_str!("../../types/index.d.ts");
/// Where the union of the codes goes.
const CODES: &str = "'CODES'";

/// Who loads the package.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    Node,
    Web,
    Wechat,
}

/// Writes `index.d.ts`.
pub(crate) fn write(out: &Path, home: Home) -> Result<()> {
    ensure!(TYPES.matches(CODES).count() == 1, "types/index.d.ts must hold {CODES} once");
    let codes: Vec<String> = Code::ALL.iter().map(|code| format!("'{}'", code.as_str())).collect();
    let loading = match home {
        Home::Node => "",
        Home::Web => {
            "\n/** Loads the rules; the functions work when its promise is kept. Left out, the file beside this module is fetched. */\n\
             export default function init(options?: { module_or_path: string | URL | Response | BufferSource | WebAssembly.Module }): Promise<unknown>;\n\
             /** Loads the rules from bytes or a compiled module at once. */\n\
             export function initSync(options: { module: BufferSource | WebAssembly.Module }): unknown;\n"
        }
        Home::Wechat => {
            "\n/** Loads the rules once; the functions work when its promise is kept. A failed load may be tried again. */\n\
             export function init(): Promise<void>;\n"
        }
    };
    let text = format!("{}{loading}", TYPES.replace(CODES, &codes.join("\n  | ")));
    crate::write(&out.join(NAME).with_extension("d.ts"), &text)
}
