//! The reference page of all settings, made from the registry; a test keeps `docs/reference/configuration.md` equal to it.

use std::fmt::Write as _;
use std::path::Path;

use super::SETTINGS;

const HEAD: &str = "\
# Configuration

Made from the registry of settings in `crates/server/src/config/`; a test keeps it true. After a change of a setting,
`UPDATE_DOCS=1 cargo test -p stepwell-server reference` writes this page anew.

`stepwell dev` and `stepwell serve` take their settings from a TOML file (`--config FILE`, or `STEPWELL_CONFIG`), then
from the environment, then from the command line; the last one wins. `stepwell check-config` says what is in force and
where it came from. In the file, a key's part before the last dot is its table: `email.smtp.host` is `host` under
`[email.smtp]`. Lists in the environment are separated by commas. Names that do not exist are refused, but for variables
that begin with `STEPWELL_TEST_`.

A setting marked **secret** can also be read from a file: add `_file` to the key or `_FILE` to the variable, and give the
path. A setting marked **dev** is refused by `stepwell serve`. Relative paths start at the working directory.

";

fn render() -> String {
    let mut page = HEAD.to_owned();
    let mut section = "";
    for setting in SETTINGS.iter() {
        let (own, _) = setting.key.rsplit_once('.').unwrap();
        if own != section {
            section = own;
            write!(page, "{}## `[{section}]`\n\n", if page.len() == HEAD.len() { "" } else { "\n" }).unwrap();
            page.push_str("| Key | Variable | Kind | Default | Meaning |\n|---|---|---|---|---|\n");
        }
        let mut kind = setting.kind.name().to_owned();
        if setting.secret {
            kind.push_str(", **secret**");
        }
        if setting.dev_only {
            kind.push_str(", **dev**");
        }
        let default = if setting.default.is_empty() { "none" } else { setting.default };
        writeln!(page, "| `{}` | `{}` | {kind} | {default} | {} |", setting.key, setting.env, setting.doc).unwrap();
    }
    page
}

#[test]
fn configuration_reference_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/configuration.md");
    let page = render();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/reference/configuration.md is out of date; UPDATE_DOCS=1 cargo test -p stepwell-server reference"
    );
}
