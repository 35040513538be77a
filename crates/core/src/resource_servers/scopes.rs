//! Names of custom scopes, and which of them are active.

use std::collections::{BTreeMap, BTreeSet};

use super::ResourceServer;
use crate::domain::Domain;
use crate::error::Result;

/// True for the form `identifier/scope`. The scopes that every pool has hold no slash.
pub fn is_custom(scope: &str) -> bool {
    split(scope).is_some()
}

/// Identifier and name. An identifier may be an address, a name never holds a slash: the last one divides them.
fn split(scope: &str) -> Option<(&str, &str)> {
    scope.rsplit_once('/').filter(|(identifier, name)| !identifier.is_empty() && !name.is_empty())
}

/// Those of `scopes` that a resource server of the pool has now, in the order given and without repetition. Reads the
/// store: a scope that was taken away is in no token from then on, on any node.
pub async fn active(domain: &Domain, pool_id: &str, scopes: &[String]) -> Result<Vec<String>> {
    let identifiers: BTreeSet<&str> =
        scopes.iter().filter_map(|scope| split(scope)).map(|(server, _)| server).collect();
    let mut servers = BTreeMap::new();
    for identifier in identifiers {
        if let Some(server) = domain.stores.resource_servers.resource_server(pool_id, identifier).await? {
            servers.insert(identifier, server);
        }
    }
    Ok(among(scopes, &servers))
}

fn among(scopes: &[String], servers: &BTreeMap<&str, ResourceServer>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for scope in scopes {
        let exists = split(scope).is_some_and(|(identifier, name)| {
            servers.get(identifier).is_some_and(|server| server.scopes.iter().any(|scope| scope.name == name))
        });
        if exists && !found.contains(scope) {
            found.push(scope.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::ResourceServerScope;
    use super::*;

    fn server(identifier: &str, scopes: &[&str]) -> ResourceServer {
        let scope = |name: &&str| ResourceServerScope { name: (*name).to_owned(), description: "d".to_owned() };
        ResourceServer {
            pool_id: "us-east-1_a".to_owned(),
            identifier: identifier.to_owned(),
            name: "n".to_owned(),
            scopes: scopes.iter().map(scope).collect(),
            version: 1,
        }
    }

    #[test]
    fn the_last_slash_divides() {
        assert_eq!(split("photos/read"), Some(("photos", "read")));
        assert_eq!(split("https://api.example.com/v1/read"), Some(("https://api.example.com/v1", "read")));
        for scope in ["openid", "aws.cognito.signin.user.admin", "/read", "photos/", "/", ""] {
            assert!(!is_custom(scope), "{scope}");
        }
    }

    #[test]
    fn only_what_exists_once_and_in_order() {
        let servers = BTreeMap::from([
            ("photos", server("photos", &["read", "write"])),
            ("https://a/b", server("https://a/b", &["read"])),
        ]);
        let given =
            ["https://a/b/read", "photos/write", "photos/delete", "Photos/read", "photos/write", "openid", "b/read"];
        let given: Vec<String> = given.map(str::to_owned).to_vec();
        assert_eq!(among(&given, &servers), ["https://a/b/read", "photos/write"]);
    }
}
