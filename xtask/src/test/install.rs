//! Installs what the tests need: quick when it is already there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::workspace::root;

/// Where installed things live, outside the checkout.
fn cache() -> Result<PathBuf, String> {
    let home = std::env::var_os("HOME").ok_or("HOME is not set")?;
    Ok(PathBuf::from(home).join(".cache/stepwell"))
}

/// A Python with the packages of `tests/python/requirements.txt`; its path.
pub(super) fn python() -> Result<PathBuf, String> {
    let venv = cache()?.join("venv");
    let wanted = fs::read_to_string(root().join("tests/python/requirements.txt")).map_err(|e| e.to_string())?;
    let stamp = venv.join("requirements.installed");
    let python = venv.join("bin/python");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    if !python.exists() {
        fs::create_dir_all(&venv).map_err(|e| e.to_string())?;
        if quiet(Command::new("python3").arg("-m").arg("venv").arg(&venv)).is_err() {
            // Debian ships venv apart from python3.
            packages(&["python3-venv"])?;
            quiet(Command::new("python3").arg("-m").arg("venv").arg(&venv))?;
        }
    }
    println!("== installing tests/python/requirements.txt");
    quiet(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(root().join("tests/python/requirements.txt")),
    )?;
    fs::write(&stamp, wanted).map_err(|e| e.to_string())?;
    Ok(python)
}

/// Node.js and the packages of `tests/js/package-lock.json`; the folder `tests/js`.
pub(super) fn node() -> Result<PathBuf, String> {
    if which("node").is_none() || which("npm").is_none() {
        packages(&["nodejs", "npm"])?;
    }
    let folder = root().join("tests/js");
    let wanted = fs::read_to_string(folder.join("package-lock.json")).map_err(|e| e.to_string())?;
    let stamp = folder.join("node_modules/.package-lock.installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    println!("== installing tests/js/package-lock.json");
    quiet(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    fs::write(&stamp, wanted).map_err(|e| e.to_string())?;
    Ok(folder)
}

/// The folder that holds PostgreSQL's server programs. Debian keeps them off the PATH, in a folder per version.
pub(super) fn postgres() -> Result<PathBuf, String> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    packages(&["postgresql"])?;
    find_postgres().ok_or_else(|| "no initdb, neither on the PATH nor in /usr/lib/postgresql/*/bin".to_owned())
}

fn find_postgres() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    match versions.pop() {
        Some((_, bin)) => Some(bin),
        None => which("initdb").and_then(|path| path.parent().map(Path::to_path_buf)),
    }
}

/// A Chromium to drive; its path.
pub(super) fn chromium() -> Result<PathBuf, String> {
    let find = || ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(which);
    if let Some(found) = find() {
        return Ok(found);
    }
    packages(&["chromium"])?;
    find().ok_or_else(|| "no chromium on the PATH".to_owned())
}

/// Installs Debian packages where that is possible, and says what to do where it is not.
fn packages(names: &[&str]) -> Result<(), String> {
    let list = names.join(" ");
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    if !root || which("apt-get").is_none() {
        return Err(format!("missing: {list}. Install it (Debian: `sudo apt-get install {list}`) and run again"));
    }
    println!("== apt-get install {list}");
    quiet(Command::new("apt-get").args(["update", "-qq"]))?;
    quiet(
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(names),
    )
}

/// Runs a command and keeps its output for the error.
fn quiet(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{shown}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!("{shown} failed:\n{}", String::from_utf8_lossy(&text)))
}

/// The first executable of that name on the PATH.
pub(super) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
