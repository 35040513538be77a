//! From the domain's `Write`s to one atomic submission, and from a failed statement back to the domain's conflict.

use async_trait::async_trait;
use stepwell_core::ports::store::{Conflict, StoreResult, Submit, SubmitError, Write};

use crate::SqlStore;
use crate::document::store_error;
use crate::engine::{self, Statement, Value};

/// The statements of a submission; the files of the aggregates add to it.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    statements: Vec<Statement>,
    /// For each statement: the write it belongs to, and what its failure means.
    meanings: Vec<(usize, Conflict)>,
    write: usize,
}

impl Plan {
    /// Adds a statement that has to change exactly one row, or else the submission fails with `conflict`.
    pub(crate) fn must(&mut self, conflict: Conflict, sql: &'static str, params: Vec<Value>) {
        self.statements.push(Statement::one(sql, params));
        self.meanings.push((self.write, conflict));
    }

    /// Adds a statement without a precondition.
    pub(crate) fn then(&mut self, sql: &'static str, params: Vec<Value>) {
        self.statements.push(Statement::any(sql, params));
        // Never looked at.
        self.meanings.push((self.write, Conflict::Changed));
    }

    /// True if one of these statements is in the submission already, with parameters that begin with `key`.
    pub(crate) fn holds(&self, sql: &[&str], key: &[Value]) -> bool {
        self.statements.iter().any(|statement| sql.contains(&statement.sql) && statement.params.starts_with(key))
    }

    async fn add(&mut self, store: &SqlStore, write: &Write) -> StoreResult<()> {
        match write {
            Write::InsertPool(pool) => self.insert_pool(pool)?,
            Write::UpdatePool(pool) => self.update_pool(pool)?,
            Write::DeletePool { pool_id, version, now } => self.delete_pool(pool_id, *version, *now),
            Write::InsertClient(client) => self.insert_client(client)?,
            Write::UpdateClient(client) => self.update_client(client)?,
            Write::DeleteClient { pool_id, client_id } => self.delete_client(pool_id, client_id),
            Write::PutDocument(document) => self.put_document(document),
            Write::DeleteDocument { pool_id, kind, key } => self.delete_document(pool_id, *kind, key),
            Write::BumpConfigVersion => self.bump_config_version(),
            Write::InsertWrappedKey(key) => self.insert_wrapped_key(key),
            Write::UpdateWrappedKey(key) => self.update_wrapped_key(key),
            Write::InsertSigningKey(key) => self.insert_signing_key(key)?,
            Write::InsertAccessKey(key) => self.insert_access_key(key)?,
            Write::UpdateAccessKey(key) => self.update_access_key(key)?,
            Write::DeleteAccessKey { access_key_id } => self.delete_access_key(access_key_id),
            Write::InsertUser(user) => self.insert_user(user)?,
            Write::UpdateUser(user) => self.update_user(store, user).await?,
            Write::DeleteUser { pool_id, sub, version } => self.delete_user(store, pool_id, sub, *version).await?,
            Write::ClaimAlias(alias) => self.claim_alias(alias),
            Write::ReleaseAlias(alias) => self.release_alias(alias),
            Write::InsertGroup(group) => self.insert_group(group)?,
            Write::UpdateGroup(group) => self.update_group(group)?,
            Write::DeleteGroup { pool_id, name } => self.delete_group(pool_id, name),
            Write::AddMember { pool_id, group, sub, now } => self.add_member(pool_id, group, sub, *now),
            Write::RemoveMember { pool_id, group, sub } => self.remove_member(pool_id, group, sub),
            Write::InsertResourceServer(server) => self.insert_resource_server(server)?,
            Write::UpdateResourceServer(server) => self.update_resource_server(server)?,
            Write::DeleteResourceServer { pool_id, identifier } => self.delete_resource_server(pool_id, identifier),
            Write::InsertDevice(device) => self.insert_device(device)?,
            Write::UpdateDevice(device) => self.update_device(device)?,
            Write::DeleteDevice { pool_id, sub, key } => self.delete_device(pool_id, sub, key),
            Write::InsertPasskey(passkey) => self.insert_passkey(passkey)?,
            Write::UpdatePasskey(passkey) => self.update_passkey(passkey)?,
            Write::DeletePasskey { pool_id, sub, credential_id } => self.delete_passkey(pool_id, sub, credential_id),
            Write::InsertUserSession(session) => self.insert_user_session(session)?,
            Write::TouchUserSession { pool_id, sub, id, last_used_at, activity } => {
                self.touch_user_session(pool_id, sub, id, *last_used_at, activity)?;
            }
            Write::DeleteUserSession { pool_id, sub, id } => self.delete_user_session(pool_id, sub, id),
            Write::InsertAuthEvent(event) => self.insert_auth_event(event)?,
            Write::UpdateAuthEvent(event) => self.update_auth_event(event)?,
            Write::Remember(memory) => self.remember(memory)?,
            Write::InsertIdentityPool(pool) => self.insert_identity_pool(pool)?,
            Write::UpdateIdentityPool(pool) => self.update_identity_pool(pool)?,
            Write::DeleteIdentityPool { pool_id, version, now } => self.delete_identity_pool(pool_id, *version, *now),
            Write::InsertIdentity(identity) => self.insert_identity(identity)?,
            Write::UpdateIdentity(identity) => self.update_identity(identity)?,
            Write::DeleteIdentity { identity_id, version } => self.delete_identity(identity_id, *version),
            Write::ClaimLogin { pool_id, login, identity_id } => self.claim_login(pool_id, login, identity_id),
            Write::ReleaseLogin { pool_id, login, identity_id } => self.release_login(pool_id, login, identity_id),
            Write::InsertIamEntity(entity) => self.insert_iam_entity(entity)?,
            Write::UpdateIamEntity(entity) => self.update_iam_entity(entity)?,
            Write::DeleteIamEntity { kind, key, version } => self.delete_iam_entity(*kind, key, *version),
            Write::BumpIamVersion { expected } => self.bump_iam_version(*expected),
            Write::Permit { pool_id, id, expires_at } => self.permit(pool_id, id, *expires_at),
            Write::UsePermit { pool_id, id, now } => self.use_permit(pool_id, id, *now),
            Write::PutCode(code) => self.put_code(code),
            Write::ConsumeCode { pool_id, subject, purpose, mac } => self.consume_code(pool_id, subject, *purpose, mac),
            Write::DeleteCode { pool_id, subject, purpose } => self.delete_code(pool_id, subject, *purpose),
            Write::Spend { pool_id, id, expires_at } => self.spend(pool_id, id, *expires_at),
            Write::RevokeOrigin { pool_id, origin_jti, expires_at } => {
                self.revoke_origin(pool_id, origin_jti, *expires_at);
            }
            Write::Rotate { pool_id, token_id, now, expires_at } => self.rotate(pool_id, token_id, *now, *expires_at),
            Write::ClearFailures { pool_id, subject } => self.clear_failures(pool_id, subject),
            Write::Enqueue(message) => self.enqueue(message),
        }
        Ok(())
    }
}

#[async_trait]
impl Submit for SqlStore {
    async fn submit(&self, writes: Vec<Write>) -> Result<(), SubmitError> {
        let mut plan = Plan::default();
        for (index, write) in writes.iter().enumerate() {
            plan.write = index;
            plan.add(self, write).await?;
        }
        if plan.statements.is_empty() {
            return Ok(());
        }
        match self.engine.submit(plan.statements).await {
            Ok(()) => Ok(()),
            Err(engine::SubmitError::Engine(error)) => Err(store_error(error).into()),
            Err(engine::SubmitError::Precondition { index: statement }) => {
                let (index, conflict) = plan.meanings.get(statement).copied().unwrap_or((0, Conflict::Changed));
                Err(SubmitError::Conflict { index, conflict })
            }
        }
    }
}
