//! What users and roles have in common: inline policies, attached policies and a permissions boundary.

use std::collections::{BTreeMap, BTreeSet};

use super::attempt::Attempt;
use super::entity::{Entity, EntityKind};
use super::role::Role;
use super::user::User;
use super::{roles, users};
use crate::domain::Domain;
use crate::error::Result;
use crate::ports::store::Write;

/// A user or role, as requests name it.
#[derive(Debug, Clone, Copy)]
pub enum HolderName<'a> {
    /// A user, by name.
    User(&'a str),
    /// A role, by name.
    Role(&'a str),
}

/// A user or role.
#[derive(Debug, Clone)]
pub(super) enum Holder {
    User(Box<User>),
    Role(Box<Role>),
}

impl<'a> HolderName<'a> {
    pub(super) fn kind(self) -> EntityKind {
        match self {
            Self::User(_) => EntityKind::User,
            Self::Role(_) => EntityKind::Role,
        }
    }

    pub(super) fn name(self) -> &'a str {
        match self {
            Self::User(name) | Self::Role(name) => name,
        }
    }

    /// Reads it; `NoSuchEntity` if there is none.
    pub(super) async fn read(self, domain: &Domain) -> Result<Holder> {
        Ok(match self {
            Self::User(name) => Holder::User(Box::new(users::get(domain, name).await?)),
            Self::Role(name) => Holder::Role(Box::new(roles::get(domain, name).await?)),
        })
    }
}

impl Holder {
    pub(super) fn inline(&self) -> &BTreeMap<String, String> {
        match self {
            Self::User(user) => &user.inline_policies,
            Self::Role(role) => &role.inline_policies,
        }
    }

    pub(super) fn inline_mut(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::User(user) => &mut user.inline_policies,
            Self::Role(role) => &mut role.inline_policies,
        }
    }

    pub(super) fn attached(&self) -> &BTreeSet<String> {
        match self {
            Self::User(user) => &user.attached,
            Self::Role(role) => &role.attached,
        }
    }

    pub(super) fn attached_mut(&mut self) -> &mut BTreeSet<String> {
        match self {
            Self::User(user) => &mut user.attached,
            Self::Role(role) => &mut role.attached,
        }
    }

    pub(super) fn boundary_mut(&mut self) -> &mut Option<String> {
        match self {
            Self::User(user) => &mut user.permissions_boundary,
            Self::Role(role) => &mut role.permissions_boundary,
        }
    }

    /// Commits the changed record as part of a change of IAM; false if it is to be tried again.
    pub(super) async fn commit(self, attempt: &Attempt<'_>) -> Result<bool> {
        let entity = match self {
            Self::User(user) => Entity::User(user),
            Self::Role(role) => Entity::Role(role),
        };
        attempt.commit(vec![Write::UpdateIamEntity(entity)]).await
    }
}
