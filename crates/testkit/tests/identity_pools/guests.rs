//! Guests: identities without a login.

use super::world::given;
use super::*;

on_both_engines!(a_guest_gets_credentials_of_the_guest_role, guests_can_be_off, a_guests_role_must_be_set);

async fn a_guest_gets_credentials_of_the_guest_role(engine: EngineKind) {
    let world = World::new(engine).await;
    let id = world.id_of(json!({})).await;
    assert!(id.starts_with("us-east-1:") && id.len() == 46, "{id}");
    assert_ne!(world.id_of(json!({})).await, id, "every guest is another");
    let answer = world.app("GetCredentialsForIdentity", json!({"IdentityId": id})).await;
    assert_eq!(answer.ok()["IdentityId"], id.as_str());
    let guest = given(&answer);
    world.describe(&guest).await.ok();
    let denied = world.signed(&guest, "DeleteUserPool", json!({"UserPoolId": world.users.id})).await;
    assert_eq!(denied.error(), Some("AccessDeniedException"));
    assert!(denied.refusal().1.contains("assumed-role/guest/CognitoIdentityCredentials"), "{}", denied.body);

    // A role that allows everything still does not let guests beyond what AWS lets them.
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    world.role("guest", &world.trust("unauthenticated"), &everything).await;
    world.describe(&guest).await.ok();
    let iam = world.users.server.signed(&guest, stepwell_model::Service::Iam, "ListRoles", &json!({})).await;
    assert_eq!(iam.status, 403, "{iam:?}");

    // Credentials end after an hour.
    world.users.advance(stepwell_core::HOUR + 1).await;
    assert_eq!(world.describe(&guest).await.error(), Some("ExpiredTokenException"));
}

async fn guests_can_be_off(engine: EngineKind) {
    let world = World::new(engine).await;
    let id = world.id_of(json!({})).await;
    let provider = json!([{"ProviderName": world.provider(), "ClientId": world.users.client}]);
    let off = json!({
        "IdentityPoolId": world.id, "IdentityPoolName": "test", "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": provider,
    });
    world.admin("UpdateIdentityPool", off).await.ok();
    let refusal = (FORBIDDEN, "Unauthenticated access is not supported for this identity pool.");
    assert_eq!(world.get_id(json!({})).await.refusal(), refusal);
    assert_eq!(world.credentials(&id, json!({})).await.refusal(), refusal);
    // Who signs in is let in all the same.
    world.describe(&world.credentials_of("ann").await).await.ok();
}

async fn a_guests_role_must_be_set(engine: EngineKind) {
    let world = World::new(engine).await;
    world.set_roles(json!({"authenticated": super::world::arn("authenticated")}), json!({})).await.ok();
    let id = world.id_of(json!({})).await;
    assert_eq!(world.credentials(&id, json!({})).await.refusal(), ROLES);
    let custom = json!({"IdentityId": id, "CustomRoleArn": super::world::arn("authenticated")});
    assert_eq!(world.app("GetCredentialsForIdentity", custom).await.error(), Some(FORBIDDEN));
}
