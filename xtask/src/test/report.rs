//! The counts of a test run, one row per suite.

use std::time::Duration;

/// How many tests of one suite passed, failed and were skipped.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Count {
    /// One check that either passed or failed.
    pub(super) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed), skipped: 0 }
    }
}

struct Row {
    name: String,
    count: Count,
    took: Duration,
    note: String,
}

/// The rows so far.
#[derive(Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds the outcome of a suite that ran.
    pub(super) fn add(&mut self, name: &str, count: Count, took: Duration) {
        self.rows.push(Row { name: name.to_owned(), count, took, note: String::new() });
    }

    /// Adds a suite that could not run: a missing tool is a failure, never a silent pass.
    pub(super) fn failed(&mut self, name: &str, why: &str) {
        eprintln!("FAILED {name}: {why}");
        self.rows.push(Row {
            name: name.to_owned(),
            count: Count::one(false),
            took: Duration::ZERO,
            note: why.to_owned(),
        });
    }

    fn total(&self) -> Count {
        self.rows.iter().fold(Count::default(), |sum, row| Count {
            passed: sum.passed + row.count.passed,
            failed: sum.failed + row.count.failed,
            skipped: sum.skipped + row.count.skipped,
        })
    }

    /// Something ran, and nothing failed.
    pub(super) fn succeeded(&self) -> bool {
        let total = self.total();
        total.failed == 0 && total.passed > 0
    }

    /// Prints the table and, as the last line, the sums.
    pub(super) fn print(&self) {
        println!("\n{:<32} {:>7} {:>7} {:>8} {:>8}", "suite", "passed", "failed", "skipped", "seconds");
        for row in &self.rows {
            println!(
                "{:<32} {:>7} {:>7} {:>8} {:>8.1}  {}",
                row.name,
                row.count.passed,
                row.count.failed,
                row.count.skipped,
                row.took.as_secs_f64(),
                row.note
            );
        }
        let total = self.total();
        println!();
        if total.skipped == 0 {
            println!("{} passed, {} failed", total.passed, total.failed);
        } else {
            println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
        }
    }
}
