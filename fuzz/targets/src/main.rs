//! `cargo xtask fuzz`: mutates seeds and feeds them to the targets, for a bounded time, the same way in every run with the
//! same seed.
//!
//! ```text
//! stepwell-fuzz [--seconds N] [--seed N] [--target NAME]
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use stepwell_fuzz::mutate::{Numbers, input};
use stepwell_fuzz::{Finding, TARGETS, Target};

/// What the command line asked for.
struct Plan {
    seconds: u64,
    seed: u64,
    targets: Vec<Target>,
}

fn main() -> ExitCode {
    let plan = match parse(std::env::args().skip(1)) {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("fuzz: {error}");
            return ExitCode::from(2);
        }
    };
    let (mut inputs, mut failures) = (0, 0);
    let share = Duration::from_secs(plan.seconds) / u32::try_from(plan.targets.len()).unwrap_or(1);
    for target in &plan.targets {
        match fuzz(target, share, plan.seed) {
            Ok(count) => {
                println!("{}: {count} inputs", target.name);
                inputs += count;
            }
            Err(Failed { count, finding }) => {
                println!("{}: FAILED at input {count} of seed {}: {finding}", target.name, plan.seed);
                inputs += count;
                failures += 1;
            }
        }
    }
    println!("fuzz: {inputs} inputs, {failures} failures");
    if failures == 0 && inputs > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Plan, String> {
    let mut plan = Plan { seconds: 60, seed: 1, targets: TARGETS.to_vec() };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse().map_err(|_| format!("{name} takes a number"));
        match name.as_str() {
            "--seconds" => plan.seconds = number()?,
            "--seed" => plan.seed = number()?,
            "--target" => plan.targets.retain(|target| target.name == value),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    if plan.targets.is_empty() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("no such target; there are {}", names.join(", ")));
    }
    Ok(plan)
}

/// Where a target failed.
struct Failed {
    count: u64,
    finding: Finding,
}

/// Tries the seeds as they are, then mutations of them until the time is up or one fails.
fn fuzz(target: &Target, share: Duration, seed: u64) -> Result<u64, Failed> {
    let started = Instant::now();
    let seeds = (target.seeds)().map_err(|finding| Failed { count: 0, finding })?;
    let mut numbers = Numbers::new(seed);
    let mut count = 0;
    let mut unchanged = seeds.iter();
    while unchanged.len() > 0 || started.elapsed() < share {
        let input = unchanged.next().cloned().unwrap_or_else(|| input(&seeds, &mut numbers));
        count += 1;
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        // The panic itself has been printed by its hook.
        let finding = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(finding)) => finding,
            Err(_) => "panicked".to_owned(),
        };
        let finding = format!("{finding}\n  input: {}", hex::encode(&input));
        return Err(Failed { count, finding });
    }
    Ok(count)
}
