//! Whom a trust policy means: the users, roles and sessions of when it was saved, however they are called by now.

use super::*;

const ID: &str = "only-the-audited-tool-knows";

async fn iam(server: &TestServer, operation: &str, input: Value) -> Answer {
    let root = server.test.access_key_of("root-of-tests").await;
    server.signed(&root, Service::Iam, operation, &input).await
}

/// A server with somebody who may do everything.
async fn with_root() -> TestServer {
    let server = serving().await;
    server.test.iam_user("root-of-tests", &allow("*", "*")).await;
    server
}

fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

fn session_arn(role: &str, session: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}")
}

fn statement(effect: &str, principal: &Value) -> Value {
    json!({ "Effect": effect, "Principal": principal, "Action": "sts:AssumeRole" })
}

fn of(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Makes a role as callers of the API do.
async fn create_role(server: &TestServer, name: &str, path: &str, trust: &Value) -> Answer {
    let input = json!({ "RoleName": name, "Path": path, "AssumeRolePolicyDocument": trust.to_string() });
    iam(server, "CreateRole", input).await
}

#[track_caller]
fn assert_ok(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// The statements of a role's trust policy as `GetRole` and `ListRoles` show them.
async fn shown(server: &TestServer, role: &str) -> Value {
    let mut documents = Vec::new();
    for (operation, input) in
        [("GetRole", json!({ "RoleName": role })), ("ListRoles", json!({ "PathPrefix": "/shown/" }))]
    {
        let answer = iam(server, operation, input).await;
        assert_ok(&answer);
        let encoded = format!("d={}", answer.element("AssumeRolePolicyDocument").unwrap());
        let (_, text) = form_urlencoded::parse(encoded.as_bytes()).next().unwrap();
        documents.push(serde_json::from_str::<Value>(&text).unwrap());
    }
    assert_eq!(documents[0], documents[1]);
    documents[0]["Statement"].clone()
}

async fn denied(server: &TestServer, credentials: &Credentials, role: &str) -> bool {
    let answer = assume(server, credentials, role, &json!({})).await;
    let denied = answer.status != 200;
    assert_eq!(answer.query_refusal().0, if denied { "AccessDenied" } else { "" }, "{}", answer.text);
    denied
}

#[tokio::test]
async fn a_session_is_that_of_the_role_of_then() {
    let server = with_root().await;
    assert_ok(&create_role(&server, "dep", "/ops/", &of(&[statement("Allow", &account())])).await);
    let ci = json!({ "AWS": session_arn("dep", "ci") });
    assert_ok(&create_role(&server, "secret", "/", &of(&[statement("Allow", &ci)])).await);
    let mallory = server.test.iam_user("mallory", &allow("sts:AssumeRole", "*")).await;
    let as_dep = async |path: &str, session: &str| {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role{path}dep");
        let input = json!({ "RoleArn": arn, "RoleSessionName": session });
        given(&sts(&server, &mallory, "AssumeRole", &input).await)
    };
    assert!(!denied(&server, &as_dep("/ops/", "ci").await, "secret").await);
    assert!(denied(&server, &as_dep("/ops/", "cd").await, "secret").await);

    // The same name under another path is another role, whose sessions have the same ARN.
    assert_ok(&iam(&server, "DeleteRole", json!({ "RoleName": "dep" })).await);
    assert_ok(&create_role(&server, "dep", "/dev/", &of(&[statement("Allow", &account())])).await);
    let again = as_dep("/dev/", "ci").await;
    assert_eq!(who(&server, &again).await, session_arn("dep", "ci"));
    assert!(denied(&server, &again, "secret").await);
    // Saved again it means the role of now.
    let input = json!({ "RoleName": "secret", "PolicyDocument": of(&[statement("Allow", &ci)]).to_string() });
    assert_ok(&iam(&server, "UpdateAssumeRolePolicy", input).await);
    assert!(!denied(&server, &again, "secret").await);
}

#[tokio::test]
async fn whoever_is_named_exists() {
    let server = with_root().await;
    for name in [
        session_arn("nobody", "ci"),
        session_arn("Root-of-tests", "ci"),
        user_arn("nobody"),
        role_arn("nobody"),
        "AIDANOBODYNOBODYNOBOD".to_owned(),
        "AROANOBODYNOBODYNOBOD".to_owned(),
    ] {
        for element in ["Principal", "NotPrincipal"] {
            let effect = if element == "Principal" { "Allow" } else { "Deny" };
            let mut one = statement(effect, &Value::Null);
            one.as_object_mut().unwrap().remove("Principal");
            one[element] = json!({ "AWS": name });
            let refused = create_role(&server, "app", "/", &of(&[one])).await;
            let words = format!("Invalid principal in policy: \"AWS\":\"{name}\"");
            assert_eq!(refused.query_refusal().0, "MalformedPolicyDocument");
            assert_eq!(refused.query_refusal().1.replace("&quot;", "\""), words);
        }
    }
}

#[tokio::test]
async fn the_name_of_somebody_who_is_gone_gives_nothing() {
    let server = with_root().await;
    let alice = server.test.iam_user("alice", &allow("iam:UpdateUser", "*")).await;
    assert_ok(&iam(&server, "CreateUser", json!({ "UserName": "bob" })).await);
    let bob_id = server.test.domain.stores.iam.user("bob").await.unwrap().unwrap().user_id;
    let mut alices = statement("Allow", &json!({ "AWS": user_arn("alice") }));
    alices["Condition"] = json!({ "StringEquals": { "sts:ExternalId": ID } });
    let bobs = statement("Allow", &json!({ "AWS": user_arn("bob") }));
    assert_ok(&create_role(&server, "app", "/shown/", &of(&[bobs.clone(), alices.clone()])).await);
    assert_eq!(shown(&server, "app").await, json!([bobs, alices]));
    let stored = server.test.stored_role("app").await;
    assert_ok(&iam(&server, "DeleteUser", json!({ "UserName": "bob" })).await);
    let mine = json!({ "UserName": "alice", "NewUserName": "bob" });
    assert_ok(&server.signed(&alice, Service::Iam, "UpdateUser", &mine).await);
    assert_eq!(who(&server, &alice).await, user_arn("bob"));

    // Bob of then is gone; alice is still asked for what she was asked for, and is shown as she is called now.
    let role = format!("arn:aws:iam::{ACCOUNT}:role/shown/app");
    let ask = async |more: Value| {
        let mut input = json!({ "RoleArn": role, "RoleSessionName": "s1" });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        sts(&server, &alice, "AssumeRole", &input).await
    };
    assert_eq!(ask(json!({})).await.query_refusal().0, "AccessDenied");
    given(&ask(json!({ "ExternalId": ID })).await);
    let document = shown(&server, "app").await;
    assert_eq!(document[0]["Principal"], json!({ "AWS": bob_id }));
    assert_eq!(document[1]["Principal"], json!({ "AWS": user_arn("bob") }));
    // However often she moves, the role's record is as it was.
    for turn in 0..5 {
        let input = json!({ "UserName": "bob", "NewPath": format!("/p{turn}/") });
        assert_ok(&iam(&server, "UpdateUser", input).await);
    }
    assert_eq!(server.test.stored_role("app").await, stored);
    // What is shown may not be saved as it is: it says that somebody is gone.
    let input = json!({ "RoleName": "app", "PolicyDocument": of(&[document[0].clone()]).to_string() });
    let refused = iam(&server, "UpdateAssumeRolePolicy", input).await;
    assert_eq!(refused.query_refusal().0, "MalformedPolicyDocument");
}

#[tokio::test]
async fn nobody_leaves_a_deny_behind_with_a_name() {
    let server = with_root().await;
    let may = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": ["sts:AssumeRole", "iam:UpdateUser"], "Resource": "*" }],
    });
    let ann = server.test.iam_user("ann", &may).await;
    let eve = server.test.iam_user("eve", &may).await;
    let named = |name: &str| json!({ "AWS": user_arn(name) });
    let statements = [statement("Allow", &account()), statement("Deny", &named("eve"))];
    assert_ok(&create_role(&server, "app", "/", &of(&statements)).await);
    let mut spared = statement("Deny", &Value::Null);
    spared.as_object_mut().unwrap().remove("Principal");
    spared["NotPrincipal"] = json!({ "AWS": [user_arn("ann"), format!("arn:aws:iam::{ACCOUNT}:root")] });
    assert_ok(&create_role(&server, "anns", "/", &of(&[statement("Allow", &account()), spared])).await);
    let rename = async |who: &Credentials, input: Value| {
        assert_ok(&server.signed(who, Service::Iam, "UpdateUser", &input).await);
    };
    let judge = async || {
        for (who, role, expected) in
            [(&ann, "app", false), (&eve, "app", true), (&ann, "anns", false), (&eve, "anns", true)]
        {
            assert_eq!(denied(&server, who, role).await, expected, "{role}");
        }
    };
    judge().await;
    rename(&eve, json!({ "UserName": "eve", "NewUserName": "mallory", "NewPath": "/x/" })).await;
    judge().await;
    // The names change hands: who is denied and who is spared stays the same.
    rename(&ann, json!({ "UserName": "ann", "NewUserName": "eve" })).await;
    rename(&eve, json!({ "UserName": "mallory", "NewUserName": "ann", "NewPath": "/" })).await;
    judge().await;
}
