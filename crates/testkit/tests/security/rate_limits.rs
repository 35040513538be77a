//! How many requests a second are let through: per user, per address, and for the account.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_api::wire::category::Category;
use stepwell_api::wire::limits::LimitSettings;
use stepwell_testkit::{Answer, DomainBuilder, TestPool, TestServer};

use crate::SECOND;

const TOO_MANY: (&str, &str) = ("TooManyRequestsException", "Too many requests");

async fn pool(limits: LimitSettings, settings: Value) -> TestPool {
    let domain = DomainBuilder::default().build().await.unwrap();
    let server = TestServer::with_limits(domain, Mode::Dev { allow_remote: false }, limits);
    TestPool::at(server, settings, json!({})).await
}

fn per_user() -> LimitSettings {
    LimitSettings { per_user: true, ..LimitSettings::default() }
}

/// How many of these calls come through.
async fn through(tries: usize, call: impl AsyncFn() -> Answer) -> usize {
    let mut through = 0;
    for _ in 0..tries {
        let answer = call().await;
        assert!(answer.status.as_u16() < 500, "{}", answer.body);
        through += usize::from(answer.refusal() != TOO_MANY);
    }
    through
}

#[tokio::test]
async fn a_signed_in_user_reads_and_writes_ten_times_a_second() {
    let pool = pool(per_user(), json!({})).await;
    pool.user("jane").await;
    pool.user("joe").await;
    let token = pool.tokens("jane").await.access;
    let get = async || pool.own("GetUser", &token, json!({})).await;
    let nick = json!({"UserAttributes": [{"Name": "nickname", "Value": "j"}]});
    let update = async || pool.own("UpdateUserAttributes", &token, nick.clone()).await;
    for _ in 0..2 {
        assert_eq!(through(14, get).await, 10);
        assert_eq!(through(14, update).await, 10, "apart from the reads");
        pool.advance(SECOND).await;
    }
    assert_eq!(through(10, get).await, 10);
    // What nobody proves counts for nobody.
    let forged = format!("{token}x");
    pool.advance(SECOND).await;
    assert_eq!(through(20, async || pool.own("GetUser", &forged, json!({})).await).await, 20);
    get().await.ok();
    // Nor does one user's haste hinder another.
    let other = pool.tokens("joe").await.access;
    assert_eq!(through(10, async || pool.own("GetUser", &other, json!({})).await).await, 10);
}

#[tokio::test]
async fn a_named_user_is_one_at_every_door() {
    let pool = pool(per_user(), json!({"UsernameConfiguration": {"CaseSensitive": false}})).await;
    pool.user("jane").await;
    pool.advance(SECOND).await;
    let sign_in = |name: &str| json!({"Username": name});
    let parameters = json!({"USERNAME": "JANE", "PASSWORD": "Correct-Horse-1"});
    let initiate = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    assert_eq!(through(4, async || pool.app("InitiateAuth", initiate.clone()).await).await, 4);
    assert_eq!(through(9, async || pool.admin("AdminGetUser", sign_in("jane")).await).await, 6);
    assert_eq!(through(2, async || pool.app("InitiateAuth", initiate.clone()).await).await, 0);
    // A name that is nobody's is counted the same.
    assert_eq!(through(12, async || pool.admin("AdminGetUser", sign_in("nobody")).await).await, 10);
    // Calls about no user, or no pool, are not.
    assert_eq!(through(40, async || pool.admin("ListUsers", json!({})).await).await, 40);
    let nowhere = json!({"UserPoolId": "us-east-1_nowhere00", "Username": "jane"});
    assert_eq!(through(40, async || pool.server.admin("AdminGetUser", &nowhere).await).await, 40);
}

#[tokio::test]
async fn the_account_has_the_operators_rates() {
    let account = BTreeMap::from([(Category::UserList, 3), (Category::UserPoolResourceRead, 20)]);
    let pool = pool(LimitSettings { account, ..LimitSettings::default() }, json!({})).await;
    assert_eq!(through(9, async || pool.admin("ListUsers", json!({})).await).await, 3);
    assert_eq!(through(9, async || pool.admin("ListGroups", json!({})).await).await, 5, "one operation for one pool");
    let other = json!({"UserPoolId": "us-east-1_nowhere00"});
    assert_eq!(through(9, async || pool.server.admin("ListGroups", &other).await).await, 5);
    pool.advance(SECOND).await;
    assert_eq!(through(9, async || pool.admin("ListUsers", json!({})).await).await, 3);
}

#[tokio::test]
async fn administrators_do_not_count_for_their_address() {
    let limits = LimitSettings { per_address: true, ..LimitSettings::default() };
    let pool = pool(limits, json!({})).await;
    assert_eq!(through(150, async || pool.admin("ListUsers", json!({})).await).await, 150);
    let sign_up = json!({"Username": "x", "Password": "short"});
    assert_eq!(through(70, async || pool.app("SignUp", sign_up.clone()).await).await, 50);
}
