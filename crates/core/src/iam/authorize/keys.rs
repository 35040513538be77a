//! The condition keys of every request: who asks, when and from where (IAM User Guide, "AWS global condition context
//! keys").

use std::net::IpAddr;

use super::Permissions;
use crate::context::Context;
use crate::iam::policy::{ContextKeys, KeyValue, Principal};
use crate::iam::{Federated, Identity, Signer};
use crate::settings::Settings;
use crate::{Millis, SECOND};

/// Where a request comes from and when, as far as policies may ask.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// `aws:CurrentTime` and `aws:EpochTime`.
    pub now: Millis,
    /// `aws:SourceIp`, seen through the trusted proxies.
    pub address: Option<IpAddr>,
    /// `aws:UserAgent`.
    pub user_agent: Option<&'a str>,
    /// `aws:Referer`.
    pub referer: Option<&'a str>,
    /// `aws:SecureTransport`; `None` if nobody knows.
    pub secure: Option<bool>,
    /// `aws:RequestedRegion`.
    pub region: Option<&'a str>,
}

/// The keys of a request to this deployment, about something of its own.
pub fn keys(cx: &Context<'_>, signer: &Signer, permissions: &Permissions) -> ContextKeys {
    let settings = &cx.domain.settings;
    let origin = Origin {
        now: cx.now(),
        address: cx.caller.address,
        user_agent: cx.caller.user_agent.as_deref(),
        referer: cx.caller.referer.as_deref(),
        // What stands before the server may end TLS, so the origin that clients are told counts, not the socket.
        secure: Some(settings.public_url.starts_with("https://")),
        region: Some(&settings.region),
    };
    let mut keys = keys_of(settings, signer, permissions, &origin);
    keys.set("aws:ResourceAccount", settings.account_id.as_str());
    keys
}

/// The keys of a request that came from elsewhere.
pub fn keys_of(settings: &Settings, signer: &Signer, permissions: &Permissions, origin: &Origin<'_>) -> ContextKeys {
    let mut keys = ContextKeys::new();
    // First what an identity provider said, so that nothing of it can stand in the place of what is known here.
    session_keys(&mut keys, signer, origin.now);
    principal(settings, signer, permissions).insert_keys(&mut keys);
    keys.set_tags("aws:PrincipalTag/", permissions.tags().iter().map(|(key, value)| (key.as_str(), value.as_str())));
    origin_keys(&mut keys, origin);
    keys
}

fn session_keys(keys: &mut ContextKeys, signer: &Signer, now: Millis) {
    let Some(session) = &signer.session else { return };
    if let Some(federated) = &session.federated {
        federated_keys(keys, federated);
    }
    keys.set("aws:TokenIssueTime", KeyValue::Time(session.issued_at));
    keys.set("aws:MultiFactorAuthPresent", session.mfa);
    if session.mfa {
        keys.set("aws:MultiFactorAuthAge", (now - session.issued_at).max(0) / SECOND);
    }
    if let Some(source) = &session.source_identity {
        keys.set("aws:SourceIdentity", source.as_str());
    }
}

fn federated_keys(keys: &mut ContextKeys, federated: &Federated) {
    for (name, values) in &federated.keys {
        let key = format!("{}:{name}", federated.provider);
        match values.as_slice() {
            // `amr` is a set even with one member.
            [one] if name != "amr" => keys.set(&key, one.as_str()),
            _ => keys.set_many(&key, values.clone()),
        }
    }
    keys.set("aws:FederatedProvider", federated.principal.as_str());
}

fn origin_keys(keys: &mut ContextKeys, origin: &Origin<'_>) {
    keys.set("aws:CurrentTime", KeyValue::Time(origin.now));
    keys.set("aws:EpochTime", origin.now.div_euclid(SECOND));
    keys.set("aws:ViaAWSService", false);
    keys.set("aws:PrincipalIsAWSService", false);
    if let Some(address) = origin.address {
        keys.set("aws:SourceIp", address.to_canonical());
    }
    if let Some(secure) = origin.secure {
        keys.set("aws:SecureTransport", secure);
    }
    for (key, value) in
        [("aws:UserAgent", origin.user_agent), ("aws:Referer", origin.referer), ("aws:RequestedRegion", origin.region)]
    {
        if let Some(value) = value {
            keys.set(key, value);
        }
    }
}

/// Who signed, as policies name principals: by the name and path of today, not those sealed into a session token.
pub fn principal(settings: &Settings, signer: &Signer, permissions: &Permissions) -> Principal {
    let account = settings.account_id.clone();
    let identity = permissions.identity(signer);
    let arn = identity.principal_arn(&account);
    match &identity {
        Identity::Anyone => Principal::Root { account },
        Identity::User { name, user_id, .. } => {
            Principal::User { arn, account, user_id: user_id.clone(), name: name.clone() }
        }
        Identity::Role { role_id, session_name, .. } => Principal::AssumedRole {
            role_arn: arn,
            session_arn: identity.arn(&settings.account_id),
            account,
            role_id: role_id.clone(),
            session_name: session_name.clone(),
        },
    }
}
