//! Starting a child process, showing its output as it comes, and counting tests in it.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

use super::report::{Count, Report};

/// How a test runner words its totals.
#[derive(Clone, Copy)]
pub(super) enum Runner {
    /// Succeeds or fails as a whole.
    Check,
    /// `test result: ok. 3 passed; 0 failed; …`, once per test binary.
    Cargo,
    /// `3 passed, 1 failed in 2.00s`, at the end.
    Pytest,
    /// `# pass 3`, `# fail 0`, `# skipped 0`, at the end.
    Node,
}

/// Runs `command`, echoes its output and adds the count to the report.
pub(super) fn counted(report: &mut Report, name: &str, runner: Runner, command: &mut Command) -> bool {
    println!("\n== {name}");
    let started = Instant::now();
    let mut child = match command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            report.failed(name, &format!("cannot start {}: {error}", command.get_program().display()));
            return false;
        }
    };
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            println!("{line}");
            runner.read(&line, &mut count);
        }
    }
    let success = child.wait().is_ok_and(|status| status.success());
    if matches!(runner, Runner::Check) {
        count = Count::one(success);
    } else if success && count.passed + count.failed + count.skipped == 0 {
        report.failed(name, "ran no test");
        return false;
    } else if !success && count.failed == 0 {
        // It broke outside any test: a compile error, a crash of the runner.
        count.failed = 1;
    }
    report.add(name, count, started.elapsed());
    success
}

impl Runner {
    fn read(self, line: &str, count: &mut Count) {
        match self {
            Self::Check => {}
            Self::Cargo => {
                if let Some(totals) = line.strip_prefix("test result: ") {
                    add_totals(totals.split([';', '.']), count);
                }
            }
            Self::Pytest => {
                let line = line.trim_matches(|c: char| c == '=' || c == ' ');
                if let Some((totals, _)) = line.rsplit_once(" in ")
                    && totals.starts_with(|c: char| c.is_ascii_digit())
                {
                    add_totals(totals.split(','), count);
                }
            }
            Self::Node => {
                let mut words = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).split_whitespace();
                if let (Some(word), Some(Ok(number)), None) =
                    (words.next(), words.next().map(str::parse::<u64>), words.next())
                {
                    match word {
                        "pass" => count.passed += number,
                        "fail" | "cancelled" => count.failed += number,
                        "skipped" | "todo" => count.skipped += number,
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Adds parts such as `3 passed` or `1 errors`.
fn add_totals<'a>(parts: impl Iterator<Item = &'a str>, count: &mut Count) {
    for part in parts {
        let mut words = part.split_whitespace();
        let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<u64>), words.next()) else {
            continue;
        };
        match word {
            "passed" => count.passed += number,
            "failed" | "error" | "errors" => count.failed += number,
            "skipped" | "ignored" => count.skipped += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Runner};

    fn read(runner: Runner, text: &str) -> (u64, u64, u64) {
        let mut count = Count::default();
        for line in text.lines() {
            runner.read(line, &mut count);
        }
        (count.passed, count.failed, count.skipped)
    }

    #[test]
    fn totals_of_every_runner_are_understood() {
        let cargo = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.0s\n\
                     test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured";
        assert_eq!(read(Runner::Cargo, cargo), (14, 3, 1));
        let pytest = "== 2 failed, 10 passed, 1 skipped, 3 deselected, 1 error in 2.20s ==";
        assert_eq!(read(Runner::Pytest, pytest), (10, 3, 1));
        assert_eq!(read(Runner::Node, "# tests 5\n# pass 4\n# fail 1\nℹ skipped 2"), (4, 1, 2));
    }

    #[test]
    fn prose_is_not_counted() {
        assert_eq!(read(Runner::Pytest, "test_x passed in 3 tries"), (0, 0, 0));
        assert_eq!(read(Runner::Node, "pass 4 times"), (0, 0, 0));
        assert_eq!(read(Runner::Cargo, "3 passed; 0 failed"), (0, 0, 0));
    }
}
