//! Developer tasks.

mod bench;
mod codegen;
mod test;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((task, rest)) if task == "bench" => bench::run(rest),
        Some((task, rest)) if task == "codegen" => codegen::run(rest),
        Some((task, rest)) if task == "fuzz" => bench::fuzz(rest),
        Some((task, rest)) if task == "test" => test::run(rest),
        _ => {
            eprintln!(
                "usage: cargo xtask bench signin|users\n       cargo xtask codegen [--check]\n       cargo xtask fuzz [--seconds N]\n       cargo xtask test [SUITE…] [--engine sqlite|postgres]"
            );
            ExitCode::from(2)
        }
    }
}
