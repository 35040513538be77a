//! Credentials of another STS.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use stepwell_core::identity_pools::external_sts::{Endpoint, ExternalSts};
use stepwell_core::identity_pools::{INLINE_SESSION_POLICY, MANAGED_SESSION_POLICY};
use stepwell_core::ports::egress::{Answer as Fetched, Egress, EgressError, Outgoing};
use stepwell_core::ports::outside::Outside;

use super::provider::verified;
use super::world::arn;
use super::*;

on_both_engines!(the_token_goes_there_and_the_credentials_come_back, what_it_refuses_is_refused);

const URL: &str = "https://sts.example/";

/// An STS that keeps what it is asked and answers what it is told.
struct Sts {
    asked: Mutex<Vec<Outgoing>>,
    answer: Mutex<(u16, String)>,
}

#[async_trait]
impl Egress for Sts {
    async fn send(&self, request: Outgoing) -> Result<Fetched, EgressError> {
        self.asked.lock().push(request);
        let (status, body) = self.answer.lock().clone();
        if status == 0 {
            return Err(EgressError::Failed("away".to_owned()));
        }
        Ok(Fetched { status, body: body.into_bytes() })
    }
}

impl Sts {
    /// The parameters of the last request.
    fn asked(&self) -> std::collections::BTreeMap<String, String> {
        let request = self.asked.lock().pop().unwrap();
        assert_eq!(request.url, URL);
        form_urlencoded::parse(request.form.unwrap().as_bytes()).into_owned().collect()
    }
}

const ANSWER: &str = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAOTHER</AccessKeyId>\
    <SecretAccessKey>se&amp;cret</SecretAccessKey><SessionToken>token==</SessionToken>\
    <Expiration>2027-01-15T09:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
    </AssumeRoleWithWebIdentityResponse>";

async fn world(engine: EngineKind) -> (World, Arc<Sts>) {
    let sts = Arc::new(Sts { asked: Mutex::default(), answer: Mutex::new((200, ANSWER.to_owned())) });
    let endpoint = Endpoint { url: URL.to_owned(), scope_down_guests: true };
    let external_sts = ExternalSts { default: Some(endpoint), ..ExternalSts::default() };
    let outside = Outside { egress: Arc::clone(&sts) as _, external_sts, ..Outside::default() };
    (World::outside(engine, json!({}), outside).await, sts)
}

async fn the_token_goes_there_and_the_credentials_come_back(engine: EngineKind) {
    let (world, sts) = world(engine).await;
    // A role that only the other side knows.
    let roles = json!({"authenticated": "arn:minio:iam:::role/readers", "unauthenticated": arn("guest")});
    world.set_roles(roles, json!({})).await.ok();
    let logins = world.logins(&world.tokens("ann").await.id);
    let identity = world.id_of(logins.clone()).await;
    let answer = world.credentials(&identity, logins).await;
    let expected = json!({
        "AccessKeyId": "ASIAOTHER", "SecretKey": "se&cret", "SessionToken": "token==", "Expiration": 1_800_003_600,
    });
    assert_eq!(answer.ok()["Credentials"], expected);
    let asked = sts.asked();
    let is = |name: &str, value: &str| assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    is("Action", "AssumeRoleWithWebIdentity");
    is("Version", "2011-06-15");
    is("RoleArn", "arn:minio:iam:::role/readers");
    is("RoleSessionName", "CognitoIdentityCredentials");
    is("DurationSeconds", "3600");
    assert_eq!(asked.get("Policy"), None);
    let claims = verified(&world, &asked["WebIdentityToken"]).await;
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!(identity), &json!(world.id)));
    assert_eq!(claims["amr"][0], "authenticated");

    let guest = world.id_of(json!({})).await;
    world.credentials(&guest, json!({})).await.ok();
    let asked = sts.asked();
    assert_eq!(asked["Policy"], INLINE_SESSION_POLICY);
    assert_eq!(asked["PolicyArns.member.1.arn"], MANAGED_SESSION_POLICY);
    assert_eq!(verified(&world, &asked["WebIdentityToken"]).await["amr"], json!(["unauthenticated"]));
    // Who is refused here is not asked for there.
    assert_eq!(world.credentials(&identity, json!({})).await.error(), Some(FORBIDDEN));
    assert!(sts.asked.lock().is_empty());
}

async fn what_it_refuses_is_refused(engine: EngineKind) {
    let (world, sts) = world(engine).await;
    let guest = world.id_of(json!({})).await;
    let away = ("ExternalServiceException", "The security token service could not be reached.");
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>No</Message></Error></ErrorResponse>";
    for (status, body, expected) in [
        (403, refusal, ROLES),
        (400, "", ROLES),
        (500, "", away),
        (302, ANSWER, away),
        (200, "", away),
        (200, refusal, away),
        (0, "", away),
    ] {
        *sts.answer.lock() = (status, body.to_owned());
        assert_eq!(world.credentials(&guest, json!({})).await.refusal(), expected, "{status} {body}");
    }
}
