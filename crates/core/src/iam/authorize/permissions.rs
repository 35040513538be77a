//! What a principal's policies are: a user's or a role's own, the boundary, and the layers of a session.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cache::Managed;
use super::version;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::iam::policy::{DocumentKind, Evaluation, PolicyDocument, SessionPolicies};
use crate::iam::{IamName, Identity, SessionPolicy, Signer, TemporarySession, managed_policy, name_key};

/// A boundary that is not there to be read: nothing is within it.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// The policies of a user or role themselves, compiled.
#[derive(Debug)]
pub(super) struct Own {
    name: String,
    path: String,
    identity: Vec<PolicyDocument>,
    boundary: Option<PolicyDocument>,
    tags: BTreeMap<String, String>,
    text_bytes: usize,
}

impl Own {
    pub(super) fn text_bytes(&self) -> usize {
        self.text_bytes
    }
}

/// Everything that limits what somebody may do.
#[derive(Debug)]
pub struct Permissions {
    own: Option<Arc<Own>>,
    session: Option<Vec<Vec<PolicyDocument>>>,
    tags: BTreeMap<String, String>,
}

impl Permissions {
    /// Whether the user or role is still there. If not, nothing is allowed.
    pub fn exists(&self) -> bool {
        self.own.is_some()
    }

    /// Whose credentials signed, as the user or role is called now: a session token holds the name and path of when it was
    /// made.
    pub fn identity(&self, signer: &Signer) -> Identity {
        let Some(own) = &self.own else { return signer.identity.clone() };
        let (name, path) = (own.name.clone(), own.path.clone());
        match signer.identity.clone() {
            Identity::Anyone => Identity::Anyone,
            Identity::User { user_id, .. } => Identity::User { name, path, user_id },
            Identity::Role { role_id, session_name, .. } => Identity::Role { name, path, role_id, session_name },
        }
    }

    /// The principal's tags; a session's tags override those of the same name, whatever its case.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// Judges by these policies.
    pub fn with<R>(&self, judge: impl FnOnce(&Evaluation<'_>) -> R) -> R {
        let layers: Vec<&[PolicyDocument]> =
            self.session.as_deref().unwrap_or_default().iter().map(Vec::as_slice).collect();
        judge(&Evaluation {
            identity: self.own.as_deref().map_or(&[], |own| &own.identity),
            boundary: self.own.as_deref().and_then(|own| own.boundary.as_ref()),
            session: self.session.as_ref().map(|_| SessionPolicies { layers: &layers }),
        })
    }
}

/// Reads the policies of whoever signed, as they are now. A user or role that is gone, or that has been made anew under the
/// same name, has none.
pub async fn permissions(domain: &Domain, signer: &Signer) -> Result<Permissions> {
    let version = version(domain).await?;
    let own = own(domain, &signer.identity, version).await?;
    let mut tags = own.as_deref().map(|own| own.tags.clone()).unwrap_or_default();
    let mut session = None;
    if let Some(of_session) = &signer.session {
        for (key, value) in &of_session.tags {
            tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
            tags.insert(key.clone(), value.clone());
        }
        session = layers(domain, of_session, version).await?;
    }
    Ok(Permissions { own, session, tags })
}

/// The layers of a session's policies; none if it has no such limits.
async fn layers(domain: &Domain, session: &TemporarySession, version: i64) -> Result<Option<Vec<Vec<PolicyDocument>>>> {
    if session.session_policies.is_empty() {
        return Ok(None);
    }
    let mut layers = Vec::with_capacity(session.session_policies.len());
    for layer in &session.session_policies {
        let mut documents = Vec::with_capacity(layer.len());
        for policy in layer {
            match policy {
                SessionPolicy::Document(text) => documents.push(session_document(domain, text)?),
                SessionPolicy::Managed(arn) => {
                    if let Managed::There(document, _) = managed(domain, arn, version).await? {
                        documents.push(document);
                    }
                }
            }
        }
        layers.push(documents);
    }
    Ok(Some(layers))
}

fn session_document(domain: &Domain, text: &str) -> Result<PolicyDocument> {
    if let Some(known) = domain.permissions.document(text) {
        return Ok(known);
    }
    let document = compile(text, DocumentKind::Session)?;
    domain.permissions.keep_document(text, &document);
    Ok(document)
}

/// A managed policy's default version.
async fn managed(domain: &Domain, arn: &str, version: i64) -> Result<Managed> {
    if let Some(known) = domain.permissions.managed(arn, version) {
        return Ok(known);
    }
    let managed = match managed_policy::default_text(domain, arn).await? {
        Some(text) => Managed::There(compile(&text, DocumentKind::Identity)?, text.len()),
        None => Managed::Missing,
    };
    domain.permissions.keep_managed(arn, version, &managed);
    Ok(managed)
}

/// The policies of a user or role; none if it is gone.
async fn own(domain: &Domain, identity: &Identity, version: i64) -> Result<Option<Arc<Own>>> {
    let id = match identity {
        Identity::Anyone => return Ok(None),
        Identity::User { user_id, .. } => user_id,
        Identity::Role { role_id, .. } => role_id,
    };
    if let Some(known) = domain.permissions.principal(id, version) {
        return Ok(Some(known));
    }
    let Some(record) = Record::read(domain, identity).await? else { return Ok(None) };
    let mut text_bytes = 0;
    let mut identity = Vec::with_capacity(record.inline.len() + record.attached.len());
    for text in &record.inline {
        text_bytes += text.len();
        identity.push(compile(text, DocumentKind::Identity)?);
    }
    for arn in &record.attached {
        let Managed::There(document, length) = managed(domain, arn, version).await? else { continue };
        text_bytes += length;
        identity.push(document);
    }
    let boundary = match &record.boundary {
        None => None,
        Some(arn) => match managed(domain, arn, version).await? {
            Managed::There(document, length) => {
                text_bytes += length;
                Some(document)
            }
            Managed::Missing => Some(compile(NOTHING, DocumentKind::Identity)?),
        },
    };
    let own = Arc::new(Own { name: record.name, path: record.path, identity, boundary, tags: record.tags, text_bytes });
    domain.permissions.keep_principal(id, version, &own);
    Ok(Some(own))
}

/// What a user's and a role's record have in common here.
struct Record {
    name: String,
    path: String,
    inline: Vec<String>,
    attached: Vec<String>,
    boundary: Option<String>,
    tags: BTreeMap<String, String>,
}

impl Record {
    /// Reads a record; none if there is none of this unique id.
    async fn read(domain: &Domain, identity: &Identity) -> Result<Option<Self>> {
        Ok(match identity {
            Identity::Anyone => None,
            Identity::User { name, user_id, .. } => {
                let iam = &domain.stores.iam;
                let mut user = iam.user(&name_key(name)).await?.filter(|user| user.user_id == *user_id);
                // A session keeps the name that its user had.
                if user.is_none()
                    && let Some(IamName { name, .. }) = iam.named(user_id).await?
                {
                    user = iam.user(&name_key(&name)).await?.filter(|user| user.user_id == *user_id);
                }
                user.map(|user| Self {
                    name: user.name,
                    path: user.path,
                    inline: user.inline_policies.into_values().collect(),
                    attached: user.attached.into_iter().collect(),
                    boundary: user.permissions_boundary,
                    tags: user.tags,
                })
            }
            Identity::Role { name, role_id, .. } => {
                let role = domain.stores.iam.role(&name_key(name)).await?;
                role.filter(|role| role.role_id == *role_id).map(|role| Self {
                    name: role.name,
                    path: role.path,
                    inline: role.inline_policies.into_values().collect(),
                    attached: role.attached.into_iter().collect(),
                    boundary: role.permissions_boundary,
                    tags: role.tags,
                })
            }
        })
    }
}

/// Compiles a policy that was judged well-formed when it was saved. One that is not denies everything: who knows what it
/// would have denied.
fn compile(text: &str, kind: DocumentKind) -> Result<PolicyDocument> {
    PolicyDocument::parse(text, kind).map_err(|error| Error::internal(format!("a stored policy: {}", error.message())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_those_of_today() {
        let of_token = Signer {
            access_key_id: "ASIAX".to_owned(),
            identity: Identity::User { name: "ANN".to_owned(), path: "/old/".to_owned(), user_id: "AIDA1".to_owned() },
            session: Some(TemporarySession::default()),
        };
        let own = Own {
            name: "ann".to_owned(),
            path: "/new/".to_owned(),
            identity: Vec::new(),
            boundary: None,
            tags: BTreeMap::new(),
            text_bytes: 0,
        };
        let there = Permissions { own: Some(Arc::new(own)), session: None, tags: BTreeMap::new() };
        assert_eq!(there.identity(&of_token).principal_arn("1"), "arn:aws:iam::1:user/new/ann");
        let gone = Permissions { own: None, session: None, tags: BTreeMap::new() };
        assert_eq!(gone.identity(&of_token), of_token.identity);
    }
}
