//! `docs/reference/operations.md` says of each operation whether it is built. Its tables are made here, so that they
//! cannot differ from the code: `UPDATE_DOCS=1 cargo test -p stepwell-api --test operations_reference` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use stepwell_api::wire::dispatch;
use stepwell_model::{NOT_BUILT, OperationMeta, Service, iam, identity, idp, sts};

const BEGIN: &str = "<!-- made by crates/api/tests/operations_reference.rs: begin -->\n";
const END: &str = "<!-- end -->\n";

/// The resources in the order of the page, each with its heading.
const RESOURCES: [(&str, &str); 31] = [
    ("user_pools", "User pools"),
    ("clients", "App clients"),
    ("admin_users", "Users, by administrators"),
    ("self_service", "Users, by themselves"),
    ("sign_up", "Sign-up and recovery"),
    ("auth", "Sign-in"),
    ("tokens", "Tokens"),
    ("sessions", "Sessions"),
    ("groups", "Groups"),
    ("tags", "Tags"),
    ("mfa", "Multi-factor authentication"),
    ("webauthn", "Passkeys"),
    ("devices", "Devices"),
    ("identity_providers", "Identity providers"),
    ("resource_servers", "Resource servers"),
    ("domains", "Domains"),
    ("branding", "Branding"),
    ("terms", "Terms"),
    ("imports", "User imports"),
    ("risk", "Threat protection"),
    ("logging", "Log delivery"),
    ("limits", "Provisioned limits"),
    ("replicas", "Replicas"),
    ("identity_pools", "Identity pools"),
    ("credentials", "Temporary credentials (STS)"),
    ("users", "Access management (IAM): users"),
    ("access_keys", "Access management (IAM): access keys"),
    ("roles", "Access management (IAM): roles"),
    ("policies", "Access management (IAM): policies"),
    ("oidc_providers", "Access management (IAM): OpenID Connect providers"),
    ("saml_providers", "Access management (IAM): SAML providers"),
];

fn is_built(operation: &OperationMeta) -> bool {
    let built = dispatch::built().contains(&(operation.service, operation.name));
    let listed_as_missing = NOT_BUILT.contains(&(operation.service, operation.name));
    assert_ne!(built, listed_as_missing, "{} must be either built or in NOT_BUILT", operation.name);
    built
}

fn tables() -> String {
    let services = [idp::OPERATIONS, identity::OPERATIONS, sts::OPERATIONS, iam::OPERATIONS];
    let all: Vec<&OperationMeta> = services.into_iter().flatten().collect();
    let cognito: Vec<_> =
        all.iter().filter(|operation| matches!(operation.service, Service::Idp | Service::Identity)).collect();
    let built = cognito.iter().filter(|operation| is_built(operation)).count();
    let mut text = format!(
        "**{built} of Cognito's {} operations are built**, and with them what temporary credentials need of STS and IAM.\n",
        cognito.len()
    );
    let mut placed = 0;
    for (resource, heading) in RESOURCES {
        let here: Vec<_> = all.iter().filter(|operation| operation.resource == resource).collect();
        assert!(!here.is_empty(), "there is no resource {resource}");
        placed += here.len();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n### {heading}\n\n| Operation | State |\n|---|---|\n");
        for operation in here {
            let state = if is_built(operation) { "built" } else { "not yet" };
            let _ = writeln!(text, "| `{}` | {state} |", operation.name);
        }
    }
    assert_eq!(placed, all.len(), "an operation belongs to a resource that RESOURCES lacks");
    text
}

#[test]
fn the_page_tells_what_is_built() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/operations.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).expect("the page marks where its tables begin");
    let (found, tail) = rest.split_once(END).expect("the page marks where its tables end");
    let wanted = tables();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}{BEGIN}{wanted}{END}{tail}")).unwrap();
    } else {
        assert!(
            found == wanted,
            "docs/reference/operations.md is out of date: UPDATE_DOCS=1 cargo test -p stepwell-api --test operations_reference"
        );
    }
}
