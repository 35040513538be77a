//! What each task takes, in words; told at once, before anything is built.

/// A task's name, how it is called, and what it does.
struct Task {
    name: &'static str,
    usage: &'static str,
}

const TASKS: [Task; 4] = [
    Task {
        name: "bench",
        usage: "\
cargo xtask bench signin [--engine sqlite|postgres|both] [--seconds N] [--connections N] [--strict]
cargo xtask bench users  [--engine sqlite|postgres] [--users N] [--seconds N] [--connections N] [--strict]
cargo xtask bench credentials [--engine sqlite|postgres|both] [--seconds N] [--strict]

Builds the release server and measures it: `signin` gives the CPU time of each flow over its cryptographic floor, `users`
compares many users with few, `credentials` gives the cost of temporary credentials, signatures and decisions. With
--strict a target that is missed is a failure.
",
    },
    Task {
        name: "codegen",
        usage: "\
cargo xtask codegen [--check]

Writes the generated part of crates/model from the pinned botocore model. With --check nothing is written, and a
difference is a failure.
",
    },
    Task {
        name: "fuzz",
        usage: "\
cargo xtask fuzz [--seconds N] [--seed N] [--target NAME]

Runs the fuzz targets in process.
",
    },
    Task {
        name: "test",
        usage: "\
cargo xtask test [SUITE…] [--engine sqlite|postgres] [-- ARGUMENTS FOR PYTEST OR NODE]

Installs what the tests need and runs them. Suites: rust, python, js, browser, users (all five if none is named), and
kills, the long form of the kill -9 test. Both engines, unless one is named. What stands after `--` needs exactly one suite:
`cargo xtask test python -- -k lockout`.
",
    },
];

/// How one task is called; none if there is no such task.
pub(crate) fn of(task: &str) -> Option<&'static str> {
    TASKS.iter().find(|known| known.name == task).map(|known| known.usage)
}

/// How every task is called.
pub(crate) fn all() -> String {
    let tasks: Vec<&str> = TASKS.iter().map(|task| task.usage).collect();
    tasks.join("\n")
}

/// Whether the arguments of a task ask how it is called. What stands after `--` is somebody else's.
pub(crate) fn asked(arguments: &[String]) -> bool {
    arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--help" || argument == "-h")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn help_is_asked_for_before_the_dashes() {
        assert!(asked(&arguments("--help")) && asked(&arguments("python -h")));
        assert!(!asked(&arguments("python -- --help")) && !asked(&[]));
    }

    #[test]
    fn every_task_says_how_it_is_called() {
        for task in TASKS {
            assert!(task.usage.starts_with(&format!("cargo xtask {}", task.name)), "{}", task.name);
            assert!(all().contains(task.usage) && of(task.name) == Some(task.usage));
        }
        assert_eq!(of("nonsense"), None);
    }
}
