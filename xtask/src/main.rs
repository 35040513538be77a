//! Developer tasks.

mod bench;
mod codegen;
mod test;
mod usage;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((task, rest)) = arguments.split_first() else { return misused(&usage::all()) };
    if matches!(task.as_str(), "--help" | "-h" | "help") {
        print!("{}", usage::all());
        return ExitCode::SUCCESS;
    }
    let Some(usage) = usage::of(task) else { return misused(&usage::all()) };
    if usage::asked(rest) {
        print!("{usage}");
        return ExitCode::SUCCESS;
    }
    match task.as_str() {
        "bench" if !bench::is_known(rest) => misused(usage),
        "bench" => bench::run(rest),
        "codegen" => codegen::run(rest),
        "fuzz" => bench::fuzz(rest),
        "test" => test::run(rest),
        _ => misused(usage),
    }
}

/// Says how it is done.
fn misused(usage: &str) -> ExitCode {
    eprint!("{usage}");
    ExitCode::from(2)
}
