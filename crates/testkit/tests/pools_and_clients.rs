//! User pools and app clients through the door for AWS clients: what Describe answers, what Update resets, what is
//! refused.

#![expect(clippy::indexing_slicing, reason = "a missing member fails the test")]

use serde_json::{Value, json};
use stepwell_testkit::TestServer;

async fn pool(server: &TestServer, mut input: Value) -> Value {
    if input.get("PoolName").is_none() {
        input["PoolName"] = json!("pool");
    }
    let answer = server.admin("CreateUserPool", &input).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body["UserPool"].clone()
}

async fn client(server: &TestServer, pool: &Value, mut input: Value) -> Value {
    input["UserPoolId"] = pool["Id"].clone();
    input["ClientName"] = json!("client");
    let answer = server.admin("CreateUserPoolClient", &input).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body["UserPoolClient"].clone()
}

async fn ok(server: &TestServer, operation: &str, input: Value) -> Value {
    let answer = server.admin(operation, &input).await;
    assert_eq!(answer.status, 200, "{operation}: {:?}", answer.body);
    answer.body
}

async fn refused(server: &TestServer, operation: &str, input: Value) -> (String, String) {
    let answer = server.admin(operation, &input).await;
    assert_eq!(answer.status, 400, "{operation}: {:?}", answer.body);
    (answer.error().unwrap_or_default().to_owned(), answer.body["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_pool_with_only_a_name_shows_cognitos_defaults() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    let id = created["Id"].as_str().unwrap();
    assert!(id.starts_with("us-east-1_") && id.len() == 19 && id[10..].chars().all(|c| c.is_ascii_alphanumeric()));
    let described = ok(&server, "DescribeUserPool", json!({ "UserPoolId": id })).await["UserPool"].clone();
    assert_eq!(described, created);

    let mut shown = described;
    assert_eq!(shown["SchemaAttributes"].as_array().unwrap().len(), 20);
    assert_eq!(
        shown["SchemaAttributes"][10],
        json!({
            "Name": "email", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
            "Required": false, "StringAttributeConstraints": { "MinLength": "0", "MaxLength": "2048" },
        })
    );
    assert_eq!(shown["Arn"], json!(format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{id}")));
    for varying in ["Id", "Arn", "SchemaAttributes", "CreationDate", "LastModifiedDate"] {
        assert!(shown.as_object_mut().unwrap().remove(varying).is_some(), "{varying}");
    }
    assert_eq!(
        shown,
        json!({
            "Name": "pool",
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                    "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
                },
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
            },
            "DeletionProtection": "INACTIVE",
            "LambdaConfig": {},
            "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": [] },
            "MfaConfiguration": "OFF",
            "EstimatedNumberOfUsers": 0,
            "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
            "UserPoolTags": {},
            "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7 },
            "AccountRecoverySetting": { "RecoveryMechanisms": [
                { "Priority": 1, "Name": "verified_email" }, { "Priority": 2, "Name": "verified_phone_number" },
            ] },
            "UserPoolTier": "ESSENTIALS",
            "AcrConfiguration": {
                "Level1": { "AcrValue": "urn:cognito:loa:1" }, "Level2": { "AcrValue": "urn:cognito:loa:2" },
                "Level3": { "AcrValue": "urn:cognito:loa:3" }, "Level4": { "AcrValue": "urn:cognito:loa:4" },
            },
        })
    );
    let mfa = ok(&server, "GetUserPoolMfaConfig", json!({ "UserPoolId": id })).await;
    assert_eq!(mfa, json!({ "MfaConfiguration": "OFF" }));
}

#[tokio::test]
async fn an_update_resets_what_it_leaves_out_but_tags_issuer_and_name() {
    let server = TestServer::start().await.unwrap();
    let created = pool(
        &server,
        json!({
            "PoolName": "first",
            "Policies": { "PasswordPolicy": { "MinimumLength": 10, "RequireNumbers": true } },
            "AutoVerifiedAttributes": ["email"],
            "EmailVerificationMessage": "code {####}",
            "DeletionProtection": "ACTIVE",
            "UsernameAttributes": ["email"],
            "UsernameConfiguration": { "CaseSensitive": false },
            "UserPoolTags": { "team": "a" },
            "IssuerConfiguration": { "Type": "UPDATED" },
            "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
            "AccountRecoverySetting": { "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }] },
            "Schema": [{ "Name": "team", "AttributeDataType": "Number", "Mutable": true }],
        }),
    )
    .await;
    assert_eq!(created["VerificationMessageTemplate"]["EmailMessage"], json!("code {####}"));
    assert_eq!(created["Policies"]["PasswordPolicy"]["RequireSymbols"], json!(false));
    assert_eq!(created["SchemaAttributes"][20]["Name"], json!("custom:team"));

    ok(&server, "UpdateUserPool", json!({ "UserPoolId": created["Id"] })).await;
    let mut changed = ok(&server, "DescribeUserPool", json!({ "UserPoolId": created["Id"] })).await["UserPool"].clone();
    assert_eq!(changed["UserPoolTags"], json!({ "team": "a" }));
    assert_eq!(changed["IssuerConfiguration"], json!({ "Type": "UPDATED" }));
    assert_eq!(changed["UsernameConfiguration"], json!({ "CaseSensitive": false }));
    assert_eq!(changed["UsernameAttributes"], json!(["email"]));
    assert_eq!(changed["Name"], json!("first"));
    assert_eq!(changed["SchemaAttributes"].as_array().unwrap().len(), 21);

    let fresh = pool(&server, json!({ "PoolName": "first" })).await;
    for kept in ["UserPoolTags", "IssuerConfiguration", "UsernameConfiguration", "UsernameAttributes", "Id", "Arn"] {
        changed[kept] = fresh[kept].clone();
    }
    changed["SchemaAttributes"] = fresh["SchemaAttributes"].clone();
    let without_nulls: serde_json::Map<_, _> =
        changed.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
    assert_eq!(Value::Object(without_nulls), fresh);
}

#[tokio::test]
async fn deletion_needs_the_protection_to_be_off_and_is_final() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({ "DeletionProtection": "ACTIVE" })).await;
    let id = &created["Id"];
    let (code, message) = refused(&server, "DeleteUserPool", json!({ "UserPoolId": id })).await;
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("deletion protection is activated"));

    ok(&server, "UpdateUserPool", json!({ "UserPoolId": id, "DeletionProtection": "INACTIVE" })).await;
    let app = client(&server, &created, json!({})).await;
    let deleted = server.admin("DeleteUserPool", &json!({ "UserPoolId": id })).await;
    assert_eq!(deleted.status, 200);
    for (operation, input) in [
        ("DescribeUserPool", json!({ "UserPoolId": id })),
        ("DeleteUserPool", json!({ "UserPoolId": id })),
        ("UpdateUserPool", json!({ "UserPoolId": id })),
        ("DescribeUserPoolClient", json!({ "UserPoolId": id, "ClientId": app["ClientId"] })),
        ("CreateUserPoolClient", json!({ "UserPoolId": id, "ClientName": "late" })),
    ] {
        let (code, message) = refused(&server, operation, input).await;
        assert_eq!(code, "ResourceNotFoundException", "{operation}");
        assert_eq!(message, format!("User pool {} does not exist.", id.as_str().unwrap()));
    }
}

#[tokio::test]
async fn lists_have_pages() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    pool(&server, json!({})).await;
    pool(&server, json!({})).await;
    let first = ok(&server, "ListUserPools", json!({ "MaxResults": 2 })).await;
    assert_eq!(first["UserPools"].as_array().unwrap().len(), 2);
    let second = ok(&server, "ListUserPools", json!({ "MaxResults": 2, "NextToken": first["NextToken"] })).await;
    assert_eq!(second["UserPools"].as_array().unwrap().len(), 1);
    assert!(second.get("NextToken").is_none());

    for _ in 0..3 {
        client(&server, &created, json!({})).await;
    }
    let pool_id = &created["Id"];
    let page = ok(&server, "ListUserPoolClients", json!({ "UserPoolId": pool_id, "MaxResults": 2 })).await;
    assert_eq!(page["UserPoolClients"].as_array().unwrap().len(), 2);
    let (code, _) = refused(&server, "ListUserPools", json!({ "MaxResults": 2, "NextToken": page["NextToken"] })).await;
    assert_eq!(code, "InvalidParameterException", "a token of one list does not open another");
}

#[tokio::test]
async fn attributes_and_tags_are_added_and_removed() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    let (id, arn) = (&created["Id"], &created["Arn"]);
    let team = json!({ "UserPoolId": id, "CustomAttributes": [{ "Name": "team", "AttributeDataType": "String" }] });
    ok(&server, "AddCustomAttributes", team.clone()).await;
    let (code, message) = refused(&server, "AddCustomAttributes", team).await;
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "custom:team: Existing attribute already has name custom:team.");

    ok(&server, "TagResource", json!({ "ResourceArn": arn, "Tags": { "a": "1", "b": "2" } })).await;
    ok(&server, "UntagResource", json!({ "ResourceArn": arn, "TagKeys": ["a", "c"] })).await;
    assert_eq!(
        ok(&server, "ListTagsForResource", json!({ "ResourceArn": arn })).await,
        json!({ "Tags": { "b": "2" } })
    );
    let other = json!({ "ResourceArn": "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abcdefghi" });
    assert_eq!(refused(&server, "ListTagsForResource", other).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_client_with_only_a_name_shows_cognitos_defaults() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    let mut app = client(&server, &created, json!({})).await;
    let id = app["ClientId"].clone();
    assert_eq!(id.as_str().unwrap().len(), 26);
    let described = ok(&server, "DescribeUserPoolClient", json!({ "UserPoolId": created["Id"], "ClientId": id })).await;
    assert_eq!(described["UserPoolClient"], app);
    for varying in ["ClientId", "UserPoolId", "CreationDate", "LastModifiedDate"] {
        assert!(app.as_object_mut().unwrap().remove(varying).is_some());
    }
    assert_eq!(
        app,
        json!({
            "ClientName": "client", "RefreshTokenValidity": 30, "TokenValidityUnits": {},
            "AllowedOAuthFlowsUserPoolClient": false, "EnableTokenRevocation": true,
            "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3, "ClientType": "REGULAR",
        })
    );
    let other = pool(&server, json!({})).await;
    let (code, _) =
        refused(&server, "DescribeUserPoolClient", json!({ "UserPoolId": other["Id"], "ClientId": id })).await;
    assert_eq!(code, "ResourceNotFoundException", "a client of another pool does not exist");
}

#[tokio::test]
async fn secrets_live_two_at_a_time() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    let app = client(&server, &created, json!({ "GenerateSecret": true })).await;
    let secret = app["ClientSecret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 52);
    let of_client = json!({ "UserPoolId": created["Id"], "ClientId": app["ClientId"] });
    let with = |name: &str, value: Value| {
        let mut input = of_client.clone();
        input[name] = value;
        input
    };
    assert_eq!(
        ok(&server, "DescribeUserPoolClient", of_client.clone()).await["UserPoolClient"]["ClientSecret"],
        secret
    );

    let chosen = with("ClientSecret", json!("abcdefghijklmnopqrstuvwx"));
    let added = ok(&server, "AddUserPoolClientSecret", chosen).await["ClientSecretDescriptor"].clone();
    assert!(added.get("ClientSecretValue").is_none(), "a chosen secret is not shown");
    assert_eq!(refused(&server, "AddUserPoolClientSecret", of_client.clone()).await.0, "LimitExceededException");

    let listed = ok(&server, "ListUserPoolClientSecrets", of_client.clone()).await;
    let ids: Vec<&Value> = listed["ClientSecrets"].as_array().unwrap().iter().map(|s| &s["ClientSecretId"]).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[1], &added["ClientSecretId"]);

    ok(&server, "DeleteUserPoolClientSecret", with("ClientSecretId", ids[0].clone())).await;
    let (code, _) = refused(&server, "DeleteUserPoolClientSecret", with("ClientSecretId", ids[0].clone())).await;
    assert_eq!(code, "ResourceNotFoundException");
    let (code, _) = refused(&server, "DeleteUserPoolClientSecret", with("ClientSecretId", ids[1].clone())).await;
    assert_eq!(code, "InvalidParameterException");
    let described = ok(&server, "DescribeUserPoolClient", of_client.clone()).await;
    assert_eq!(described["UserPoolClient"]["ClientSecret"], json!("abcdefghijklmnopqrstuvwx"));

    let generated = ok(&server, "AddUserPoolClientSecret", of_client).await["ClientSecretDescriptor"].clone();
    assert_eq!(generated["ClientSecretValue"].as_str().unwrap().len(), 52);

    let public = client(&server, &created, json!({})).await;
    let input = json!({ "UserPoolId": created["Id"], "ClientId": public["ClientId"] });
    assert_eq!(refused(&server, "AddUserPoolClientSecret", input).await.0, "InvalidParameterException");
}

#[tokio::test]
async fn a_clients_update_resets_what_it_leaves_out() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    let plain = client(&server, &created, json!({ "GenerateSecret": true })).await;
    let full = json!({
        "UserPoolId": created["Id"], "ClientId": plain["ClientId"], "ClientName": "renamed",
        "AccessTokenValidity": 10, "TokenValidityUnits": { "AccessToken": "minutes" }, "RefreshTokenValidity": 5,
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"], "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": false, "AuthSessionValidity": 5, "ReadAttributes": ["email"],
        "WriteAttributes": ["email"], "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 9 },
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://example.com/cb"], "LogoutURLs": ["http://localhost:3000"],
        "DefaultRedirectURI": "https://example.com/cb", "SupportedIdentityProviders": ["COGNITO"],
    });
    let updated = ok(&server, "UpdateUserPoolClient", full.clone()).await["UserPoolClient"].clone();
    for (name, value) in full.as_object().unwrap() {
        assert_eq!(&updated[name], value, "{name}");
    }
    assert_eq!(updated["ClientSecret"], plain["ClientSecret"], "an update does not touch secrets");

    let bare = json!({ "UserPoolId": created["Id"], "ClientId": plain["ClientId"], "ClientName": "client" });
    let reset = ok(&server, "UpdateUserPoolClient", bare.clone()).await["UserPoolClient"].clone();
    assert_eq!(reset, plain);

    let (code, message) = refused(&server, "UpdateUserPoolClient", {
        let mut input = bare;
        input["WriteAttributes"] = json!(["email_verified"]);
        input
    })
    .await;
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(message, "Invalid write attributes specified while updating a client");
}

#[tokio::test]
async fn what_this_build_cannot_do_is_refused_by_name() {
    let server = TestServer::start().await.unwrap();
    let created = pool(&server, json!({})).await;
    let sms = json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "EumsSms": { "CallerArn": "arn:aws:iam::123456789012:role/sms" } });
    for (what, input) in [
        ("DcrConfiguration", json!({ "DcrConfiguration": { "EnableStatus": "Enabled" } })),
        ("KeyConfiguration", json!({ "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY" } })),
        ("EumsSms", json!({ "SmsConfiguration": sms })),
    ] {
        let mut input = input;
        input["UserPoolId"] = created["Id"].clone();
        let (code, message) = refused(&server, "UpdateUserPool", input).await;
        assert_eq!(code, "InvalidParameterException");
        let named = message.contains(what) && message.ends_with("is not supported by this build of Stepwell yet.");
        assert!(named, "{what}: {message}");
    }
}
