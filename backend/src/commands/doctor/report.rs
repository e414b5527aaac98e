//! The lines that `gym doctor` prints.

use std::fmt::Display;

use crate::commands::output::print;

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// How many lines need attention.
    pub(super) troubles: usize,
}

impl Report {
    /// Prints a line about something: how it is, or what is wrong with it.
    pub(super) fn line(&mut self, what: &str, outcome: Result<impl Display, impl Display>) {
        let line = match outcome {
            Ok(well) => format!("ok       {what}: {well}"),
            Err(wrong) => {
                self.troubles += 1;
                format!("TROUBLE  {what}: {wrong}")
            }
        };
        // Where nobody reads, the exit code still tells.
        let _ = print(&line);
    }
}
