//! Which operations are built: those with a file in `crates/api`. All others stand in `not_built.txt`, which only shrinks.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::names::snake;
use super::operations::Service;
use super::{Failure, GENERATED};

const NOT_BUILT: &str = "crates/api/not_built.txt";

/// The file `dispatch.rs` and what `not_built.txt` should hold.
pub(super) struct Dispatch {
    pub(super) source: String,
    pub(super) not_built: String,
}

/// Compares files and list. An operation in neither is an error. In both: its line goes, which `--check` reports as a
/// difference.
pub(super) fn emit(root: &Path, services: &[&Service<'_>]) -> Result<Dispatch, Failure> {
    let path = root.join(NOT_BUILT);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let mut listed: BTreeSet<&str> = text.lines().map(str::trim).filter(|line| is_entry(line)).collect();
    let mut entries = String::new();
    let mut not_built = String::new();
    let mut list = header(&text);
    let mut missing = Vec::new();
    for service in services {
        for resource in &service.resources {
            for operation in &resource.operations {
                let entry = format!("{} {operation}", service.module);
                let was_listed = listed.remove(entry.as_str());
                let file = snake(operation);
                let folder = if service.flat { "" } else { resource.name };
                let source = root.join("crates/api/src").join(service.module).join(folder).join(format!("{file}.rs"));
                if source.exists() {
                    let _ = writeln!(entries, "({}, {}, {file}, {operation}),", service.module, resource.name);
                } else if was_listed {
                    let _ = writeln!(not_built, "(Service::{}, \"{operation}\"),", service.variant);
                    let _ = writeln!(list, "{entry}");
                } else {
                    missing.push(format!("{entry} is neither built ({}) nor in {NOT_BUILT}", source.display()));
                }
            }
        }
    }
    missing.extend(listed.iter().map(|entry| format!("{NOT_BUILT}: `{entry}` is no operation")));
    if !missing.is_empty() {
        return Err(Failure::new(missing.join("\n")));
    }
    Ok(Dispatch { source: source(&entries, &not_built), not_built: list })
}

fn is_entry(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

/// The comment lines at the top.
fn header(text: &str) -> String {
    text.split_inclusive('\n').take_while(|line| !is_entry(line.trim())).collect()
}

fn source(entries: &str, not_built: &str) -> String {
    format!(
        "//! Which operations are built.\n{GENERATED}\nuse crate::Service;\n\n\
         /// Calls the macro `$callback` once with every operation that is built, each as\n\
         /// `(service, resource, file, Operation),`, e.g. `(idp, groups, create_group, CreateGroup),`.\n\
         #[macro_export]\nmacro_rules! for_each_operation {{\n    ($callback:ident) => {{\n        $callback! {{\n{entries}        }}\n    }};\n}}\n\n\
         /// The operations of the model that are not built yet.\n\
         pub const NOT_BUILT: &[(Service, &str)] = &[\n{not_built}];\n"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::super::operations::Resource;
    use super::super::service::{Metadata, ServiceModel};
    use super::*;

    /// A workspace whose list holds `listed` and whose built operations are `built`.
    fn workspace(test: &str, listed: &str, built: &[&str]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("stepwell-{test}-{}", std::process::id()));
        let folder = root.join("crates/api/src/idp/groups");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(root.join(NOT_BUILT), listed).unwrap();
        for file in built {
            std::fs::write(folder.join(file), "").unwrap();
        }
        root
    }

    fn run(root: &Path) -> Result<Dispatch, Failure> {
        let model =
            ServiceModel { metadata: Metadata::default(), operations: BTreeMap::new(), shapes: BTreeMap::new() };
        let operations = vec!["CreateGroup", "GetGroup"];
        let resources = vec![Resource { name: "groups", operations }];
        let idp = Service { model: &model, module: "idp", variant: "Idp", title: "", flat: false, resources };
        let result = emit(root, &[&idp]);
        std::fs::remove_dir_all(root).unwrap();
        result
    }

    #[test]
    fn a_built_operation_leaves_the_list() {
        let list = "# Comment.\nidp CreateGroup\nidp GetGroup\n";
        let dispatch = run(&workspace("built", list, &["get_group.rs"])).unwrap();
        assert_eq!(dispatch.not_built, "# Comment.\nidp CreateGroup\n");
        assert!(dispatch.source.contains("(idp, groups, get_group, GetGroup),"));
        assert!(dispatch.source.contains("(Service::Idp, \"CreateGroup\"),"));
    }

    #[test]
    fn an_operation_in_neither_place_fails() {
        let failure = run(&workspace("neither", "idp GetGroup\n", &[])).err().unwrap();
        assert!(failure.to_string().starts_with("idp CreateGroup is neither built"), "{failure}");
    }

    #[test]
    fn an_unknown_line_fails() {
        let list = "idp CreateGroup\nidp GetGroup\nidp CreateGruop\n";
        let failure = run(&workspace("unknown", list, &[])).err().unwrap();
        assert!(failure.to_string().contains("`idp CreateGruop` is no operation"), "{failure}");
    }
}
