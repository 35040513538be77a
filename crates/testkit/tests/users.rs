//! Users through the doors: what administrators do to them, and what they do to themselves.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use serde_json::{Value, json};
use stepwell_testkit::{Answer, TestServer};

const PASSWORD: &str = "Correct-Horse-1";

struct Pool {
    server: TestServer,
    id: String,
    client: String,
}

impl Pool {
    async fn new(settings: Value) -> Self {
        let server = TestServer::start().await.unwrap();
        let mut input = json!({"PoolName": "test"});
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let pool = server.admin("CreateUserPool", &input).await;
        let id = text(&pool.body, "/UserPool/Id");
        let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let client = json!({"UserPoolId": id, "ClientName": "test", "ExplicitAuthFlows": flows});
        let client = server.admin("CreateUserPoolClient", &client).await;
        let client = text(&client.body, "/UserPoolClient/ClientId");
        Self { server, id, client }
    }

    /// An administrator's call on this pool.
    async fn admin(&self, operation: &str, input: Value) -> Answer {
        let mut all = json!({"UserPoolId": self.id});
        all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        self.server.admin(operation, &all).await
    }

    /// A call that must succeed.
    async fn ok(&self, operation: &str, input: Value) -> Value {
        let answer = self.admin(operation, input).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        answer.body
    }

    /// A call by a user; must succeed.
    async fn own(&self, operation: &str, token: &str, input: Value) -> Value {
        let answer = self.try_own(operation, token, input).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        answer.body
    }

    async fn try_own(&self, operation: &str, token: &str, input: Value) -> Answer {
        let mut all = json!({"AccessToken": token});
        all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        self.server.app(operation, &all).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let parameters = json!({"USERNAME": name, "PASSWORD": password});
        let input = json!({"ClientId": self.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        self.server.app("InitiateAuth", &input).await
    }

    async fn token(&self, name: &str, password: &str) -> String {
        let answer = self.sign_in(name, password).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        text(&answer.body, "/AuthenticationResult/AccessToken")
    }

    /// A confirmed user with [`PASSWORD`].
    async fn user(&self, name: &str, attributes: Value) {
        let input = json!({"Username": name, "UserAttributes": list(&attributes), "MessageAction": "SUPPRESS"});
        self.ok("AdminCreateUser", input).await;
        self.ok("AdminSetUserPassword", json!({"Username": name, "Password": PASSWORD, "Permanent": true})).await;
    }

    async fn attributes(&self, name: &str) -> Value {
        map(&self.ok("AdminGetUser", json!({"Username": name})).await["UserAttributes"])
    }

    async fn messages(&self) -> Vec<(String, String)> {
        use stepwell_core::ports::delivery::Message;
        self.server.test.send_messages().await.unwrap();
        let messages = self.server.test.messages.take();
        let read = |message: &Message| match message {
            Message::Email(email) => (email.to.clone(), email.html.to_string()),
            Message::Sms(sms) => (sms.to.clone(), sms.text.to_string()),
            Message::Custom(custom) => (custom.to.clone(), custom.source.as_str().to_owned()),
        };
        messages.iter().map(read).collect()
    }

    async fn code(&self, to: &str) -> String {
        self.server.test.send_messages().await.unwrap();
        self.server.test.messages.code(to).unwrap()
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

fn list(attributes: &Value) -> Value {
    attributes.as_object().unwrap().iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect()
}

fn map(attributes: &Value) -> Value {
    let pairs = attributes.as_array().unwrap().iter().filter(|attribute| attribute["Name"] != "sub");
    pairs
        .map(|attribute| (text(attribute, "/Name"), attribute["Value"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn refused(answer: &Answer, error: &str, message: &str) {
    assert_eq!((answer.error(), answer.body["message"].as_str()), (Some(error), Some(message)));
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn an_invited_user_signs_in_and_chooses_a_password() {
    let pool = Pool::new(json!({})).await;
    let input = json!({
        "Username": "jane",
        "UserAttributes": list(&json!({"email": "jane@example.com", "custom:none": ""})),
        "DesiredDeliveryMediums": ["EMAIL"],
    });
    let created = pool.ok("AdminCreateUser", input.clone()).await;
    let user = &created["User"];
    assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(user["Enabled"], true);
    assert_eq!(user["Attributes"][0]["Name"], "sub");
    assert!(user["UserCreateDate"].is_number());
    refused(&pool.admin("AdminCreateUser", input).await, "UsernameExistsException", "User account already exists");

    let messages = pool.messages().await;
    let (to, body) = &messages[0];
    assert_eq!(to, "jane@example.com");
    let temporary = body.rsplit(' ').next().unwrap().replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let temporary = temporary.replace("&quot;", "\"");
    let challenge = pool.sign_in("jane", &temporary).await;
    assert_eq!(challenge.body["ChallengeName"], "NEW_PASSWORD_REQUIRED", "{}", challenge.body);

    // Invited again: the first password stops working.
    let resent = pool.ok("AdminCreateUser", json!({
        "Username": "jane", "MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"], "TemporaryPassword": "Second-Pass-2",
    }));
    assert_eq!(resent.await["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert!(pool.messages().await[0].1.contains("Second-Pass-2"));
    refused(&pool.sign_in("jane", &temporary).await, "NotAuthorizedException", "Incorrect username or password.");

    // Seven days later it has expired.
    pool.server.test.advance(7 * stepwell_core::DAY).await.unwrap();
    refused(
        &pool.sign_in("jane", "Second-Pass-2").await,
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    );
    pool.ok("AdminSetUserPassword", json!({"Username": "jane", "Password": PASSWORD, "Permanent": true})).await;
    pool.token("jane", PASSWORD).await;
    let again = json!({"Username": "jane", "MessageAction": "RESEND"});
    assert_eq!(pool.admin("AdminCreateUser", again).await.error(), Some("UnsupportedUserStateException"));
    let nobody = json!({"Username": "nobody", "MessageAction": "RESEND"});
    refused(&pool.admin("AdminCreateUser", nobody).await, "UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn an_email_address_stands_in_for_the_username() {
    let pool =
        Pool::new(json!({"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false}})).await;
    pool.user("Jane@example.com", json!({})).await;
    let jane = pool.ok("AdminGetUser", json!({"Username": "jane@EXAMPLE.com"})).await;
    let sub = text(&jane, "/Username");
    assert_eq!(jane["UserAttributes"][0]["Value"], sub);
    assert_eq!(pool.attributes(&sub).await, json!({"email": "Jane@example.com"}));
    refused(
        &pool.admin("AdminCreateUser", json!({"Username": "JANE@example.com"})).await,
        "UsernameExistsException",
        "An account with the given email already exists.",
    );
    let joe = pool.admin("AdminCreateUser", json!({"Username": "joe"})).await;
    refused(&joe, "InvalidParameterException", "Username should be an email.");
    pool.user("joe@example.com", json!({})).await;
    let token = pool.token("joe@example.com", PASSWORD).await;
    let held = json!({"UserAttributes": list(&json!({"email": "jane@example.com"}))});
    refused(
        &pool.try_own("UpdateUserAttributes", &token, held).await,
        "AliasExistsException",
        "An account with the given email already exists.",
    );
    // A changed address signs in at once, and the old one is free.
    pool.own("UpdateUserAttributes", &token, json!({"UserAttributes": list(&json!({"email": "new@example.com"}))}))
        .await;
    pool.token("new@example.com", PASSWORD).await;
    pool.user("joe@example.com", json!({})).await;
}

#[tokio::test]
async fn an_alias_belongs_to_who_verified_it() {
    let pool = Pool::new(json!({"AliasAttributes": ["email", "preferred_username"]})).await;
    let email = |verified: &str| json!({"email": "shared@example.com", "email_verified": verified});
    pool.user("one", email("false")).await;
    pool.user("two", email("true")).await;
    assert_eq!(pool.ok("AdminGetUser", json!({"Username": "shared@example.com"})).await["Username"], "two");
    let verify = json!({"Username": "one", "UserAttributes": list(&json!({"email_verified": "true"}))});
    let exists = "An account with the email already exists.";
    refused(&pool.admin("AdminUpdateUserAttributes", verify.clone()).await, "AliasExistsException", exists);

    let three = json!({"Username": "three", "UserAttributes": list(&email("true")), "MessageAction": "SUPPRESS"});
    refused(&pool.admin("AdminCreateUser", three.clone()).await, "AliasExistsException", exists);
    let mut forced = three;
    forced["ForceAliasCreation"] = json!(true);
    pool.ok("AdminCreateUser", forced).await;
    assert_eq!(pool.ok("AdminGetUser", json!({"Username": "shared@example.com"})).await["Username"], "three");
    assert_eq!(pool.attributes("two").await["email_verified"], "false");

    pool.ok("AdminDeleteUser", json!({"Username": "three"})).await;
    pool.ok("AdminUpdateUserAttributes", verify).await;
    pool.token("shared@example.com", PASSWORD).await;
    refused(
        &pool.admin("AdminCreateUser", json!({"Username": "x@example.com"})).await,
        "InvalidParameterException",
        "Username cannot be of email format, since user pool is configured for email alias.",
    );
    // Neither a username nor a preferred username can be taken for another user's name.
    let token = pool.token("one", PASSWORD).await;
    let preferred = |name: &str| json!({"UserAttributes": list(&json!({"preferred_username": name}))});
    pool.own("UpdateUserAttributes", &token, preferred("uno")).await;
    assert_eq!(pool.ok("AdminGetUser", json!({"Username": "uno"})).await["Username"], "one");
    assert_eq!(
        pool.admin("AdminCreateUser", json!({"Username": "uno"})).await.error(),
        Some("UsernameExistsException")
    );
    let two = pool.token("two", PASSWORD).await;
    for name in ["uno", "one"] {
        let answer = pool.try_own("UpdateUserAttributes", &two, preferred(name)).await;
        assert_eq!(answer.error(), Some("AliasExistsException"), "{name}");
    }
    let sub = text(&pool.ok("AdminGetUser", json!({"Username": "one"})).await["UserAttributes"][0], "/Value");
    assert_eq!(pool.admin("AdminCreateUser", json!({"Username": sub})).await.error(), Some("UsernameExistsException"));
}

#[tokio::test]
async fn a_changed_address_is_verified_by_the_code_sent_to_it() {
    let pool = Pool::new(json!({"AutoVerifiedAttributes": ["email"]})).await;
    pool.user("jane", json!({"email": "a@example.com", "email_verified": "true"})).await;
    let token = pool.token("jane", PASSWORD).await;
    let update = |email: &str| json!({"UserAttributes": list(&json!({"email": email}))});
    let answer = pool.own("UpdateUserAttributes", &token, update("b@example.com")).await;
    assert_eq!(
        answer["CodeDeliveryDetailsList"],
        json!([{"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "b***@e***"}])
    );
    assert_eq!(pool.attributes("jane").await, json!({"email": "b@example.com", "email_verified": "false"}));
    let old_code = pool.code("b@example.com").await;

    // A code proves only the address it was sent to.
    pool.own("UpdateUserAttributes", &token, update("c@example.com")).await;
    let verify = |code: &str| json!({"AttributeName": "email", "Code": code});
    let answer = pool.try_own("VerifyUserAttribute", &token, verify(&old_code)).await;
    assert_eq!(answer.error(), Some("CodeMismatchException"), "{}", answer.body);
    let code = pool.code("c@example.com").await;
    pool.own("VerifyUserAttribute", &token, verify(&code)).await;
    assert_eq!(pool.attributes("jane").await, json!({"email": "c@example.com", "email_verified": "true"}));
    let twice = pool.try_own("VerifyUserAttribute", &token, verify(&code)).await;
    refused(&twice, "ExpiredCodeException", "Invalid code provided, please request a code again.");

    let wanted = json!({"AttributeName": "email"});
    for _ in 0..5 {
        pool.own("GetUserAttributeVerificationCode", &token, wanted.clone()).await;
    }
    let sixth = pool.try_own("GetUserAttributeVerificationCode", &token, wanted).await;
    refused(&sixth, "LimitExceededException", "Attempt limit exceeded, please try after some time.");
    let phone =
        pool.try_own("GetUserAttributeVerificationCode", &token, json!({"AttributeName": "phone_number"})).await;
    assert_eq!(phone.error(), Some("InvalidParameterException"));
    let name = pool.try_own("VerifyUserAttribute", &token, json!({"AttributeName": "name", "Code": "123456"})).await;
    assert_eq!(name.error(), Some("InvalidParameterException"));
}

#[tokio::test]
async fn an_address_to_be_verified_first_waits() {
    let pool = Pool::new(json!({
        "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    }))
    .await;
    let verified = json!({"email": "a@example.com", "email_verified": "true"});
    pool.user("jane", verified.clone()).await;
    let token = pool.token("jane", PASSWORD).await;
    let update = json!({"UserAttributes": list(&json!({"email": "b@example.com", "name": "Jane"}))});
    pool.own("UpdateUserAttributes", &token, update).await;
    assert_eq!(
        pool.attributes("jane").await,
        json!({"email": "a@example.com", "email_verified": "true", "name": "Jane"})
    );
    let code = pool.code("b@example.com").await;
    pool.own("VerifyUserAttribute", &token, json!({"AttributeName": "email", "Code": code})).await;
    assert_eq!(pool.attributes("jane").await["email"], "b@example.com");

    let admin = json!({"Username": "jane", "UserAttributes": list(&json!({"email": "c@example.com"}))});
    pool.ok("AdminUpdateUserAttributes", admin).await;
    assert_eq!(pool.attributes("jane").await["email"], "b@example.com");
    let vouched = json!({"email": "d@example.com", "email_verified": "true"});
    pool.ok("AdminUpdateUserAttributes", json!({"Username": "jane", "UserAttributes": list(&vouched)})).await;
    assert_eq!(pool.attributes("jane").await["email"], "d@example.com");
}

#[tokio::test]
async fn passwords_change_and_reset() {
    let pool = Pool::new(json!({})).await;
    pool.user("jane", json!({"email": "jane@example.com", "email_verified": "true"})).await;
    let token = pool.token("jane", PASSWORD).await;
    let change = |old: &str, new: &str| json!({"PreviousPassword": old, "ProposedPassword": new});
    let wrong = pool.try_own("ChangePassword", &token, change("Wrong-Pass-1", "Another-Pass-1")).await;
    refused(&wrong, "NotAuthorizedException", "Incorrect username or password.");
    let weak = pool.try_own("ChangePassword", &token, change(PASSWORD, "short")).await;
    assert_eq!(weak.error(), Some("InvalidPasswordException"));
    assert_eq!(
        pool.try_own("ChangePassword", &token, json!({"ProposedPassword": "Another-Pass-1"})).await.error(),
        Some("InvalidParameterException")
    );
    pool.own("ChangePassword", &token, change(PASSWORD, "Another-Pass-1")).await;
    pool.own("GetUser", &token, json!({})).await;
    refused(&pool.sign_in("jane", PASSWORD).await, "NotAuthorizedException", "Incorrect username or password.");
    pool.token("jane", "Another-Pass-1").await;
    pool.own("ChangePassword", &token, change("Another-Pass-1", PASSWORD)).await;
    let sixth = pool.try_own("ChangePassword", &token, change(PASSWORD, "Another-Pass-1")).await;
    assert_eq!(sixth.error(), Some("LimitExceededException"));

    pool.ok("AdminResetUserPassword", json!({"Username": "jane"})).await;
    assert_eq!(pool.ok("AdminGetUser", json!({"Username": "jane"})).await["UserStatus"], "RESET_REQUIRED");
    assert_eq!(pool.sign_in("jane", PASSWORD).await.error(), Some("PasswordResetRequiredException"));
    let code = pool.code("jane@example.com").await;
    let input =
        json!({"ClientId": pool.client, "Username": "jane", "ConfirmationCode": code, "Password": "Third-Pass-33"});
    assert_eq!(pool.server.app("ConfirmForgotPassword", &input).await.status, 200);
    pool.token("jane", "Third-Pass-33").await;

    pool.user("silent", json!({})).await;
    refused(
        &pool.admin("AdminResetUserPassword", json!({"Username": "silent"})).await,
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    );
    let weak = pool.admin("AdminSetUserPassword", json!({"Username": "jane", "Password": "short"})).await;
    assert_eq!(weak.error(), Some("InvalidPasswordException"));
    pool.ok("AdminSetUserPassword", json!({"Username": "jane", "Password": "Temporary-1"})).await;
    assert_eq!(pool.ok("AdminGetUser", json!({"Username": "jane"})).await["UserStatus"], "FORCE_CHANGE_PASSWORD");
    refused(
        &pool.admin("AdminResetUserPassword", json!({"Username": "jane"})).await,
        "NotAuthorizedException",
        "User password cannot be reset in the current state.",
    );
}

#[tokio::test]
async fn disabled_signed_out_and_deleted_users_lose_their_tokens() {
    let pool = Pool::new(json!({})).await;
    pool.user("jane", json!({})).await;
    let first = pool.token("jane", PASSWORD).await;
    pool.ok("AdminDisableUser", json!({"Username": "jane"})).await;
    assert_eq!(pool.try_own("GetUser", &first, json!({})).await.error(), Some("NotAuthorizedException"));
    assert_eq!(pool.sign_in("jane", PASSWORD).await.error(), Some("NotAuthorizedException"));
    pool.ok("AdminDisableUser", json!({"Username": "jane"})).await;
    pool.ok("AdminEnableUser", json!({"Username": "jane"})).await;
    let revoked = pool.try_own("GetUser", &first, json!({})).await;
    refused(&revoked, "NotAuthorizedException", "Access Token has been revoked");

    let second = pool.token("jane", PASSWORD).await;
    pool.ok("AdminUserGlobalSignOut", json!({"Username": "jane"})).await;
    let revoked = pool.try_own("GetUser", &second, json!({})).await;
    refused(&revoked, "NotAuthorizedException", "Access Token has been revoked");

    let third = pool.token("jane", PASSWORD).await;
    pool.own("DeleteUser", &third, json!({})).await;
    refused(&pool.try_own("GetUser", &third, json!({})).await, "UserNotFoundException", "User does not exist.");
    let gone = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    refused(&gone, "UserNotFoundException", "User does not exist.");
    pool.user("jane", json!({})).await;
}

#[tokio::test]
async fn administrators_confirm_once() {
    let pool = Pool::new(json!({"AutoVerifiedAttributes": ["email"]})).await;
    let input = json!({
        "ClientId": pool.client, "Username": "jane", "Password": PASSWORD,
        "UserAttributes": list(&json!({"email": "jane@example.com"})),
    });
    assert_eq!(pool.server.app("SignUp", &input).await.status, 200);
    assert_eq!(pool.attributes("jane").await, json!({"email": "jane@example.com", "email_verified": "false"}));
    assert_eq!(pool.sign_in("jane", PASSWORD).await.error(), Some("UserNotConfirmedException"));
    pool.ok("AdminConfirmSignUp", json!({"Username": "jane"})).await;
    let again = pool.admin("AdminConfirmSignUp", json!({"Username": "jane"})).await;
    refused(&again, "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED");
    pool.token("jane", PASSWORD).await;
}

#[tokio::test]
async fn clients_see_and_write_what_they_may() {
    let pool = Pool::new(json!({"Schema": [
        {"Name": "team", "AttributeDataType": "String", "Mutable": true},
        {"Name": "note", "AttributeDataType": "String", "Mutable": true, "DeveloperOnlyAttribute": true},
    ]}))
    .await;
    pool.user("jane", json!({"custom:team": "a", "dev:custom:note": "secret", "name": "Jane"})).await;
    let update = json!({
        "ClientId": pool.client, "ReadAttributes": ["name"], "WriteAttributes": ["nickname"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    pool.ok("UpdateUserPoolClient", update).await;
    let token = pool.token("jane", PASSWORD).await;
    let seen = pool.own("GetUser", &token, json!({})).await;
    assert_eq!(seen["Username"], "jane");
    assert_eq!(seen["UserAttributes"][0]["Name"], "sub");
    assert_eq!(map(&seen["UserAttributes"]), json!({"name": "Jane"}));
    assert!(seen.get("UserMFASettingList").is_none() && seen.get("PreferredMfaSetting").is_none());
    pool.own("UpdateUserAttributes", &token, json!({"UserAttributes": list(&json!({"nickname": "J"}))})).await;
    for (operation, input) in [
        ("UpdateUserAttributes", json!({"UserAttributes": list(&json!({"name": "Joan"}))})),
        ("UpdateUserAttributes", json!({"UserAttributes": list(&json!({"dev:custom:note": "x"}))})),
        ("DeleteUserAttributes", json!({"UserAttributeNames": ["custom:team"]})),
    ] {
        let answer = pool.try_own(operation, &token, input).await;
        refused(&answer, "NotAuthorizedException", "A client attempted to write unauthorized attribute");
    }
    pool.own("DeleteUserAttributes", &token, json!({"UserAttributeNames": ["nickname"]})).await;
    pool.ok("AdminDeleteUserAttributes", json!({"Username": "jane", "UserAttributeNames": ["custom:team"]})).await;
    assert_eq!(pool.attributes("jane").await, json!({"dev:custom:note": "secret", "name": "Jane"}));
}

#[tokio::test]
async fn listing_filters_pages_and_survives_writes() {
    let pool = Pool::new(json!({})).await;
    for index in 0..7 {
        let attributes = json!({"email": format!("user{index}@example.com"), "name": "Jane \"J\" Doe"});
        pool.user(&format!("user{index}"), attributes).await;
    }
    pool.user("other", json!({"name": "Other"})).await;
    let list = |input: Value| pool.ok("ListUsers", input);
    let names = |answer: &Value| -> Vec<String> {
        answer["Users"].as_array().unwrap().iter().map(|user| text(user, "/Username")).collect()
    };
    assert_eq!(list(json!({})).await["Users"].as_array().unwrap().len(), 8);
    assert_eq!(names(&list(json!({"Filter": "email = \"user3@example.com\""})).await), ["user3"]);
    assert_eq!(names(&list(json!({"Filter": r#"name = "Other""#})).await), ["other"]);
    assert_eq!(names(&list(json!({"Filter": r#"name ^= "Jane \"J""#})).await).len(), 7);
    assert_eq!(names(&list(json!({"Filter": "username ^= \"user\""})).await).len(), 7);
    assert_eq!(names(&list(json!({"Filter": "username = \"USER1\""})).await).len(), 0);
    assert_eq!(names(&list(json!({"Filter": "cognito:user_status = \"confirmed\""})).await).len(), 8);
    assert_eq!(names(&list(json!({"Filter": "status = \"Enabled\""})).await).len(), 8);
    assert_eq!(names(&list(json!({"Filter": "status = \"Disabled\""})).await).len(), 0);
    let sub = text(&list(json!({"Filter": "username = \"other\""})).await, "/Users/0/Attributes/0/Value");
    assert_eq!(names(&list(json!({"Filter": format!("sub = \"{sub}\"")})).await), ["other"]);
    assert_eq!(names(&list(json!({"Filter": format!("sub ^= \"{}\"", &sub[..8])})).await), ["other"]);

    // Pages: one user of the next page and one of the page before go meanwhile.
    let mut seen = Vec::new();
    let mut input = json!({"Filter": "email ^= \"user\"", "Limit": 2});
    loop {
        let page = list(input.clone()).await;
        seen.extend(names(&page));
        if seen.len() == 2 {
            pool.ok("AdminDeleteUser", json!({"Username": "user1"})).await;
            pool.ok("AdminDeleteUser", json!({"Username": "user2"})).await;
        }
        let Some(token) = page.get("PaginationToken") else { break };
        input["PaginationToken"] = token.clone();
    }
    assert_eq!(seen, ["user0", "user1", "user3", "user4", "user5", "user6"]);
    let first = list(json!({"Limit": 1})).await;
    let elsewhere = json!({"PaginationToken": first["PaginationToken"], "Filter": "status = \"Enabled\""});
    assert_eq!(pool.admin("ListUsers", elsewhere).await.error(), Some("InvalidParameterException"));

    let only = list(json!({"Filter": "username = \"user0\"", "AttributesToGet": ["name"]})).await;
    assert_eq!(only["Users"][0]["Attributes"], json!([{"Name": "name", "Value": "Jane \"J\" Doe"}]));
    for (input, message) in [
        (json!({"AttributesToGet": ["email"]}), "Input fails to satisfy the constraints."),
        (json!({"AttributesToGet": ["custom:none"]}), "One or more requested attributes do not exist."),
        (json!({"Filter": "email"}), "Error while parsing filter."),
        (json!({"Filter": "custom:team = \"a\""}), "Invalid search attribute: custom:team"),
    ] {
        refused(&pool.admin("ListUsers", input).await, "InvalidParameterException", message);
    }
}

#[tokio::test]
async fn hostile_input_is_refused_and_nothing_is_half_written() {
    let pool = Pool::new(json!({})).await;
    for attributes in [
        json!({"email": "a@example.com\r\nBcc: b@example.com"}),
        json!({"name": "a\0b"}),
        json!({"sub": "x"}),
        json!({"birthdate": "x"}),
        json!({"email_verified": "true"}),
        json!({"updated_at": "soon"}),
        json!({"phone_number": "+1 555"}),
    ] {
        let input = json!({"Username": "jane", "UserAttributes": list(&attributes)});
        assert_eq!(
            pool.admin("AdminCreateUser", input).await.error(),
            Some("InvalidParameterException"),
            "{attributes}"
        );
    }
    for input in [
        json!({"Username": "jane", "DesiredDeliveryMediums": ["EMAIL"]}),
        json!({"Username": "jane", "DesiredDeliveryMediums": ["PIGEON"]}),
        json!({"Username": "a\0b"}),
        json!({"Username": "a b"}),
    ] {
        assert_eq!(
            pool.admin("AdminCreateUser", input.clone()).await.error(),
            Some("InvalidParameterException"),
            "{input}"
        );
    }
    let weak = json!({"Username": "jane", "TemporaryPassword": "weak"});
    assert_eq!(pool.admin("AdminCreateUser", weak).await.error(), Some("InvalidPasswordException"));
    assert_eq!(pool.ok("ListUsers", json!({})).await["Users"], json!([]));
    assert!(pool.messages().await.is_empty());
    assert_eq!(pool.sign_in("a\0b", PASSWORD).await.status, 400);
}
