//! `ListUserPoolClients`.

use stepwell_core::clients;
use stepwell_core::{Context, Result};
use stepwell_model::idp::{
    ClientTypeType, ListUserPoolClients, ListUserPoolClientsRequest, ListUserPoolClientsResponse,
};

use super::shapes;
use crate::operation::Operation;

/// How many clients a page holds if the request does not say, and at most.
const MAX_RESULTS: u32 = 60;

impl Operation for ListUserPoolClients {
    async fn call(cx: &Context<'_>, input: ListUserPoolClientsRequest) -> Result<ListUserPoolClientsResponse> {
        let pool_id = input.user_pool_id.as_deref().unwrap_or_default();
        let limit = input.max_results.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(MAX_RESULTS);
        let (mut clients, next_token) = clients::list(cx, pool_id, limit, input.next_token.as_deref()).await?;
        // A page can be empty and still not be the last (API, `ListUserPoolClients`): all clients are REGULAR ones.
        if input.client_type == Some(ClientTypeType::Dcr) {
            clients.clear();
        }
        let user_pool_clients = Some(clients.into_iter().map(shapes::description).collect());
        Ok(ListUserPoolClientsResponse { user_pool_clients, next_token })
    }
}
