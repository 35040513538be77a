//! IAM: users, roles, managed policies, identity providers, and the version row that every change of them raises.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stepwell_core::iam::{
    Entity, EntityKind, IamName, ManagedPolicy, OidcProvider, PolicyUsage, PolicyUse, Role, SamlProvider, User,
};
use stepwell_core::keyring::AccessKey;
use stepwell_core::ports::store::{Conflict, IamStore, StoreError, StoreResult};

use crate::SqlStore;
use crate::config::documents;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, Value, statements};
use crate::plan::Plan;
use crate::range::after_prefix;

statements! {
    const GET_IAM_VERSION = "SELECT version FROM iam_version WHERE id = 1";
    const BUMP_IAM_VERSION = "UPDATE iam_version SET version = version + 1 WHERE id = 1 AND version = $1";

    const GET_ENTITY = "SELECT version, document FROM iam_entities WHERE kind = $1 AND key = $2";
    const LIST_ENTITIES = "SELECT version, document FROM iam_entities
        WHERE kind = $1 AND key > $2 AND path >= $3 AND path < $4 ORDER BY key LIMIT $5";
    const GET_NAMED = "SELECT kind, path, name FROM iam_entities WHERE unique_id = $1 LIMIT 1";
    const COUNT_ENTITIES = "SELECT COUNT(*) FROM iam_entities WHERE kind = $1";
    const INSERT_ENTITY = "INSERT INTO iam_entities (kind, key, path, name, unique_id, version, document)
        VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT DO NOTHING";
    const UPDATE_ENTITY = "UPDATE iam_entities SET version = version + 1, path = $4, name = $5, unique_id = $6, document = $7
        WHERE kind = $1 AND key = $2 AND version = $3";
    const DELETE_ENTITY = "DELETE FROM iam_entities WHERE kind = $1 AND key = $2 AND version = $3";

    const COUNT_POLICY_USES = "SELECT COUNT(*) FROM iam_policy_uses WHERE policy_arn = $1 AND usage = $2";
    const LIST_POLICY_USES = "SELECT kind, key FROM iam_policy_uses
        WHERE policy_arn = $1 AND usage = $2 AND (kind, key) > ($3, $4) ORDER BY kind, key LIMIT $5";
    const INSERT_POLICY_USE = "INSERT INTO iam_policy_uses (policy_arn, usage, kind, key) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    const DELETE_POLICY_USES = "DELETE FROM iam_policy_uses WHERE kind = $1 AND key = $2";

    const ACCESS_KEYS_OF = "SELECT document FROM access_keys WHERE owner = $1 ORDER BY id";
}

impl Plan {
    pub(crate) fn bump_iam_version(&mut self, expected: i64) {
        self.must(Conflict::Changed, BUMP_IAM_VERSION, vec![expected.into()]);
    }

    pub(crate) fn insert_iam_entity(&mut self, entity: &Entity) -> StoreResult<()> {
        let mut params = entity_key(entity);
        params.extend(entity_columns(entity)?);
        self.must(Conflict::Exists, INSERT_ENTITY, params);
        self.insert_policy_uses(entity);
        Ok(())
    }

    pub(crate) fn update_iam_entity(&mut self, entity: &Entity) -> StoreResult<()> {
        let mut params = entity_key(entity);
        params.push(entity.version().into());
        params.extend(entity_columns(entity)?);
        self.must(Conflict::Changed, UPDATE_ENTITY, params);
        self.then(DELETE_POLICY_USES, entity_key(entity));
        self.insert_policy_uses(entity);
        Ok(())
    }

    pub(crate) fn delete_iam_entity(&mut self, kind: EntityKind, key: &str, version: i64) {
        self.must(Conflict::Changed, DELETE_ENTITY, vec![kind.as_str().into(), key.into(), version.into()]);
        self.then(DELETE_POLICY_USES, vec![kind.as_str().into(), key.into()]);
    }

    fn insert_policy_uses(&mut self, entity: &Entity) {
        for (arn, usage) in entity.used_policies() {
            let mut params = vec![arn.into(), usage.as_str().into()];
            params.extend(entity_key(entity));
            self.then(INSERT_POLICY_USE, params);
        }
    }
}

fn entity_key(entity: &Entity) -> Vec<Value> {
    vec![entity.kind().as_str().into(), entity.key().into()]
}

/// Path, name, unique id and document.
fn entity_columns(entity: &Entity) -> StoreResult<[Value; 4]> {
    let (name, unique_id) = entity.holder().unzip();
    Ok([entity.path().into(), name.into(), unique_id.into(), document(entity)?.into()])
}

fn document(entity: &Entity) -> StoreResult<String> {
    fn text(record: &impl Serialize) -> StoreResult<String> {
        encode(record)
    }
    match entity {
        Entity::User(user) => text(user),
        Entity::Role(role) => text(role),
        Entity::Policy(policy) => text(policy),
        Entity::OidcProvider(provider) => text(provider),
        Entity::SamlProvider(provider) => text(provider),
    }
}

/// A record that carries the version it was read with.
trait Versioned: DeserializeOwned {
    const KIND: EntityKind;
    fn at(self, version: i64) -> Self;
}

macro_rules! versioned {
    ($($record:ident is $kind:ident;)*) => {
        $(impl Versioned for $record {
            const KIND: EntityKind = EntityKind::$kind;
            fn at(self, version: i64) -> Self {
                Self { version, ..self }
            }
        })*
    };
}

versioned! {
    User is User;
    Role is Role;
    ManagedPolicy is Policy;
    OidcProvider is OidcProvider;
    SamlProvider is SamlProvider;
}

fn record<T: Versioned>(mut row: Row) -> StoreResult<T> {
    let version = row.int(0).map_err(store_error)?;
    Ok(decode::<T>(&mut row, 1)?.at(version))
}

fn kind_of(name: &str) -> StoreResult<EntityKind> {
    [EntityKind::User, EntityKind::Role]
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .ok_or_else(|| StoreError::Corrupt("a record of IAM is of neither user nor role".to_owned()))
}

impl SqlStore {
    async fn entity<T: Versioned>(&self, key: &str) -> StoreResult<Option<T>> {
        let params = [T::KIND.as_str().into(), key.into()];
        let rows = self.engine.query(GET_ENTITY, &params).await.map_err(store_error)?;
        rows.into_iter().next().map(record).transpose()
    }

    async fn entities<T: Versioned>(&self, prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<T>> {
        let after = after.unwrap_or_default();
        let params =
            vec![T::KIND.as_str().into(), after.into(), prefix.into(), after_prefix(prefix).into(), limit.into()];
        let rows = self.engine.scan(LIST_ENTITIES, params).await.map_err(store_error)?;
        rows.into_iter().map(record).collect()
    }

    async fn one_number(&self, sql: &'static str, params: &[Value]) -> StoreResult<i64> {
        let rows = self.engine.query(sql, params).await.map_err(store_error)?;
        let row = rows.first().ok_or_else(|| StoreError::Corrupt("a number is missing".to_owned()))?;
        row.int(0).map_err(store_error)
    }
}

#[async_trait]
impl IamStore for SqlStore {
    async fn iam_version(&self) -> StoreResult<i64> {
        self.one_number(GET_IAM_VERSION, &[]).await
    }

    async fn user(&self, key: &str) -> StoreResult<Option<User>> {
        self.entity(key).await
    }

    async fn role(&self, key: &str) -> StoreResult<Option<Role>> {
        self.entity(key).await
    }

    async fn policy(&self, key: &str) -> StoreResult<Option<ManagedPolicy>> {
        self.entity(key).await
    }

    async fn oidc_provider(&self, key: &str) -> StoreResult<Option<OidcProvider>> {
        self.entity(key).await
    }

    async fn saml_provider(&self, key: &str) -> StoreResult<Option<SamlProvider>> {
        self.entity(key).await
    }

    async fn users(&self, path_prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<User>> {
        self.entities(path_prefix, after, limit).await
    }

    async fn roles(&self, path_prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Role>> {
        self.entities(path_prefix, after, limit).await
    }

    async fn policies(&self, path_prefix: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<ManagedPolicy>> {
        self.entities(path_prefix, after, limit).await
    }

    async fn oidc_providers(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<OidcProvider>> {
        self.entities("", after, limit).await
    }

    async fn saml_providers(&self, after: Option<&str>, limit: u32) -> StoreResult<Vec<SamlProvider>> {
        self.entities("", after, limit).await
    }

    async fn named(&self, unique_id: &str) -> StoreResult<Option<IamName>> {
        let rows = self.engine.query(GET_NAMED, &[unique_id.into()]).await.map_err(store_error)?;
        let name = |mut row: Row| {
            let kind = kind_of(&row.text(0).map_err(store_error)?)?;
            let (path, name) = (row.text(1).map_err(store_error)?, row.text(2).map_err(store_error)?);
            Ok(IamName { kind, path, name })
        };
        rows.into_iter().next().map(name).transpose()
    }

    async fn count(&self, kind: EntityKind) -> StoreResult<i64> {
        self.one_number(COUNT_ENTITIES, &[kind.as_str().into()]).await
    }

    async fn policy_use_count(&self, policy_arn: &str, usage: PolicyUsage) -> StoreResult<i64> {
        self.one_number(COUNT_POLICY_USES, &[policy_arn.into(), usage.as_str().into()]).await
    }

    async fn policy_uses(
        &self,
        policy_arn: &str,
        usage: PolicyUsage,
        after: Option<&PolicyUse>,
        limit: u32,
    ) -> StoreResult<Vec<PolicyUse>> {
        let (kind, key) = after.map_or(("", ""), |after| (after.kind.as_str(), after.key.as_str()));
        let params = vec![policy_arn.into(), usage.as_str().into(), kind.into(), key.into(), limit.into()];
        let rows = self.engine.scan(LIST_POLICY_USES, params).await.map_err(store_error)?;
        rows.into_iter()
            .map(|mut row| {
                let kind = kind_of(&row.text(0).map_err(store_error)?)?;
                Ok(PolicyUse { kind, key: row.text(1).map_err(store_error)? })
            })
            .collect()
    }

    async fn access_keys_of(&self, user_key: &str) -> StoreResult<Vec<AccessKey>> {
        documents(self.engine.query(ACCESS_KEYS_OF, &[user_key.into()]).await.map_err(store_error)?)
    }
}
