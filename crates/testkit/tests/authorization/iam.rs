//! Operations of IAM by policies: whose user or role it is, with its path, tags and boundary.

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::iam::Entity;
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials, DomainBuilder, TestServer};

use crate::decisions::managed;
use crate::{ACCOUNT, Enforcing, allow};

async fn iam(test: &Enforcing, credentials: &Credentials, operation: &str, input: Value) -> Answer {
    test.server.signed(credentials, Service::Iam, operation, &input).await
}

#[track_caller]
fn assert_denied(answer: &Answer, action: &str, resource: &str, why: &str) {
    assert_eq!(answer.status, 403, "{}", answer.text);
    let message = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/clerk is not authorized to perform: {action} on resource: {resource} {why}"
    );
    assert_eq!(answer.query_refusal(), ("AccessDenied", message.as_str()));
}

/// A user under a path.
async fn under(test: &Enforcing, path: &str, name: &str) {
    let mut record = test.server.test.user_record(name, &Value::Null);
    path.clone_into(&mut record.path);
    test.server.test.put_iam(Entity::User(Box::new(record))).await;
}

#[tokio::test]
async fn paths_count_and_do_not_show() {
    let test = Enforcing::start().await;
    under(&test, "/staff/", "ann").await;
    under(&test, "/boss/", "eve").await;
    let policy = allow("iam:*", &format!("arn:aws:iam::{ACCOUNT}:user/staff/*"));
    let clerk = test.server.test.iam_user("clerk", &policy).await;
    let user = |name: &str| json!({ "UserName": name });
    let answer = iam(&test, &clerk, "GetUser", user("ann")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    // In another case it is nobody's name, and belongs to ann for all that: it cannot be taken either.
    assert_eq!(iam(&test, &clerk, "GetUser", user("ANN")).await.status, 404);
    let why = "because no identity-based policy allows the iam:GetUser action";
    for name in ["eve", "EVE", "nobody"] {
        let answer = iam(&test, &clerk, "GetUser", user(name)).await;
        assert_denied(&answer, "iam:GetUser", &format!("user {name}"), why);
    }
    // Without a name it is the caller's own, who has another path.
    let answer = iam(&test, &clerk, "GetUser", json!({})).await;
    assert_denied(&answer, "iam:GetUser", "user clerk", why);
    let answer = iam(&test, &clerk, "ListUsers", json!({})).await;
    assert_denied(&answer, "iam:ListUsers", "*", "because no identity-based policy allows the iam:ListUsers action");

    // A new user may be made where the policy allows it, and moved to nowhere else.
    let create = |path: &str, name: &str| json!({ "UserName": name, "Path": path });
    assert_eq!(iam(&test, &clerk, "CreateUser", create("/staff/", "bob")).await.status, 200);
    let answer = iam(&test, &clerk, "CreateUser", create("/boss/", "zoe")).await;
    let why = "because no identity-based policy allows the iam:CreateUser action";
    assert_denied(&answer, "iam:CreateUser", &format!("arn:aws:iam::{ACCOUNT}:user/boss/zoe"), why);
    let rename = json!({ "UserName": "bob", "NewPath": "/boss/" });
    let why = "because no identity-based policy allows the iam:UpdateUser action";
    assert_denied(&iam(&test, &clerk, "UpdateUser", rename).await, "iam:UpdateUser", "user bob", why);
    let rename = json!({ "UserName": "bob", "NewUserName": "rob" });
    assert_eq!(iam(&test, &clerk, "UpdateUser", rename).await.status, 200);
}

#[tokio::test]
async fn nobody_makes_a_key_for_somebody_else() {
    let test = Enforcing::start().await;
    let own = format!("arn:aws:iam::{ACCOUNT}:user/${{aws:username}}");
    let clerk = test.server.test.iam_user("clerk", &allow("iam:*AccessKey*", &own)).await;
    let answer = iam(&test, &clerk, "CreateAccessKey", json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let why = "because no identity-based policy allows the iam:CreateAccessKey action";
    let other = json!({ "UserName": "root-of-tests" });
    let answer = iam(&test, &clerk, "CreateAccessKey", other).await;
    assert_denied(&answer, "iam:CreateAccessKey", "user root-of-tests", why);
    // Another's key is not reached by leaving the name out.
    let theirs = json!({ "AccessKeyId": test.admin.access_key_id, "Status": "Inactive" });
    assert_eq!(iam(&test, &clerk, "UpdateAccessKey", theirs.clone()).await.status, 404);
    assert_eq!(iam(&test, &clerk, "DeleteAccessKey", theirs).await.status, 404);
    assert_eq!(iam(&test, &test.admin, "ListUsers", json!({})).await.status, 200);
}

#[tokio::test]
async fn delegation_within_a_boundary() {
    let test = Enforcing::start().await;
    test.server.test.put_iam(Entity::Policy(Box::new(managed("limit", &allow("cognito-idp:*", "*"))))).await;
    let limit = format!("arn:aws:iam::{ACCOUNT}:policy/limit");
    // IAM User Guide, "Delegating responsibility to others using permissions boundaries".
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePolicy"],
            "Resource": "*",
            "Condition": { "StringEquals": { "iam:PermissionsBoundary": limit } },
        }, {
            "Effect": "Allow",
            "Action": "iam:DetachRolePolicy",
            "Resource": "*",
            "Condition": { "ArnEquals": { "iam:PolicyARN": limit } },
        }],
    });
    let clerk = test.server.test.iam_user("clerk", &policy).await;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
        },
    });
    let create = |name: &str, boundary: Option<&str>| {
        let mut input = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() });
        if let Some(boundary) = boundary {
            input["PermissionsBoundary"] = json!(boundary);
        }
        input
    };
    assert_eq!(iam(&test, &clerk, "CreateRole", create("inside", Some(&limit))).await.status, 200);
    let why = "because no identity-based policy allows the iam:CreateRole action";
    for boundary in [None, Some("arn:aws:iam::aws:policy/AdministratorAccess")] {
        let answer = iam(&test, &clerk, "CreateRole", create("outside", boundary)).await;
        assert_denied(&answer, "iam:CreateRole", &format!("arn:aws:iam::{ACCOUNT}:role/outside"), why);
    }
    // Roles that are there are judged by the boundary that they have.
    test.server.test.iam_role("unbounded", &Value::Null).await;
    let put = |role: &str| json!({ "RoleName": role, "PolicyName": "p", "PolicyDocument": allow("cognito-idp:*", "*").to_string() });
    let answer = iam(&test, &clerk, "PutRolePolicy", put("inside")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let why = "because no identity-based policy allows the iam:PutRolePolicy action";
    for role in ["unbounded", "nothing"] {
        let answer = iam(&test, &clerk, "PutRolePolicy", put(role)).await;
        assert_denied(&answer, "iam:PutRolePolicy", &format!("role {role}"), why);
    }
    // Operations that do not have the key are not allowed by it: the boundary of a role is no reason to trust others.
    let all = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "iam:*", "Resource": "*",
            "Condition": { "StringEquals": { "iam:PermissionsBoundary": limit } },
        },
    });
    let keen = test.server.test.iam_user("keen", &all).await;
    assert_eq!(iam(&test, &keen, "PutRolePolicy", put("inside")).await.status, 200);
    let update = json!({ "RoleName": "inside", "PolicyDocument": trust.to_string() });
    for (operation, input) in [
        ("UpdateAssumeRolePolicy", update),
        ("GetRole", json!({ "RoleName": "inside" })),
        ("DeleteRole", json!({ "RoleName": "inside" })),
        ("TagRole", json!({ "RoleName": "inside", "Tags.member.1.Key": "team", "Tags.member.1.Value": "blue" })),
    ] {
        let answer = iam(&test, &keen, operation, input).await;
        let why = format!("because no identity-based policy allows the iam:{operation} action");
        let (code, message) = answer.query_refusal();
        assert!(code == "AccessDenied" && message.ends_with(&why), "{message}");
    }
    let detach = |arn: &str| json!({ "RoleName": "inside", "PolicyArn": arn });
    assert_eq!(iam(&test, &clerk, "DetachRolePolicy", detach(&limit)).await.status, 404);
    let other = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert_eq!(iam(&test, &clerk, "DetachRolePolicy", detach(other)).await.status, 403);
}

#[tokio::test]
async fn tags_of_users_and_of_requests() {
    let test = Enforcing::start().await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Action": "iam:GetUser", "Resource": "*",
            "Condition": { "StringEquals": { "iam:ResourceTag/team": "blue", "aws:ResourceTag/team": "blue" } },
        }, {
            "Effect": "Allow", "Action": ["iam:CreateUser", "iam:TagUser"], "Resource": "*",
            "Condition": { "StringEquals": { "aws:RequestTag/team": "blue" } },
        }],
    });
    let clerk = test.server.test.iam_user("clerk", &policy).await;
    for (name, team, expected) in [("ann", "blue", 200), ("eve", "red", 403)] {
        let input = json!({ "UserName": name, "Tags.member.1.Key": "team", "Tags.member.1.Value": team });
        assert_eq!(iam(&test, &clerk, "CreateUser", input.clone()).await.status, expected);
        if expected == 403 {
            assert_eq!(iam(&test, &test.admin, "CreateUser", input).await.status, 200);
        }
        assert_eq!(iam(&test, &clerk, "GetUser", json!({ "UserName": name })).await.status, expected);
    }
}

#[tokio::test]
async fn iam_is_in_us_east_1_wherever_the_deployment_is() {
    let builder = DomainBuilder::default().settings(|settings| {
        settings.dev = false;
        settings.region = "eu-central-1".to_owned();
    });
    let server = TestServer::with(builder.build().await.unwrap(), Mode::Serve);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
            "Condition": { "StringEquals": { "aws:RequestedRegion": "us-east-1" } },
        },
    });
    let clerk = server.test.iam_user("clerk", &policy).await;
    let answer = server.signed(&clerk, Service::Iam, "ListUsers", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_foreign_role_is_another_accounts() {
    let test = Enforcing::start().await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            {
                "Effect": "Deny", "Action": "iam:PassRole", "Resource": "*",
                "Condition": { "StringNotEquals": { "aws:ResourceAccount": ACCOUNT } },
            },
        ],
    });
    let clerk = test.server.test.iam_user("clerk", &policy).await;
    let pool = "us-east-1:00000000-0000-4000-8000-000000000000";
    let foreign = "999999999999";
    for (who, account, error) in [
        (&clerk, foreign, "NotAuthorizedException"),
        (&clerk, ACCOUNT, "ResourceNotFoundException"),
        (&test.admin, foreign, "ResourceNotFoundException"),
    ] {
        let role = format!("arn:aws:iam::{account}:role/guest");
        let input = json!({ "IdentityPoolId": pool, "Roles": { "unauthenticated": role } });
        let answer = test.server.signed(who, Service::Identity, "SetIdentityPoolRoles", &input).await;
        assert_eq!(answer.error(), Some(error), "{}", answer.text);
    }
}
