//! The phase of the dispatchers between authentication and throttling: may whoever signed do this?

use std::borrow::Cow;

use stepwell_core::context::Principal;
use stepwell_core::iam::{Identity, Signer, authorize};
use stepwell_core::{Context, Error, ErrorCode};
use stepwell_model::{AuthMode, OperationMeta};

use super::{Ask, Asks, Authorized, resource};

/// Refuses what the caller's policies do not allow, before anything of the request is looked up for the operation.
pub async fn phase<O: Authorized>(cx: &Context<'_>, input: &O::Input) -> Result<(), Error> {
    let signer = match &cx.caller.principal {
        Principal::Signed(signer) => signer,
        // Authentication has seen to it already; this phase does not rely on that.
        Principal::Anonymous | Principal::User(_) if O::META.auth == AuthMode::SigV4 => {
            return Err(Error::new(ErrorCode::MissingAuthenticationToken, "Missing Authentication Token"));
        }
        Principal::Anonymous | Principal::User(_) => return Ok(()),
    };
    if signer.identity == Identity::Anyone {
        return Ok(());
    }
    authorize::may_call(signer, O::META.service.signing_name(), O::META.name)?;
    match O::asks(input) {
        Asks::Unsigned | Asks::Free | Asks::Itself => Ok(()),
        Asks::These(asks) => these(cx, signer, &O::META, &asks).await,
    }
}

async fn these(cx: &Context<'_>, signer: &Signer, meta: &OperationMeta, asks: &[Ask<'_>]) -> Result<(), Error> {
    let actions: Vec<Cow<'static, str>> = asks
        .iter()
        .map(|ask| match ask.action {
            Some(action) => Cow::Borrowed(action),
            None => Cow::Owned(format!("{}:{}", meta.service.signing_name(), meta.name)),
        })
        .collect();
    let mut requests = Vec::with_capacity(asks.len());
    for (ask, action) in asks.iter().zip(&actions) {
        let mut request = authorize::Request::new(action);
        request = resource::put(cx.domain, signer, ask, request).await?;
        request = request.request_tags(ask.request_tags.iter().copied());
        if !ask.tag_keys.is_empty() {
            request = request.key_many("aws:TagKeys", ask.tag_keys.iter().map(|&key| key.to_owned()).collect());
        }
        for (key, value) in &ask.keys {
            request = request.key(key, *value);
        }
        requests.push(request);
    }
    authorize::authorize_all(cx, requests).await
}
