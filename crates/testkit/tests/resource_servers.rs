//! Resource servers, the scopes of theirs that clients are allowed, and the tokens that machines get with them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stepwell_core::keyring::SigningUse;
use stepwell_testkit::{Answer, EngineKind, TestPool};

const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";
const SECRET: &str = "aMachinesOwnSecret0123456789";

fn scopes(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"ScopeName": name, "ScopeDescription": format!("may {name}")})).collect()
}

async fn photos(pool: &TestPool, names: &[&str]) -> Value {
    let input = json!({"Identifier": "photos", "Name": "Photos", "Scopes": scopes(names)});
    pool.admin("CreateResourceServer", input).await.ok()["ResourceServer"].clone()
}

/// A client that may get tokens of its own.
async fn machine(pool: &TestPool, scopes: &[&str]) -> String {
    pool.another_client(json!({
        "ClientSecret": SECRET, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"], "AllowedOAuthScopes": scopes,
    }))
    .await
}

async fn get(pool: &TestPool, client: &str, scopes: Option<&[&str]>) -> Answer {
    let mut input = json!({"ClientId": client, "Secret": SECRET});
    if let Some(scopes) = scopes {
        input["Scopes"] = json!(scopes);
    }
    pool.server.app("GetClientToken", &input).await
}

fn token(answer: &Answer) -> &str {
    answer.ok()["ClientAuthenticationResult"]["AccessToken"].as_str().unwrap()
}

fn claims(answer: &Answer) -> Value {
    let payload = token(answer).split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn resource_servers_are_made_changed_and_removed() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let pool = TestPool::on(engine, json!({}), json!({})).await;
        let identifier = "https://photos.example.com/v1";
        let input = json!({"Identifier": identifier, "Name": "Photos", "Scopes": scopes(&["read", "write"])});
        let created = pool.admin("CreateResourceServer", input.clone()).await;
        let mut expected = input.clone();
        expected["UserPoolId"] = json!(pool.id);
        assert_eq!(created.ok()["ResourceServer"], expected);
        let twice = pool.admin("CreateResourceServer", input).await;
        let message = format!("{identifier} already exists in user pool {}.", pool.id);
        assert_eq!(twice.refusal(), ("InvalidParameterException", message.as_str()));

        // What an update leaves out is gone.
        let update = json!({"Identifier": identifier, "Name": "Pictures"});
        let updated = pool.admin("UpdateResourceServer", update.clone()).await;
        expected["Name"] = json!("Pictures");
        expected["Scopes"] = json!([]);
        assert_eq!(updated.ok()["ResourceServer"], expected);
        let described = pool.admin("DescribeResourceServer", json!({"Identifier": identifier})).await;
        assert_eq!(described.ok()["ResourceServer"], expected);

        let deleted = pool.admin("DeleteResourceServer", json!({"Identifier": identifier})).await;
        assert_eq!((deleted.status.as_u16(), &deleted.body), (200, &Value::Null));
        for operation in ["DescribeResourceServer", "UpdateResourceServer", "DeleteResourceServer"] {
            let mut input = update.clone();
            if operation != "UpdateResourceServer" {
                input.as_object_mut().unwrap().remove("Name");
            }
            let gone = pool.admin(operation, input).await;
            let message = format!("Resource server {identifier} does not exist.");
            assert_eq!(gone.refusal(), ("ResourceNotFoundException", message.as_str()), "{operation}");
        }
    }
}

#[tokio::test]
async fn identifiers_and_scopes_have_their_rules() {
    let pool = TestPool::new(json!({}), json!({})).await;
    for (identifier, name) in
        [("", "x"), ("a b", "x"), ("a\"b", "x"), ("a\\b", "x"), ("é", "x"), ("x", "a*b"), ("x", "")]
    {
        let answer = pool.admin("CreateResourceServer", json!({"Identifier": identifier, "Name": name})).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{identifier} {name}");
    }
    for wrong in [scopes(&["a/b"]), scopes(&["a b"]), scopes(&["read", "read"]), json!([{"ScopeName": "read"}])] {
        let input = json!({"Identifier": "photos", "Name": "Photos", "Scopes": wrong});
        assert_eq!(
            pool.admin("CreateResourceServer", input).await.error(),
            Some("InvalidParameterException"),
            "{wrong}"
        );
    }
    let many: Vec<String> = (0..101).map(|number| format!("scope{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let input = json!({"Identifier": "photos", "Name": "Photos", "Scopes": scopes(&many)});
    assert_eq!(pool.admin("CreateResourceServer", input).await.error(), Some("InvalidParameterException"));
    photos(&pool, &many[..100]).await;
    let update = json!({"Identifier": "photos", "Name": "Photos", "Scopes": scopes(&["read", "read"])});
    assert_eq!(pool.admin("UpdateResourceServer", update).await.error(), Some("InvalidParameterException"));
    let elsewhere = json!({"UserPoolId": "us-east-1_unknown00", "Identifier": "x", "Name": "x"});
    let answer = pool.server.admin("CreateResourceServer", &elsewhere).await;
    assert_eq!(answer.refusal(), ("ResourceNotFoundException", "User pool us-east-1_unknown00 does not exist."));
}

#[tokio::test]
async fn a_pool_has_at_most_25_and_lists_them_by_page() {
    let pool = TestPool::new(json!({}), json!({})).await;
    for number in 0..25 {
        let input = json!({"Identifier": format!("server{number:02}"), "Name": "x"});
        pool.admin("CreateResourceServer", input).await.ok();
    }
    let beyond = pool.admin("CreateResourceServer", json!({"Identifier": "one-more", "Name": "x"})).await;
    assert_eq!(beyond.error(), Some("LimitExceededException"), "{}", beyond.body);
    let all = pool.admin("ListResourceServers", json!({})).await;
    assert_eq!(all.ok()["ResourceServers"].as_array().unwrap().len(), 25);
    assert!(all.body.get("NextToken").is_none());

    let mut seen = Vec::new();
    let mut input = json!({"MaxResults": 10});
    loop {
        let page = pool.admin("ListResourceServers", input.clone()).await;
        let servers = page.ok()["ResourceServers"].as_array().unwrap();
        seen.extend(servers.iter().map(|server| server["Identifier"].as_str().unwrap().to_owned()));
        match page.body.get("NextToken") {
            Some(next) => input["NextToken"] = next.clone(),
            None => break,
        }
    }
    let expected: Vec<String> = (0..25).map(|number| format!("server{number:02}")).collect();
    assert_eq!(seen, expected);
    // A position is good for its own list only.
    let other = TestPool::at(pool.server, json!({}), json!({})).await;
    let answer = other.admin("ListResourceServers", input).await;
    assert_eq!(answer.error(), Some("InvalidParameterException"));
    assert_eq!(other.admin("ListResourceServers", json!({})).await.ok(), &json!({"ResourceServers": []}));
}

#[tokio::test]
async fn clients_name_scopes_that_exist_in_their_pool() {
    let pool = TestPool::new(json!({}), json!({})).await;
    photos(&pool, &["read", "write"]).await;
    let client = machine(&pool, &["openid", "photos/read"]).await;
    let shown = pool.admin("DescribeUserPoolClient", json!({"ClientId": client})).await;
    assert_eq!(shown.ok()["UserPoolClient"]["AllowedOAuthScopes"], json!(["openid", "photos/read"]));
    for unknown in ["photos/delete", "Photos/read", "photos/", "read", "films/read", "openid/read"] {
        let scopes = json!(["photos/read", unknown]);
        let input = json!({"ClientName": "x", "AllowedOAuthScopes": scopes});
        let message = format!("Invalid scope requested: {unknown}");
        let expected = ("ScopeDoesNotExistException", message.as_str());
        assert_eq!(pool.admin("CreateUserPoolClient", input).await.refusal(), expected);
        let input = json!({"ClientId": client, "AllowedOAuthScopes": scopes});
        assert_eq!(pool.admin("UpdateUserPoolClient", input).await.refusal(), expected);
    }
    let other = TestPool::at(pool.server, json!({}), json!({})).await;
    let input = json!({"ClientName": "x", "AllowedOAuthScopes": ["photos/read"]});
    let answer = other.admin("CreateUserPoolClient", input).await;
    assert_eq!(answer.error(), Some("ScopeDoesNotExistException"), "another pool's scope");
}

#[tokio::test]
async fn a_machine_gets_a_token_of_its_own() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let pool = TestPool::on(engine, json!({}), json!({})).await;
        photos(&pool, &["read", "write", "delete"]).await;
        let client = machine(&pool, &["openid", "photos/write", ADMIN_SCOPE, "photos/read"]).await;
        let answer = get(&pool, &client, None).await;
        let result = &answer.ok()["ClientAuthenticationResult"];
        assert_eq!((&result["ExpiresIn"], &result["TokenType"]), (&json!(3600), &json!("Bearer")));
        assert_eq!(result.as_object().unwrap().len(), 3, "no ID token, no refresh token");

        let entry = pool.server.test.domain.pool(&pool.id).await.unwrap();
        assert!(entry.signers.verify(SigningUse::Access, token(&answer)).is_some());
        let claims_all = claims(&answer);
        let names: Vec<&str> = claims_all.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sub", "token_use", "version"];
        assert_eq!(names, expected);
        assert_eq!((&claims_all["sub"], &claims_all["client_id"]), (&json!(client), &json!(client)));
        assert_eq!((&claims_all["token_use"], &claims_all["version"]), (&json!("access"), &json!(2)));
        assert_eq!(claims_all["scope"], "photos/write photos/read");
        assert_eq!(claims_all["exp"].as_i64().unwrap() - claims_all["iat"].as_i64().unwrap(), 3600);

        let one = claims(&get(&pool, &client, Some(&["photos/read", "photos/read"])).await);
        assert_eq!(one["scope"], "photos/read");
        assert_ne!(one["jti"], claims_all["jti"]);
        assert_eq!(claims(&get(&pool, &client, Some(&[])).await)["scope"], "photos/write photos/read");
        // A signature adds nothing and takes nothing away.
        let signed = pool.server.admin("GetClientToken", &json!({"ClientId": client, "Secret": SECRET})).await;
        assert_eq!(claims(&signed)["scope"], "photos/write photos/read");
    }
}

#[tokio::test]
async fn the_token_lives_as_long_as_the_client_says() {
    let pool = TestPool::new(json!({}), json!({})).await;
    photos(&pool, &["read"]).await;
    let client = pool
        .another_client(json!({
            "GenerateSecret": false, "ClientSecret": SECRET, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
            "AllowedOAuthScopes": ["photos/read"], "AccessTokenValidity": 5,
            "TokenValidityUnits": {"AccessToken": "minutes"},
        }))
        .await;
    let answer = get(&pool, &client, None).await;
    assert_eq!(answer.ok()["ClientAuthenticationResult"]["ExpiresIn"], 300);
    let claims = claims(&answer);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
}

#[tokio::test]
async fn only_the_secret_of_the_right_client_counts() {
    let pool = TestPool::new(json!({}), json!({})).await;
    photos(&pool, &["read"]).await;
    let client = machine(&pool, &["photos/read"]).await;
    let try_with = async |client: &str, secret: &str, signed: bool| {
        let input = json!({"ClientId": client, "Secret": secret});
        let answer = if signed {
            pool.server.admin("GetClientToken", &input).await
        } else {
            pool.server.app("GetClientToken", &input).await
        };
        let (name, message) = answer.refusal();
        (name.to_owned(), message.to_owned())
    };
    let refused = |message: &str| ("NotAuthorizedException".to_owned(), message.to_owned());
    let wrong = "AnotherSecret0123456789abcdefgh";
    assert_eq!(try_with(&client, wrong, false).await, refused("Invalid client or secret"));
    assert_eq!(try_with(&client, wrong, true).await, refused("Invalid client or secret"), "never IAM");
    // A public client, and one that signs users in: the second says so only to who has its secret.
    assert_eq!(try_with(&pool.client, wrong, false).await, refused("Invalid client or secret"));
    let signs_in = pool.another_client(json!({"ClientSecret": SECRET, "AllowedOAuthScopes": ["photos/read"]})).await;
    assert_eq!(try_with(&signs_in, wrong, false).await, refused("Invalid client or secret"));
    let not_enabled = refused("ALLOW_CLIENT_TOKEN_AUTH flow not enabled for this client");
    assert_eq!(try_with(&signs_in, SECRET, false).await, not_enabled);
    let by_default = pool.another_client(
        json!({"ClientSecret": SECRET, "ExplicitAuthFlows": [], "AllowedOAuthScopes": ["photos/read"]}),
    );
    assert_eq!(try_with(&by_default.await, SECRET, false).await, not_enabled);
    let (name, _) = try_with("unknown", SECRET, false).await;
    assert_eq!(name, "ResourceNotFoundException");
    let unsaid = pool.server.admin("GetClientToken", &json!({"ClientId": client})).await;
    assert_eq!(unsaid.error(), Some("InvalidParameterException"));

    // A second secret works beside the first; a deleted one no longer.
    let added = pool.admin("AddUserPoolClientSecret", json!({"ClientId": client})).await;
    let second = added.ok()["ClientSecretDescriptor"]["ClientSecretValue"].as_str().unwrap();
    pool.server.app("GetClientToken", &json!({"ClientId": client, "Secret": second})).await.ok();
    let listed = pool.admin("ListUserPoolClientSecrets", json!({"ClientId": client})).await;
    let first = &listed.ok()["ClientSecrets"].as_array().unwrap()[0]["ClientSecretId"];
    pool.admin("DeleteUserPoolClientSecret", json!({"ClientId": client, "ClientSecretId": first})).await.ok();
    assert_eq!(try_with(&client, SECRET, false).await, refused("Invalid client or secret"));
    pool.server.app("GetClientToken", &json!({"ClientId": client, "Secret": second})).await.ok();
}

#[tokio::test]
async fn scopes_that_are_not_the_clients_are_refused() {
    let pool = TestPool::new(json!({}), json!({})).await;
    photos(&pool, &["read", "write"]).await;
    let client = machine(&pool, &["photos/read", "openid", ADMIN_SCOPE]).await;
    for scope in ["photos/write", "photos/none", "openid", ADMIN_SCOPE, "read"] {
        let answer = get(&pool, &client, Some(&["photos/read", scope])).await;
        let message = format!("Invalid scope requested: {scope}");
        assert_eq!(answer.refusal(), ("InvalidParameterException", message.as_str()));
    }
    let joined = get(&pool, &client, Some(&["photos/read aws.cognito.signin.user.admin"])).await;
    assert_eq!(joined.error(), Some("InvalidParameterException"));
    let without = machine(&pool, &["openid"]).await;
    let answer = get(&pool, &without, None).await;
    assert_eq!(answer.refusal(), ("InvalidParameterException", "The app client has no custom scopes."));
}

#[tokio::test]
async fn a_scope_taken_away_is_inactive_until_it_is_back() {
    let pool = TestPool::new(json!({}), json!({})).await;
    photos(&pool, &["read", "write"]).await;
    let client = machine(&pool, &["photos/read", "photos/write"]).await;
    let scope_of = async |requested: Option<&[&str]>| claims(&get(&pool, &client, requested).await)["scope"].clone();
    let update = |names: &[&str]| {
        pool.admin("UpdateResourceServer", json!({"Identifier": "photos", "Name": "x", "Scopes": scopes(names)}))
    };
    update(&["read"]).await.ok();
    assert_eq!(scope_of(None).await, "photos/read");
    // "otherwise proceeds as normal if your app requests one"
    assert_eq!(scope_of(Some(&["photos/write", "photos/read"])).await, "photos/read");
    assert_eq!(scope_of(Some(&["photos/write"])).await, "");
    update(&["write", "read"]).await.ok();
    assert_eq!(scope_of(None).await, "photos/read photos/write");

    pool.admin("DeleteResourceServer", json!({"Identifier": "photos"})).await.ok();
    assert_eq!(scope_of(None).await, "");
    let shown = pool.admin("DescribeUserPoolClient", json!({"ClientId": client})).await;
    let kept = json!(["photos/read", "photos/write"]);
    assert_eq!(shown.ok()["UserPoolClient"]["AllowedOAuthScopes"], kept, "the association stays");
    let again = pool.admin("UpdateUserPoolClient", json!({"ClientId": client, "AllowedOAuthScopes": kept})).await;
    assert_eq!(again.error(), Some("ScopeDoesNotExistException"));
    photos(&pool, &["read"]).await;
    assert_eq!(scope_of(None).await, "photos/read");
}

#[tokio::test]
async fn a_machines_token_opens_no_operation_of_users() {
    let pool = TestPool::new(json!({}), json!({})).await;
    pool.user("jane").await;
    photos(&pool, &["read"]).await;
    let client = machine(&pool, &["photos/read", ADMIN_SCOPE]).await;
    let answer = get(&pool, &client, None).await;
    let machine = token(&answer).to_owned();
    for (operation, input) in [
        ("GetUser", json!({})),
        ("DeleteUser", json!({})),
        ("GlobalSignOut", json!({})),
        ("UpdateUserAttributes", json!({"UserAttributes": [{"Name": "name", "Value": "x"}]})),
        ("DeleteUserAttributes", json!({"UserAttributeNames": ["name"]})),
        ("GetUserAttributeVerificationCode", json!({"AttributeName": "email"})),
        ("VerifyUserAttribute", json!({"AttributeName": "email", "Code": "000000"})),
        ("ChangePassword", json!({"ProposedPassword": "Another-Horse-2"})),
    ] {
        let answer = pool.own(operation, &machine, input).await;
        assert_eq!(answer.refusal(), ("NotAuthorizedException", "Invalid Access Token"), "{operation}");
    }
    // Nor would it with the scope of users, signed by the pool itself.
    let entry = pool.server.test.domain.pool(&pool.id).await.unwrap();
    let mut forged = claims(&answer);
    forged["scope"] = json!(ADMIN_SCOPE);
    for username in [None, Some("jane"), Some(client.as_str())] {
        if let Some(username) = username {
            forged["username"] = json!(username);
        }
        let token = entry.signers.signer(SigningUse::Access).unwrap().sign(forged.to_string().as_bytes()).unwrap();
        let answer = pool.own("GetUser", &token, json!({})).await;
        assert_eq!(answer.status, 400, "{username:?}: {}", answer.body);
    }
    // It is no refresh token either, and such a client signs nobody in.
    let input = json!({"ClientId": client, "ClientSecret": SECRET, "RefreshToken": machine});
    assert_eq!(pool.server.app("GetTokensFromRefreshToken", &input).await.error(), Some("NotAuthorizedException"));
    let input = json!({"ClientId": client, "ClientSecret": SECRET, "Token": machine});
    assert_eq!(pool.server.app("RevokeToken", &input).await.error(), Some("UnsupportedTokenTypeException"));
    for flow in ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN_AUTH", "USER_AUTH", "CUSTOM_AUTH"] {
        let input = json!({"ClientId": client, "AuthFlow": flow, "AuthParameters": {"USERNAME": "jane"}});
        assert_eq!(pool.server.app("InitiateAuth", &input).await.error(), Some("InvalidParameterException"), "{flow}");
    }
}
