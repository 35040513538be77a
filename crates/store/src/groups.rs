//! Groups and their members.

use async_trait::async_trait;
use stepwell_core::Millis;
use stepwell_core::groups::Group;
use stepwell_core::ports::store::{Conflict, GroupStore, StoreResult};
use stepwell_core::users::User;

use crate::SqlStore;
use crate::document::{decode, encode, store_error};
use crate::engine::{Row, statements};
use crate::plan::Plan;
use crate::users;

statements! {
    const GET_GROUP = "SELECT version, document FROM groups WHERE pool_id = $1 AND name = $2";
    const LIST_GROUPS = "SELECT version, document FROM groups WHERE pool_id = $1 AND name > $2 ORDER BY name LIMIT $3";
    const COUNT_GROUPS = "SELECT COUNT(*) FROM groups WHERE pool_id = $1";
    const LIST_OF_USER = "SELECT g.version, g.document FROM members m
        JOIN groups g ON g.pool_id = m.pool_id AND g.name = m.group_name
        WHERE m.pool_id = $1 AND m.sub = $2 AND m.group_name > $3 ORDER BY m.group_name LIMIT $4";
    const LIST_MEMBERS = "SELECT u.version, u.document FROM members m
        JOIN users u ON u.pool_id = m.pool_id AND u.sub = m.sub
        WHERE m.pool_id = $1 AND m.group_name = $2 AND m.sub > $3 ORDER BY m.sub LIMIT $4";

    const INSERT_GROUP = "INSERT INTO groups (pool_id, name, version, document) VALUES ($1, $2, 1, $3)
        ON CONFLICT DO NOTHING";
    const UPDATE_GROUP = "UPDATE groups SET version = version + 1, document = $4
        WHERE pool_id = $1 AND name = $2 AND version = $3";
    const DELETE_GROUP = "DELETE FROM groups WHERE pool_id = $1 AND name = $2";
    const DELETE_GROUP_MEMBERS = "DELETE FROM members WHERE pool_id = $1 AND group_name = $2";

    /// Changes nothing, but locks the row until the commit: the group cannot go while a member is added, and so no
    /// membership is left for a later group of the same name.
    const HOLD_GROUP = "UPDATE groups SET version = version WHERE pool_id = $1 AND name = $2";
    const INSERT_MEMBER = "INSERT INTO members (pool_id, group_name, sub, added_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    const DELETE_MEMBER = "DELETE FROM members WHERE pool_id = $1 AND group_name = $2 AND sub = $3";
}

impl Plan {
    pub(crate) fn insert_group(&mut self, group: &Group) -> StoreResult<()> {
        let params = vec![(&group.pool_id).into(), (&group.name).into(), encode(group)?.into()];
        self.must(Conflict::Exists, INSERT_GROUP, params);
        Ok(())
    }

    pub(crate) fn update_group(&mut self, group: &Group) -> StoreResult<()> {
        let params = vec![(&group.pool_id).into(), (&group.name).into(), group.version.into(), encode(group)?.into()];
        self.must(Conflict::Changed, UPDATE_GROUP, params);
        Ok(())
    }

    pub(crate) fn delete_group(&mut self, pool_id: &str, name: &str) {
        self.must(Conflict::Changed, DELETE_GROUP, vec![pool_id.into(), name.into()]);
        self.then(DELETE_GROUP_MEMBERS, vec![pool_id.into(), name.into()]);
    }

    pub(crate) fn add_member(&mut self, pool_id: &str, group: &str, sub: &str, now: Millis) {
        self.must(Conflict::Changed, HOLD_GROUP, vec![pool_id.into(), group.into()]);
        self.hold_user(pool_id, sub);
        self.then(INSERT_MEMBER, vec![pool_id.into(), group.into(), sub.into(), now.into()]);
    }

    pub(crate) fn remove_member(&mut self, pool_id: &str, group: &str, sub: &str) {
        self.then(DELETE_MEMBER, vec![pool_id.into(), group.into(), sub.into()]);
    }
}

fn group(mut row: Row) -> StoreResult<Group> {
    let version = row.int(0).map_err(store_error)?;
    Ok(Group { version, ..decode(&mut row, 1)? })
}

#[async_trait]
impl GroupStore for SqlStore {
    async fn group(&self, pool_id: &str, name: &str) -> StoreResult<Option<Group>> {
        let rows = self.engine.query(GET_GROUP, &[pool_id.into(), name.into()]).await.map_err(store_error)?;
        rows.into_iter().next().map(group).transpose()
    }

    async fn list(&self, pool_id: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Group>> {
        let params = vec![pool_id.into(), after.unwrap_or_default().into(), limit.into()];
        self.engine.scan(LIST_GROUPS, params).await.map_err(store_error)?.into_iter().map(group).collect()
    }

    async fn count(&self, pool_id: &str) -> StoreResult<i64> {
        let rows = self.engine.scan(COUNT_GROUPS, vec![pool_id.into()]).await.map_err(store_error)?;
        rows.first().map_or(Ok(0), |row| row.int(0)).map_err(store_error)
    }

    /// Part of every sign-in, and a user is in a hundred groups at most: a point read.
    async fn of_user(&self, pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<Group>> {
        let params = [pool_id.into(), sub.into(), after.unwrap_or_default().into(), limit.into()];
        self.engine.query(LIST_OF_USER, &params).await.map_err(store_error)?.into_iter().map(group).collect()
    }

    async fn members(&self, pool_id: &str, group: &str, after: Option<&str>, limit: u32) -> StoreResult<Vec<User>> {
        let params = vec![pool_id.into(), group.into(), after.unwrap_or_default().into(), limit.into()];
        self.engine.scan(LIST_MEMBERS, params).await.map_err(store_error)?.into_iter().map(users::user).collect()
    }
}
