//! Which attributes a client may read and write (developer guide, "Attribute permissions and scopes").

use super::AppClient;
use crate::error::{Error, Result};
use crate::pools::UserPool;
use crate::pools::schema::{AttributeSchema, OIDC_PROFILE};

/// Stands for the OIDC profile attributes in either list.
const OIDC_PROFILE_SCOPE: &str = "oidc:profile";

/// What no client may ever write.
const NEVER_WRITABLE: [&str; 3] = ["sub", "email_verified", "phone_number_verified"];

impl AppClient {
    /// True if the client may see the attribute (full name). `sub` is always readable; without `ReadAttributes` every
    /// attribute of the pool is.
    pub fn can_read(&self, pool: &UserPool, name: &str) -> bool {
        match self.settings.read_attributes.as_deref() {
            Some(list) => name == "sub" || lists(list, name),
            None => pool.attribute(name).is_some(),
        }
    }

    /// True if the client may set the attribute (full name). Required attributes are always writable; without
    /// `WriteAttributes` every attribute of the pool is that clients can write at all.
    pub fn can_write(&self, pool: &UserPool, name: &str) -> bool {
        let Some(attribute) = pool.attribute(name).filter(|attribute| is_writable_at_all(attribute)) else {
            return false;
        };
        match self.settings.write_attributes.as_deref() {
            Some(list) => attribute.required || lists(list, name),
            None => true,
        }
    }
}

fn lists(list: &[String], name: &str) -> bool {
    list.iter().any(|listed| listed == name || (listed == OIDC_PROFILE_SCOPE && OIDC_PROFILE.contains(&name)))
}

fn is_writable_at_all(attribute: &AttributeSchema) -> bool {
    !attribute.developer_only && (attribute.custom || !NEVER_WRITABLE.contains(&attribute.name.as_str()))
}

/// Which operation the lists belong to; the messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Creating,
    Updating,
}

impl Doing {
    fn words(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Updating => "updating",
        }
    }
}

/// Checks `ReadAttributes`: attributes of the pool. An empty list is none.
pub(super) fn read_list(pool: &UserPool, given: Option<&[String]>, doing: Doing) -> Result<Option<Vec<String>>> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    if given.iter().any(|name| name != OIDC_PROFILE_SCOPE && pool.attribute(name).is_none()) {
        return Err(invalid("read", doing));
    }
    Ok(Some(given.to_vec()))
}

/// Checks `WriteAttributes`: attributes that clients can write, every required one among them. An empty list is none.
pub(super) fn write_list(pool: &UserPool, given: Option<&[String]>, doing: Doing) -> Result<Option<Vec<String>>> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let writable = |name: &String| name == OIDC_PROFILE_SCOPE || pool.attribute(name).is_some_and(is_writable_at_all);
    let missing = pool
        .schema
        .iter()
        .any(|attribute| attribute.required && is_writable_at_all(attribute) && !lists(given, &attribute.name));
    if missing || !given.iter().all(writable) {
        return Err(invalid("write", doing));
    }
    Ok(Some(given.to_vec()))
}

fn invalid(what: &str, doing: Doing) -> Error {
    Error::invalid_parameter(format!("Invalid {what} attributes specified while {} a client", doing.words()))
}

#[cfg(test)]
mod tests {
    use stepwell_model::idp;

    use super::super::tests::{client, pool};
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn schema() -> Vec<idp::SchemaAttributeType> {
        let custom = |name: &str, developer| idp::SchemaAttributeType {
            name: Some(name.into()),
            attribute_data_type: Some(idp::AttributeDataType::String),
            developer_only_attribute: Some(developer),
            ..Default::default()
        };
        let email = idp::SchemaAttributeType { name: Some("email".into()), required: Some(true), ..Default::default() };
        vec![email, custom("team", false), custom("note", true)]
    }

    #[test]
    fn without_lists_everything_a_client_can_touch_is_allowed() {
        let (pool, client) = (pool(&schema()), client());
        for name in ["sub", "email", "email_verified", "custom:team", "dev:custom:note"] {
            assert!(client.can_read(&pool, name), "{name}");
        }
        assert!(!client.can_read(&pool, "custom:other"));
        for (name, writable) in [
            ("email", true),
            ("custom:team", true),
            ("sub", false),
            ("email_verified", false),
            ("phone_number_verified", false),
            ("dev:custom:note", false),
            ("custom:other", false),
        ] {
            assert_eq!(client.can_write(&pool, name), writable, "{name}");
        }
    }

    #[test]
    fn lists_limit_but_not_what_is_required() {
        let (pool, mut client) = (pool(&schema()), client());
        client.settings.read_attributes = Some(names(&["oidc:profile", "custom:team"]));
        client.settings.write_attributes = Some(names(&["email", "oidc:profile"]));
        assert!(client.can_read(&pool, "sub") && client.can_read(&pool, "given_name"));
        assert!(client.can_read(&pool, "custom:team") && !client.can_read(&pool, "email"));
        assert!(client.can_write(&pool, "email") && client.can_write(&pool, "zoneinfo"));
        assert!(!client.can_write(&pool, "address") && !client.can_write(&pool, "custom:team"));
        client.settings.write_attributes = Some(names(&["name"]));
        assert!(client.can_write(&pool, "email"), "required attributes are always writable");
    }

    #[test]
    fn lists_name_attributes_of_the_pool() {
        let pool = pool(&schema());
        assert_eq!(read_list(&pool, Some(&[]), Doing::Creating).unwrap(), None);
        assert!(read_list(&pool, Some(&names(&["dev:custom:note", "email_verified"])), Doing::Creating).is_ok());
        assert_eq!(
            read_list(&pool, Some(&names(&["custom:other"])), Doing::Creating).unwrap_err().message(),
            "Invalid read attributes specified while creating a client"
        );
        for wrong in [&["name"][..], &["email", "email_verified"], &["email", "sub"], &["email", "dev:custom:note"]] {
            assert_eq!(
                write_list(&pool, Some(&names(wrong)), Doing::Updating).unwrap_err().message(),
                "Invalid write attributes specified while updating a client",
                "{wrong:?}"
            );
        }
        assert!(write_list(&pool, Some(&names(&["email", "custom:team", "oidc:profile"])), Doing::Updating).is_ok());
    }
}
