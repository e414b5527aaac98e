//! A log writer that callers never wait for and that never fails: lines go through a bounded queue to a thread of
//! their own, and what cannot be written is lost and counted.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that wait for the writing thread at most: seconds of a busy evening, a few megabytes.
const QUEUED_LINES: usize = 8_192;

/// Lines that the queue had no room for.
static REFUSED: OnceLock<ErrorCounter> = OnceLock::new();
/// Lines that the output did not take.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes the lines that are still queued when it is dropped; gives up after a second.
pub struct Flush(#[allow(dead_code, reason = "it acts when it is dropped")] WorkerGuard);

/// A writer to `output`, and what flushes it at the end of the program.
pub(crate) fn over<W: Write + Send + 'static>(output: W) -> (NonBlocking, Flush) {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUED_LINES)
        .thread_name("log")
        .finish(Lossy(output));
    // The first writer is the program's log.
    let _ = REFUSED.set(writer.error_counter());
    (writer, Flush(guard))
}

/// Lines that were lost since the program started.
pub(crate) fn lost() -> u64 {
    let refused = REFUSED.get().map_or(0, ErrorCounter::dropped_lines);
    u64::try_from(refused).unwrap_or(u64::MAX).saturating_add(UNWRITTEN.load(Ordering::Relaxed))
}

/// Takes every line, and drops those that the output refuses.
struct Lossy<W>(W);

impl<W: Write> Write for Lossy<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.write_all(line).is_err() {
            UNWRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Whatever could not be flushed is tried again with the next line.
        let _ = self.0.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output without room.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn a_full_output_loses_lines_and_is_no_error() {
        let before = lost();
        let (mut writer, flush) = over(Full);
        for _ in 0..3 {
            writer.write_all(b"a line\n").unwrap();
        }
        drop(flush);
        assert_eq!(lost() - before, 3);
    }
}
