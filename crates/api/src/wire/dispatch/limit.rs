//! The throttle phase: a request is counted on its address, on the user it is about and on the account's quotas.

use stepwell_core::context::Principal;
use stepwell_core::users::User;
use stepwell_core::{Error, ErrorCode};
use stepwell_model::{OperationInput, OperationMeta};

use super::super::category::{self, Access, Category};
use super::super::limits::About;
use super::{Dispatcher, Incoming, is_declared};

impl Dispatcher {
    /// Counts the request on the user it is about and on the account.
    pub(super) async fn limit_user_and_account<I: OperationInput>(
        &self,
        meta: &OperationMeta,
        principal: &Principal,
        input: &I,
    ) -> Result<(), Error> {
        let Some(category) = category::of(meta, input.challenge_name()) else { return Ok(()) };
        if let Some(access) = category.access() {
            self.limit_user(meta, access, principal, input).await?;
        }
        let pool_id = input.user_pool_id();
        if self.limits.allow_account(category, meta.name, pool_id, self.domain.clock.now()) {
            Ok(())
        } else {
            Err(too_many(meta))
        }
    }

    /// Counts the request on its address.
    pub(super) fn limit_address(
        &self,
        meta: &OperationMeta,
        category: Category,
        incoming: &Incoming,
    ) -> Result<(), Error> {
        if self.limits.allow_address(incoming.address, category, self.domain.clock.now()) {
            Ok(())
        } else {
            Err(too_many(meta))
        }
    }

    /// Counts the call on the user it is about, if it says who that is. Whether there is such a user makes no difference.
    async fn limit_user<I: OperationInput>(
        &self,
        meta: &OperationMeta,
        access: Access,
        principal: &Principal,
        input: &I,
    ) -> Result<(), Error> {
        if !self.limits.counts_users() {
            return Ok(());
        }
        let now = self.domain.clock.now();
        let allowed = match (principal, input.username()) {
            (Principal::User(token), _) => self.limits.allow_user(&token.pool_id, About::Sub(&token.sub), access, now),
            (Principal::Anonymous | Principal::Signed(_), Some(name)) => {
                // A pool or client that is not there is the operation's to refuse.
                let entry = match (input.user_pool_id(), input.client_id()) {
                    (Some(pool_id), _) => self.domain.pool(pool_id).await,
                    (None, Some(client_id)) => self.domain.client_and_pool(client_id).await.map(|(_, entry)| entry),
                    (None, None) => return Ok(()),
                };
                let Ok(entry) = entry else { return Ok(()) };
                let name = User::username_key(&entry, name);
                self.limits.allow_user(&entry.id, About::Name(&name), access, now)
            }
            (Principal::Anonymous | Principal::Signed(_), None) => true,
        };
        if allowed { Ok(()) } else { Err(too_many(meta)) }
    }
}

/// `TooManyRequestsException`, or for the few operations that do not list it the error that AWS may give to all.
fn too_many(meta: &OperationMeta) -> Error {
    let code =
        if is_declared(meta, ErrorCode::TooManyRequests) { ErrorCode::TooManyRequests } else { ErrorCode::Throttling };
    Error::new(code, "Too many requests")
}
