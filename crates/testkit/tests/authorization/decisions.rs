//! Allowed and denied, by each kind of policy.

use serde_json::{Value, json};
use stepwell_core::iam::{Entity, Identity, ManagedPolicy, PolicyVersion, SessionPolicy, TemporarySession};
use stepwell_model::Service;
use stepwell_testkit::EngineKind;

use crate::{ACCOUNT, Enforcing, allow, assert_denied, pool_arn};

const NO_IDENTITY: &str = "because no identity-based policy allows the cognito-idp:AdminGetUser action";

#[tokio::test]
async fn identity_policies_on_both_engines() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let test = Enforcing::on(engine).await;
        let (own, other) = (test.pool(json!({})).await, test.pool(json!({})).await);
        test.user(&own, "ann").await;
        test.user(&other, "ann").await;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                { "Effect": "Allow", "Action": ["cognito-idp:Admin*", "cognito-idp:ListUsers"], "Resource": pool_arn(&own) },
                { "Effect": "Deny", "Action": "cognito-idp:AdminDeleteUser", "Resource": "*" },
            ],
        });
        let clerk = test.server.test.iam_user("clerk", &policy).await;
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/clerk");
        let ann = |pool: &str| json!({ "UserPoolId": pool, "Username": "ann" });
        test.idp(&clerk, "AdminGetUser", &ann(&own)).await.ok();
        test.idp(&clerk, "ListUsers", &json!({ "UserPoolId": own })).await.ok();

        let answer = test.idp(&clerk, "AdminGetUser", &ann(&other)).await;
        assert_denied(&answer, &arn, "cognito-idp:AdminGetUser", &pool_arn(&other), NO_IDENTITY);
        let answer = test.idp(&clerk, "AdminDeleteUser", &ann(&own)).await;
        let explicit = "with an explicit deny in an identity-based policy";
        assert_denied(&answer, &arn, "cognito-idp:AdminDeleteUser", &pool_arn(&own), explicit);
        let answer = test.idp(&clerk, "ListUserPools", &json!({ "MaxResults": 10 })).await;
        let implicit = "because no identity-based policy allows the cognito-idp:ListUserPools action";
        assert_denied(&answer, &arn, "cognito-idp:ListUserPools", "*", implicit);
        // ann is still there.
        test.idp(&test.admin, "AdminGetUser", &ann(&own)).await.ok();
    }
}

#[tokio::test]
async fn whoever_may_not_ask_learns_nothing_of_what_is_there() {
    let test = Enforcing::start().await;
    let pool = test.pool(json!({})).await;
    test.user(&pool, "ann").await;
    let stranger = test.server.test.iam_user("stranger", &Value::Null).await;
    let missing = format!("us-east-1_{}", "x".repeat(pool.len() - "us-east-1_".len()));
    for (operation, extra) in [
        ("AdminGetUser", json!({ "Username": "ann" })),
        ("AdminGetUser", json!({ "Username": "nobody" })),
        ("DescribeUserPool", json!({})),
        ("ListUsers", json!({})),
        ("DescribeUserPoolClient", json!({ "ClientId": "abc" })),
    ] {
        let ask = |pool: &str| {
            let mut input = extra.clone();
            input["UserPoolId"] = json!(pool);
            input
        };
        let here = test.idp(&stranger, operation, &ask(&pool)).await;
        let nowhere = test.idp(&stranger, operation, &ask(&missing)).await;
        assert_eq!(here.error(), Some("AccessDeniedException"), "{operation}");
        let words = |answer: &stepwell_testkit::Answer, pool: &str| answer.refusal().1.replace(pool, "POOL");
        assert_eq!(words(&here, &pool), words(&nowhere, &missing), "{operation}");
    }
}

#[tokio::test]
async fn tags_of_resource_request_and_principal() {
    let test = Enforcing::start().await;
    let (mine, theirs) = (test.pool(json!({ "team": "blue" })).await, test.pool(json!({ "team": "red" })).await);
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["cognito-idp:DescribeUserPool", "cognito-idp:TagResource", "cognito-idp:CreateUserPool"],
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } },
        }, {
            "Effect": "Allow",
            "Action": ["cognito-idp:CreateUserPool", "cognito-idp:TagResource"],
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:RequestTag/team": "${aws:PrincipalTag/team}" },
                "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] },
            },
        }],
    });
    let role = test.server.test.iam_role("tagged", &policy).await;
    let session = |team: &str| {
        let tags = [("team".to_owned(), team.to_owned())].into();
        test.server.test.session(&role, TemporarySession { tags, ..TemporarySession::default() })
    };
    let (blue, red) = (session("blue"), session("red"));
    let describe = |pool: &str| json!({ "UserPoolId": pool });
    test.idp(&blue, "DescribeUserPool", &describe(&mine)).await.ok();
    test.idp(&red, "DescribeUserPool", &describe(&theirs)).await.ok();
    for (credentials, pool) in [(&blue, &theirs), (&red, &mine)] {
        let answer = test.idp(credentials, "DescribeUserPool", &describe(pool)).await;
        assert_eq!(answer.error(), Some("AccessDeniedException"));
    }
    let create = |tags: Value| json!({ "PoolName": "p", "UserPoolTags": tags });
    test.idp(&blue, "CreateUserPool", &create(json!({ "team": "blue" }))).await.ok();
    for tags in [json!({}), json!({ "team": "red" }), json!({ "team": "blue", "more": "x" })] {
        let answer = test.idp(&blue, "CreateUserPool", &create(tags.clone())).await;
        assert_eq!(answer.error(), Some("AccessDeniedException"), "{tags}");
    }
    // A session's tag stands above the role's of the same name.
    let mut record = test.server.test.stored_role("tagged").await;
    record.tags = [("TEAM".to_owned(), "red".to_owned())].into();
    test.server.test.put_iam(Entity::Role(Box::new(record))).await;
    test.idp(&blue, "DescribeUserPool", &describe(&mine)).await.ok();
    let untagged = test.server.test.session(&role, TemporarySession::default());
    test.idp(&untagged, "DescribeUserPool", &describe(&theirs)).await.ok();
    assert!(test.idp(&untagged, "DescribeUserPool", &describe(&mine)).await.error().is_some());
}

#[tokio::test]
async fn an_update_takes_no_tag_away_that_may_not_be_taken() {
    let test = Enforcing::start().await;
    let pool = test.pool(json!({ "team": "blue", "more": "x" })).await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }, {
            "Effect": "Deny",
            "Action": ["cognito-idp:UntagResource", "cognito-identity:UntagResource"],
            "Resource": "*",
            "Condition": { "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } },
        }],
    });
    let ann = test.server.test.iam_user("ann", &policy).await;
    let input = json!({ "IdentityPoolName": "p", "AllowUnauthenticatedIdentities": false });
    let with = |input: &Value, member: &str, value: Value| {
        let mut input = input.clone();
        input[member] = value;
        input
    };
    let tagged = with(&input, "IdentityPoolTags", json!({ "team": "blue" }));
    let made = test.server.signed(&test.admin, Service::Identity, "CreateIdentityPool", &tagged).await;
    let input = with(&input, "IdentityPoolId", made.ok()["IdentityPoolId"].clone());
    for tags in [json!({}), json!({ "more": "x" }), json!({ "team": "red" })] {
        let update = json!({ "UserPoolId": pool, "UserPoolTags": tags });
        assert_eq!(test.idp(&ann, "UpdateUserPool", &update).await.error(), Some("AccessDeniedException"), "{tags}");
        let update = with(&input, "IdentityPoolTags", tags.clone());
        let answer = test.server.signed(&ann, Service::Identity, "UpdateIdentityPool", &update).await;
        assert_eq!(answer.error(), Some("AccessDeniedException"), "{tags}");
    }
    let kept = json!({ "team": "blue", "new": "y" });
    test.idp(&ann, "UpdateUserPool", &json!({ "UserPoolId": pool, "UserPoolTags": kept })).await.ok();
    let update = with(&input, "IdentityPoolTags", kept);
    test.server.signed(&ann, Service::Identity, "UpdateIdentityPool", &update).await.ok();
}

#[tokio::test]
async fn boundaries_and_session_policies_only_narrow() {
    let test = Enforcing::start().await;
    let pool = test.pool(json!({})).await;
    test.user(&pool, "ann").await;
    let boundary = managed("reading", &allow("cognito-idp:AdminGet*", "*"));
    test.server.test.put_iam(Entity::Policy(Box::new(boundary))).await;
    let mut user = test.server.test.user_record("bounded", &allow("cognito-idp:*", "*"));
    user.permissions_boundary = Some(format!("arn:aws:iam::{ACCOUNT}:policy/reading"));
    test.server.test.put_iam(Entity::User(Box::new(user))).await;
    let bounded = test.server.test.access_key_of("bounded").await;
    let ann = json!({ "UserPoolId": pool, "Username": "ann" });
    test.idp(&bounded, "AdminGetUser", &ann).await.ok();
    let answer = test.idp(&bounded, "AdminDisableUser", &ann).await;
    let why = "because no permissions boundary allows the cognito-idp:AdminDisableUser action";
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/bounded");
    assert_denied(&answer, &arn, "cognito-idp:AdminDisableUser", &pool_arn(&pool), why);

    let role = test.server.test.iam_role("broad", &allow("cognito-idp:*", "*")).await;
    let document = |policy: Value| SessionPolicy::Document(policy.to_string());
    let session = |layers: Vec<Vec<SessionPolicy>>| {
        test.server.test.session(&role, TemporarySession { session_policies: layers, ..TemporarySession::default() })
    };
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/broad/s1");
    let reading = document(allow("cognito-idp:AdminGetUser", "*"));
    let narrow = session(vec![vec![reading.clone()]]);
    test.idp(&narrow, "AdminGetUser", &ann).await.ok();
    let why = "because no session policy allows the cognito-idp:AdminDisableUser action";
    let answer = test.idp(&narrow, "AdminDisableUser", &ann).await;
    assert_denied(&answer, &arn, "cognito-idp:AdminDisableUser", &pool_arn(&pool), why);

    // Within a layer the policies add up, the layers among each other do not.
    let disabling = document(allow("cognito-idp:AdminDisableUser", "*"));
    let union = session(vec![vec![reading.clone(), disabling.clone()]]);
    test.idp(&union, "AdminDisableUser", &ann).await.ok();
    let both = session(vec![vec![reading.clone()], vec![disabling]]);
    for operation in ["AdminGetUser", "AdminDisableUser"] {
        assert_eq!(test.idp(&both, operation, &ann).await.error(), Some("AccessDeniedException"), "{operation}");
    }
    // A managed session policy is read when it is used; one that is not there allows nothing.
    let by_arn = |name: &str| SessionPolicy::Managed(format!("arn:aws:iam::{ACCOUNT}:policy/{name}"));
    test.idp(&session(vec![vec![by_arn("reading")]]), "AdminGetUser", &ann).await.ok();
    let answer = test.idp(&session(vec![vec![by_arn("gone")]]), "AdminGetUser", &ann).await;
    assert_eq!(answer.error(), Some("AccessDeniedException"));
    // An explicit deny in any of them is one.
    let deny = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "cognito-idp:AdminGetUser", "Resource": "*" },
        ],
    });
    let answer = test.idp(&session(vec![vec![document(deny), reading]]), "AdminGetUser", &ann).await;
    let why = "with an explicit deny in a session policy";
    assert_denied(&answer, &arn, "cognito-idp:AdminGetUser", &pool_arn(&pool), why);
}

#[tokio::test]
async fn conditions_on_time_and_place() {
    let test = Enforcing::start().await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "cognito-idp:ListUserPools",
            "Resource": "*",
            "Condition": {
                "IpAddress": { "aws:SourceIp": "192.0.2.0/24" },
                "DateLessThan": { "aws:CurrentTime": "2027-01-15T09:00:00Z" },
                "StringEquals": { "aws:RequestedRegion": "us-east-1", "aws:PrincipalAccount": ACCOUNT },
                "Bool": { "aws:SecureTransport": "false" },
                "ArnLike": { "aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:user/placed") },
                "StringLike": { "aws:username": "pl*", "aws:userid": "AIDA*" },
            },
        },
    });
    let placed = test.server.test.iam_user("placed", &policy).await;
    let list = json!({ "MaxResults": 10 });
    assert_eq!(test.idp(&placed, "ListUserPools", &list).await.error(), Some("AccessDeniedException"));
    test.server.call_from("192.0.2.77".parse().unwrap());
    test.idp(&placed, "ListUserPools", &list).await.ok();
    test.server.test.advance(stepwell_core::HOUR).await.unwrap();
    assert_eq!(test.idp(&placed, "ListUserPools", &list).await.error(), Some("AccessDeniedException"));
}

#[tokio::test]
async fn federated_facts_are_those_of_the_session() {
    let test = Enforcing::start().await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "cognito-idp:ListUserPools",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "cognito-identity.amazonaws.com:sub": "us-east-1:me" },
                "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
            },
        },
    });
    let role = test.server.test.iam_role("federated", &policy).await;
    let session = |sub: &str, amr: &str| {
        let keys = [("sub", sub), ("amr", amr), ("aud", "pool")];
        let federated = stepwell_core::iam::Federated {
            provider: "cognito-identity.amazonaws.com".to_owned(),
            principal: "cognito-identity.amazonaws.com".to_owned(),
            keys: keys.map(|(key, value)| (key.to_owned(), vec![value.to_owned()])).into(),
        };
        let session =
            TemporarySession { federated: Some(federated), identity_pool: true, ..TemporarySession::default() };
        test.server.test.session(&role, session)
    };
    let list = json!({ "MaxResults": 10 });
    test.idp(&session("us-east-1:me", "authenticated"), "ListUserPools", &list).await.ok();
    for (sub, amr) in [("us-east-1:you", "authenticated"), ("us-east-1:me", "unauthenticated")] {
        let answer = test.idp(&session(sub, amr), "ListUserPools", &list).await;
        assert_eq!(answer.error(), Some("AccessDeniedException"), "{sub} {amr}");
    }
    assert!(matches!(role, Identity::Role { .. }));
}

#[tokio::test]
async fn a_role_is_passed_only_by_whoever_may() {
    let test = Enforcing::start().await;
    let pool = test.pool(json!({})).await;
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "cognito-idp:*", "Resource": "*" },
            {
                "Effect": "Allow", "Action": "iam:PassRole", "Resource": role("small"),
                "Condition": { "StringEquals": { "iam:PassedToService": "cognito-idp.amazonaws.com" } },
            },
        ],
    });
    let clerk = test.server.test.iam_user("clerk", &policy).await;
    let group = |name: &str, role: &str| json!({ "UserPoolId": pool, "GroupName": name, "RoleArn": role });
    test.idp(&clerk, "CreateGroup", &group("a", &role("small"))).await.ok();
    let answer = test.idp(&clerk, "CreateGroup", &group("b", &role("large"))).await;
    let why = "because no identity-based policy allows the iam:PassRole action";
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/clerk");
    assert_denied(&answer, &arn, "iam:PassRole", &role("large"), why);
    let answer = test.idp(&clerk, "UpdateGroup", &group("a", &role("large"))).await;
    assert_denied(&answer, &arn, "iam:PassRole", &role("large"), why);
}

/// A managed policy's record.
pub(crate) fn managed(name: &str, policy: &Value) -> ManagedPolicy {
    ManagedPolicy {
        name: name.to_owned(),
        path: "/".to_owned(),
        policy_id: format!("ANPA{:0>16}", name.to_uppercase()),
        description: None,
        tags: [].into(),
        versions: vec![PolicyVersion { id: "v1".to_owned(), text: policy.to_string(), created_at: 0 }],
        default_version: "v1".to_owned(),
        next_version: 2,
        created_at: 0,
        updated_at: 0,
        version: 0,
    }
}
