//! Names in trust policies. When one is saved, the users, roles and sessions of this account that it names become unique ids,
//! which is whom it means from then on; shown are the names that they have now (IAM User Guide, "AWS JSON policy elements:
//! Principal", "Rename an IAM user"). Conditions, and policies that mean somebody as a resource, stay as they are.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::arn::{self, IamArn};
use super::errors::malformed;
use super::role::Role;
use super::{roles, users};
use crate::domain::Domain;
use crate::error::{Error, Result};

/// The unique id behind a name under "AWS", `AROA…:session` for a session; none if it is of another account.
/// `MalformedPolicyDocument` if there is nobody of this name.
pub(super) async fn unique_id(domain: &Domain, name: &str) -> Result<Option<String>> {
    let account = &domain.settings.account_id;
    let id = if let Some((of, role, session)) = session_arn(name) {
        if of != account {
            return Ok(None);
        }
        roles::find(domain, role).await?.map(|role| format!("{}:{session}", role.role_id))
    } else if let Some(parsed) = IamArn::parse(name) {
        if parsed.account != account {
            return Ok(None);
        }
        match parsed.kind {
            "user" => users::find(domain, parsed.name()).await?.filter(|u| u.arn(account) == name).map(|u| u.user_id),
            "role" => roles::find(domain, parsed.name()).await?.filter(|r| r.arn(account) == name).map(|r| r.role_id),
            _ => None,
        }
    } else if name.starts_with("arn:") {
        return Ok(None);
    } else {
        domain.stores.iam.named(name).await?.map(|_| name.to_owned())
    };
    id.map(Some).ok_or_else(|| malformed(format!("Invalid principal in policy: \"AWS\":\"{name}\"")))
}

/// Account, role and session of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
fn session_arn(name: &str) -> Option<(&str, &str, &str)> {
    let (account, rest) = name.strip_prefix("arn:aws:sts::")?.split_once(":assumed-role/")?;
    let (role, session) = rest.split_once('/')?;
    Some((account, role, session))
}

/// Has trust policies name everybody as he is called now, and who is gone by his unique id, so that nobody takes another who
/// has the name since for him. For answers only: stored is the text as given.
pub(super) async fn show(domain: &Domain, roles: &mut [Role]) -> Result<()> {
    let mut known: HashMap<String, String> = HashMap::new();
    for role in roles {
        let mut changed = BTreeMap::new();
        for (name, id) in &role.trust_principals {
            let now = match known.get(id) {
                Some(now) => now.clone(),
                None => called_now(domain, id).await?,
            };
            if now != *name {
                changed.insert(name.as_str(), now.clone());
            }
            known.insert(id.clone(), now);
        }
        if !changed.is_empty() {
            role.trust_policy = renamed(&role.trust_policy, &changed)?;
        }
    }
    Ok(())
}

async fn called_now(domain: &Domain, id: &str) -> Result<String> {
    let account = &domain.settings.account_id;
    let (holder, session) = id.split_once(':').map_or((id, None), |(holder, session)| (holder, Some(session)));
    let Some(found) = domain.stores.iam.named(holder).await? else { return Ok(id.to_owned()) };
    Ok(match session {
        Some(session) => arn::write_session(account, &found.name, session),
        None => arn::write(account, found.kind.as_str(), &found.path, &found.name),
    })
}

fn renamed(policy: &str, names: &BTreeMap<&str, String>) -> Result<String> {
    let mut document: Value = serde_json::from_str(policy).map_err(Error::internal)?;
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(statement) => vec![statement],
        None => Vec::new(),
    };
    for statement in statements {
        for element in ["Principal", "NotPrincipal"] {
            match statement.get_mut(element).and_then(|principal| principal.get_mut("AWS")) {
                Some(Value::Array(listed)) => listed.iter_mut().for_each(|name| replace(name, names)),
                Some(name) => replace(name, names),
                None => {}
            }
        }
    }
    Ok(document.to_string())
}

fn replace(name: &mut Value, names: &BTreeMap<&str, String>) {
    if let Some(now) = name.as_str().and_then(|name| names.get(name)) {
        *name = Value::from(now.as_str());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OLD: &str = "arn:aws:iam::123456789012:user/ann";
    const NEW: &str = "arn:aws:iam::123456789012:user/staff/bob";

    #[test]
    fn principals_are_renamed_and_nothing_else() {
        let document = |name: &str| {
            json!({
                "Version": "2012-10-17",
                "Statement": [
                    { "Effect": "Allow", "Principal": { "AWS": [name, "arn:aws:iam::123456789012:user/anna"] },
                      "Action": "sts:AssumeRole", "Condition": { "ArnEquals": { "aws:PrincipalArn": OLD } } },
                    { "Effect": "Deny", "Principal": { "AWS": name }, "Action": "sts:TagSession" },
                    { "Effect": "Deny", "NotPrincipal": { "AWS": [name, "123456789012"] }, "Action": "sts:*" },
                ],
            })
        };
        let given = document(OLD).to_string().replace('/', "\\/");
        let after = renamed(&given, &BTreeMap::from([(OLD, NEW.to_owned())])).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), document(NEW));
    }

    #[test]
    fn sessions_have_a_role_and_a_name() {
        assert_eq!(session_arn("arn:aws:sts::123456789012:assumed-role/dep/ci"), Some(("123456789012", "dep", "ci")));
        for other in [OLD, "arn:aws:sts::123456789012:federated-user/ann", "arn:aws:sts::123456789012:assumed-role/dep"]
        {
            assert_eq!(session_arn(other), None, "{other}");
        }
    }
}
