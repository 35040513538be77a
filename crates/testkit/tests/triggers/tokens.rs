//! `PreTokenGeneration`, from the event to the signed token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stepwell_testkit::{Answer, TestPool, Tokens};

use super::{pool, token_trigger, with};

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn in_group(pool: &TestPool, name: &str) {
    let role = "arn:aws:iam::000000000000:role/staff";
    pool.admin("CreateGroup", json!({"GroupName": "staff", "RoleArn": role, "Precedence": 1})).await.ok();
    pool.admin("AdminAddUserToGroup", json!({"Username": name, "GroupName": "staff"})).await.ok();
}

#[tokio::test]
async fn version_1() {
    let (pool, lambda) = pool(&[], token_trigger("V1_0"), json!({})).await;
    pool.user("ann").await;
    in_group(&pool, "ann").await;
    lambda.responds(
        "PreTokenGeneration",
        json!({"claimsOverrideDetails": {
            "claimsToAddOrOverride": {"tenant": "t1", "sub": "forged"}, "claimsToSuppress": ["email"],
            "groupOverrideDetails": {"groupsToOverride": ["other"]},
        }}),
    );
    let tokens = pool.tokens("ann").await;
    let event = lambda.take()[0].event.clone();
    let sub = claims(&tokens.id)["sub"].clone();
    assert_eq!(
        event,
        json!({
            "version": "1", "region": "us-east-1", "userPoolId": pool.id, "userName": "ann",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
            "triggerSource": "TokenGeneration_Authentication",
            "request": {
                "userAttributes": {
                    "sub": sub, "cognito:user_status": "CONFIRMED", "email": "ann@example.com", "email_verified": "true",
                },
                "groupConfiguration": {
                    "groupsToOverride": ["staff"], "iamRolesToOverride": ["arn:aws:iam::000000000000:role/staff"],
                    "preferredRole": "arn:aws:iam::000000000000:role/staff",
                },
            },
            "response": {"claimsOverrideDetails": null},
        })
    );
    let id = claims(&tokens.id);
    assert_eq!((&id["tenant"], &id["cognito:groups"]), (&json!("t1"), &json!(["other"])));
    assert_eq!((id.get("email"), id.get("cognito:roles"), id.get("cognito:preferred_role")), (None, None, None));
    assert_eq!(id["cognito:username"], "ann");
    let access = claims(&tokens.access);
    assert_eq!((access.get("tenant"), &access["cognito:groups"]), (None, &json!(["other"])));
    // The token is a good one.
    assert_eq!(pool.own("GetUser", &tokens.access, json!({})).await.ok()["Username"], "ann");
}

#[tokio::test]
async fn version_2() {
    let (pool, lambda) = pool(&[], token_trigger("V2_0"), json!({})).await;
    pool.user("ann").await;
    lambda.responds(
        "PreTokenGeneration",
        json!({"claimsAndScopeOverrideDetails": {
            "idTokenGeneration": {"claimsToAddOrOverride": {"limits": {"a": [1, 2]}}},
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"tenant": {"id": 7}}, "scopesToAdd": ["orders/read"],
            },
        }}),
    );
    let tokens = pool.tokens("ann").await;
    let event = lambda.take()[0].event.clone();
    assert_eq!((&event["version"], &event["response"]), (&json!("2"), &json!({"claimsAndScopeOverrideDetails": null})));
    assert_eq!(event["request"]["scopes"], json!(["aws.cognito.signin.user.admin"]));
    let empty = json!({"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null});
    assert_eq!(event["request"]["groupConfiguration"], empty);
    assert_eq!(claims(&tokens.id)["limits"], json!({"a": [1, 2]}));
    let access = claims(&tokens.access);
    assert_eq!(access["tenant"], json!({"id": 7}));
    assert_eq!(access["scope"], "aws.cognito.signin.user.admin orders/read");

    // Without its scope a token opens none of the service's own doors.
    lambda.responds(
        "PreTokenGeneration",
        json!({"claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {"scopesToSuppress": ["aws.cognito.signin.user.admin"]},
        }}),
    );
    let tokens = pool.tokens("ann").await;
    assert_eq!(pool.own("GetUser", &tokens.access, json!({})).await.error(), Some("NotAuthorizedException"));
    // A refresh asks again, from what the sign-in granted.
    lambda.take();
    lambda.responds("PreTokenGeneration", json!({}));
    let refreshed = Tokens::of(&pool.refresh(&tokens.refresh).await);
    let event = lambda.take()[0].event.clone();
    assert_eq!(event["triggerSource"], "TokenGeneration_RefreshTokens");
    assert_eq!(event["request"]["scopes"], json!(["aws.cognito.signin.user.admin"]));
    pool.own("GetUser", &refreshed.access, json!({})).await.ok();
}

#[tokio::test]
async fn sources_and_metadata() {
    let (pool, lambda) = pool(&[], token_trigger("V2_0"), json!({})).await;
    pool.invited("ann", "Temporary-1").await;
    let offered = pool.sign_in("ann", "Temporary-1").await;
    assert!(lambda.take().is_empty());
    let answer = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": offered.body["Session"],
        "ChallengeResponses": {"USERNAME": "ann", "NEW_PASSWORD": "Correct-Horse-1"}, "ClientMetadata": {"n": "1"},
    });
    let tokens = Tokens::of(&pool.app("RespondToAuthChallenge", answer).await);
    let event = lambda.take()[0].event.clone();
    assert_eq!(event["triggerSource"], "TokenGeneration_NewPasswordChallenge");
    assert_eq!(event["request"]["clientMetadata"], json!({"n": "1"}));

    let get = json!({"RefreshToken": tokens.refresh, "ClientMetadata": {"n": "2"}});
    pool.app("GetTokensFromRefreshToken", get).await.ok();
    let event = lambda.take()[0].event.clone();
    assert_eq!(event["triggerSource"], "TokenGeneration_RefreshTokens");
    assert_eq!(event["request"]["clientMetadata"], json!({"n": "2"}));

    // What a sign-in begins with reaches no token (API, InitiateAuth).
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientMetadata": {"n": "3"},
        "AuthParameters": {"USERNAME": "ann", "PASSWORD": "Correct-Horse-1"},
    });
    Tokens::of(&pool.app("InitiateAuth", input).await);
    assert_eq!(lambda.take()[0].event["request"].get("clientMetadata"), None);
}

#[tokio::test]
async fn a_refusal_issues_nothing_and_keeps_the_refresh_token() {
    let rotation = json!({
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    });
    let (pool, lambda) = pool(&[], token_trigger("V1_0"), rotation).await;
    pool.user("ann").await;
    let tokens = pool.tokens("ann").await;
    lambda.throws("PreTokenGeneration", "tenant is closed");
    let expected = ("UserLambdaValidationException", "PreTokenGeneration failed with error tenant is closed.");
    assert_eq!(pool.sign_in("ann", stepwell_testkit::PASSWORD).await.refusal(), expected);
    let get = json!({"RefreshToken": tokens.refresh});
    assert_eq!(pool.app("GetTokensFromRefreshToken", get.clone()).await.refusal(), expected);
    lambda.responds("PreTokenGeneration", json!({}));
    Tokens::of(&pool.app("GetTokensFromRefreshToken", get).await);
}

#[tokio::test]
async fn too_many_changes() {
    let (pool, lambda) = pool(&[], token_trigger("V2_0"), json!({})).await;
    pool.user("ann").await;
    let names: Vec<String> = (0..=5_000).map(|n| n.to_string()).collect();
    lambda.responds(
        "PreTokenGeneration",
        json!({"claimsAndScopeOverrideDetails": {
            "idTokenGeneration": {"claimsToSuppress": names},
        }}),
    );
    let refused = pool.sign_in("ann", stepwell_testkit::PASSWORD).await;
    assert_eq!(refused.refusal(), ("InvalidLambdaResponseException", "Unrecognizable lambda output"));
}

#[tokio::test]
async fn machines_are_asked_about_in_version_3_alone() {
    for (version, calls) in [("V2_0", 0), ("V3_0", 1)] {
        let (pool, lambda) = pool(&[], token_trigger(version), json!({})).await;
        let scopes = json!([{"ScopeName": "read", "ScopeDescription": "r"}]);
        let server = json!({"Identifier": "orders", "Name": "o", "Scopes": scopes});
        pool.admin("CreateResourceServer", server).await.ok();
        lambda.responds(
            "PreTokenGeneration",
            json!({"claimsAndScopeOverrideDetails": {
                "accessTokenGeneration": {"claimsToAddOrOverride": {"tenant": "t"}, "scopesToAdd": ["orders/write"]},
            }}),
        );
        let token = machine_token(&pool, json!({"ClientMetadata": {"a": "b"}})).await;
        let told = lambda.take();
        assert_eq!(told.len(), calls, "{version}");
        let claims = claims(token.ok()["ClientAuthenticationResult"]["AccessToken"].as_str().unwrap());
        if let Some(told) = told.first() {
            let event = &told.event;
            assert_eq!((told.source(), &event["version"]), ("TokenGeneration_ClientCredentials", &json!("3")));
            assert_eq!(event["userName"], "ClientCredentials");
            assert_eq!(event["request"]["scopes"], json!(["orders/read"]));
            assert_eq!(event["request"]["clientMetadata"], json!({"a": "b"}));
            assert_eq!((&claims["tenant"], &claims["scope"]), (&json!("t"), &json!("orders/read orders/write")));
            lambda.throws("PreTokenGeneration", "no");
            let refused = machine_token(&pool, json!({})).await;
            let expected = ("NotAuthorizedException", "PreTokenGeneration failed with error no.");
            assert_eq!(refused.refusal(), expected);
        } else {
            assert_eq!((claims.get("tenant"), &claims["scope"]), (None, &json!("orders/read")));
        }
    }
}

async fn machine_token(pool: &TestPool, more: Value) -> Answer {
    let client = json!({
        "ClientName": "machine", "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["orders/read"],
    });
    let made = pool.admin("CreateUserPoolClient", client).await;
    let made = &made.ok()["UserPoolClient"];
    let input = json!({"ClientId": made["ClientId"], "Secret": made["ClientSecret"]});
    pool.server.app("GetClientToken", &with(input, more)).await
}
