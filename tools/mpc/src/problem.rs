//! The faults of a package, collected so that one run reports all of them.

use std::fmt;

/// Faults in the order in which they were found, each with its file.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

#[derive(Debug, PartialEq, Eq)]
struct Problem {
    file: String,
    line: Option<u32>,
    what: String,
}

impl Problems {
    /// Notes a fault of a whole file.
    pub(crate) fn add(&mut self, file: &str, what: impl fmt::Display) {
        self.push(file, None, &what);
    }

    /// Notes a fault at a line (the first is 1).
    pub(crate) fn add_at(&mut self, file: &str, line: u32, what: impl fmt::Display) {
        self.push(file, Some(line), &what);
    }

    fn push(&mut self, file: &str, line: Option<u32>, what: &dyn fmt::Display) {
        let problem = Problem { file: file.to_owned(), line, what: what.to_string() };
        // A stylesheet imported twice is read twice.
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            match problem.line {
                Some(line) => writeln!(f, "{}:{line}: {}", problem.file, problem.what)?,
                None => writeln!(f, "{}: {}", problem.file, problem.what)?,
            }
        }
        Ok(())
    }
}
