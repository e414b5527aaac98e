//! Turns compiled WASM into what Node, browsers, WeChat and the edge load. Run by `scripts/build-wasm` and
//! `scripts/build-edge`; each command reads one `.wasm` that cargo made and fills one directory.

mod types;
mod wechat;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use wasm_bindgen_cli_support::Bindgen;

/// The base name of every file of a package.
const NAME: &str = "index";

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes a CommonJS module that reads its WASM from the file beside it.
    Node(Paths),
    /// Writes an ES module for browsers; its default export loads the WASM.
    Web(Paths),
    /// Writes a CommonJS module for mini-programs, which load WASM only through `WXWebAssembly`.
    Wechat {
        #[command(flatten)]
        paths: Paths,
        /// The path of the WASM inside the mini-program, for example `/wasm/index_bg.wasm.br`.
        #[arg(long)]
        package_path: String,
    },
    /// Writes an ES module worker whose instance is replaced after a trap.
    Worker(Paths),
}

#[derive(Args)]
struct Paths {
    /// The `.wasm` file that cargo made.
    input: PathBuf,
    /// The directory to fill.
    output: PathBuf,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Node(paths) => {
            bindgen(&paths).nodejs(true)?.generate(&paths.output)?;
            types::write(&paths.output, types::Host::Node)
        }
        Command::Web(paths) => {
            bindgen(&paths).web(true)?.omit_default_module_path(false).generate(&paths.output)?;
            types::write(&paths.output, types::Host::Web)
        }
        Command::Wechat { paths, package_path } => {
            wechat::generate(bindgen(&paths).nodejs(true)?, &paths.output, &package_path)?;
            types::write(&paths.output, types::Host::Wechat)
        }
        Command::Worker(paths) => worker(&paths),
    }
}

fn bindgen(paths: &Paths) -> Bindgen {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&paths.input).out_name(NAME).typescript(false).remove_name_section(true);
    bindgen
}

/// Does what `worker-build`, the build program of the `worker` crate, does, without its downloads: after a trap the
/// instance refuses further calls until it is replaced.
fn worker(paths: &Paths) -> Result<()> {
    bindgen(paths)
        .module(true)?
        .reset_state_function(true)
        .force_enable_abort_handler(true)
        .generate(&paths.output)?;
    let index = paths.output.join(NAME).with_extension("js");
    // wrangler's bundler does not support source-phase imports; a plain import behaves the same here.
    replace_once(&index, "import source ", "import ")?;
    write(&paths.output.join("worker.js"), include_str!("../js/worker.js"))
}

fn replace_once(path: &Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let found = text.matches(from).count();
    ensure!(
        found == 1,
        "{}: expected `{from}` once, found it {found} times: wasm-bindgen changed",
        path.display()
    );
    write(path, &text.replace(from, to))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
