//! What commands print.

use std::fmt::Display;
use std::io::Write;

use anyhow::Context;

/// Prints a line of a command's output. `println!` panics where nobody reads it any more.
pub(super) fn print(line: &impl Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output cannot be written")
}
