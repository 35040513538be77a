//! What somebody with few permissions of IAM must not do to the deployment: fill it, stop it, or take the operator's place.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stepwell_core::iam::{EntityKind, access_key, administrator};
use stepwell_model::Service;
use stepwell_testkit::{Answer, Credentials};

use crate::{ACCOUNT, Enforcing, allow};

async fn iam(test: &Enforcing, credentials: &Credentials, operation: &str, input: Value) -> Answer {
    test.server.signed(credentials, Service::Iam, operation, &input).await
}

fn spaced(text: &str, length: usize) -> String {
    format!("{text}{}", " ".repeat(length - text.len()))
}

#[tokio::test]
async fn white_space_does_not_fill_the_database() {
    let test = Enforcing::start().await;
    let clerk = test.server.test.iam_user("clerk", &allow("iam:*", "*")).await;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
        },
    })
    .to_string();
    let create = |trust: String| json!({ "RoleName": "app", "AssumeRolePolicyDocument": trust });
    let refused = iam(&test, &clerk, "CreateRole", create(spaced(&trust, 32_769))).await;
    let words = "Cannot exceed quota for ACLSizePerRole: 32768 bytes with white space";
    assert_eq!(refused.query_refusal(), ("LimitExceeded", words));
    assert_eq!(iam(&test, &clerk, "CreateRole", create(spaced(&trust, 32_768))).await.status, 200);

    let policy = allow("a:b", "*").to_string();
    let put = |name: &str, length: usize| json!({ "RoleName": "app", "PolicyName": name, "PolicyDocument": spaced(&policy, length) });
    // More than the model lets through at all.
    let refused = iam(&test, &clerk, "PutRolePolicy", put("p", 131_073)).await;
    assert_eq!(refused.query_refusal().0, "ValidationError");
    let refused = iam(&test, &clerk, "PutRolePolicy", put("p", 131_072)).await;
    let words = "Maximum policy size of 81920 bytes with white space exceeded for role app";
    assert_eq!(refused.query_refusal(), ("LimitExceeded", words));
    assert_eq!(iam(&test, &clerk, "PutRolePolicy", put("p", 60_000)).await.status, 200);
    let refused = iam(&test, &clerk, "PutRolePolicy", put("q", 30_000)).await;
    assert_eq!(refused.query_refusal(), ("LimitExceeded", words));
    // What is kept is kept as it came.
    let answer = iam(&test, &clerk, "GetRolePolicy", json!({ "RoleName": "app", "PolicyName": "p" })).await;
    assert_eq!(answer.element("PolicyDocument").unwrap().matches("%20").count(), 60_000 - policy.len());
}

#[tokio::test]
async fn a_page_has_a_hundred_records_at_most() {
    let test = Enforcing::start().await;
    for number in 0..120 {
        test.server.test.iam_role(&format!("r{number:03}"), &Value::Null).await;
    }
    let list = async |marker: Value| iam(&test, &test.admin, "ListRoles", marker).await;
    let first = list(json!({ "MaxItems": 1000 })).await;
    assert_eq!((first.text.matches("<RoleId>").count(), first.element("IsTruncated")), (100, Some("true")));
    let rest = list(json!({ "MaxItems": 1000, "Marker": first.element("Marker").unwrap() })).await;
    assert_eq!((rest.text.matches("<RoleId>").count(), rest.element("IsTruncated")), (20, Some("false")));
}

#[tokio::test]
async fn hostile_metadata_is_read_in_no_time() {
    let test = Enforcing::start().await;
    let clerk = test.server.test.iam_user("clerk", &allow("iam:*", "*")).await;
    let plain = concat!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"><IDPSSODescriptor>"#,
        "</IDPSSODescriptor></EntityDescriptor>",
    );
    let metadata = spaced(plain, 1_000);
    let made = json!({ "Name": "corp", "SAMLMetadataDocument": metadata });
    assert_eq!(iam(&test, &clerk, "CreateSAMLProvider", made).await.status, 200);
    let mut hostile = "<E".to_owned();
    for number in 0..60_000 {
        write!(hostile, " a{number}=''").unwrap();
    }
    hostile.push_str("/>");
    let arn = format!("arn:aws:iam::{ACCOUNT}:saml-provider/corp");
    for (operation, mut input) in
        [("CreateSAMLProvider", json!({ "Name": "x" })), ("UpdateSAMLProvider", json!({ "SAMLProviderArn": arn }))]
    {
        input["SAMLMetadataDocument"] = json!(hostile);
        let start = Instant::now();
        let refused = iam(&test, &clerk, operation, input).await;
        assert_eq!(refused.query_refusal(), ("InvalidInput", "Could not parse metadata"));
        // The rest of the way of such a request included. It took a minute.
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
    let listed = iam(&test, &clerk, "ListSAMLProviders", json!({})).await;
    assert_eq!(listed.text.matches(&arn).count(), 1);
    assert_eq!(test.server.test.domain.stores.iam.count(EntityKind::SamlProvider).await.unwrap(), 1);
}

#[tokio::test]
async fn nobody_takes_the_name_of_the_administrator() {
    let test = Enforcing::start().await;
    let domain = &test.server.test.domain;
    let secret = || "root-secret-of-the-operator".into();
    let key =
        || access_key::seal(domain, "AKIAROOTROOTROOTROOT", &secret(), access_key::ADMINISTRATOR, "root").unwrap();
    administrator::put_key(domain, key()).await.unwrap();
    let root = Credentials {
        access_key_id: "AKIAROOTROOTROOTROOT".to_owned(),
        secret: "root-secret-of-the-operator".to_owned(),
        session_token: None,
    };
    let rename = json!({ "UserName": "administrator", "NewUserName": "ops" });
    assert_eq!(iam(&test, &root, "UpdateUser", rename).await.status, 200);
    let clerk = test.server.test.iam_user("clerk", &allow("iam:*", "*")).await;
    for name in ["administrator", "ADMINISTRATOR"] {
        for (operation, input) in [
            ("CreateUser", json!({ "UserName": name })),
            ("UpdateUser", json!({ "UserName": "clerk", "NewUserName": name })),
        ] {
            let refused = iam(&test, &clerk, operation, input).await;
            assert_eq!(refused.status, 409);
            let words = "The name administrator is reserved for the user of the first start.";
            assert_eq!(refused.query_refusal(), ("EntityAlreadyExists", words));
        }
    }
    // As at the next start.
    administrator::put_key(domain, key()).await.unwrap();
    let me = test.server.signed(&root, Service::Sts, "GetCallerIdentity", &json!({})).await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/ops");
    assert_eq!(me.element("Arn"), Some(arn.as_str()));
    assert_eq!(iam(&test, &root, "ListUsers", json!({})).await.status, 200);
}
