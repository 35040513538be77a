//! Many accounts that claim one address do not fill its mailbox, nor keep its owner out.

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, PASSWORD, TestPool};

use crate::{HOUR, MINUTE, TOO_OFTEN};

on_both_engines!(one_requester_reaches_an_address_only_so_often, many_requesters_do_not_either);

async fn pool(engine: EngineKind, hides: &str) -> TestPool {
    let settings = json!({"AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email"]});
    TestPool::on(engine, settings, json!({"PreventUserExistenceErrors": hides})).await
}

async fn sign_up(pool: &TestPool, name: &str, address: &str) -> Answer {
    let attributes: Value = json!([{"Name": "email", "Value": address}]);
    pool.app("SignUp", json!({"Username": name, "Password": PASSWORD, "UserAttributes": attributes})).await
}

async fn mails(pool: &TestPool) -> usize {
    pool.server.test.send_messages().await.unwrap();
    pool.server.test.messages.take().len()
}

async fn one_requester_reaches_an_address_only_so_often(engine: EngineKind) {
    let pool = pool(engine, "ENABLED").await;
    for number in 0..10 {
        sign_up(&pool, &format!("claim-{number}"), "owner@example.com").await.ok();
    }
    for number in 10..30 {
        let address = ["owner@example.com", "OWNER@example.com"][number % 2];
        assert_eq!(sign_up(&pool, &format!("claim-{number}"), address).await.refusal(), TOO_OFTEN);
    }
    assert_eq!(mails(&pool).await, 10);
    // Another address, and somebody elsewhere, are not kept out.
    sign_up(&pool, "other", "other@example.com").await.ok();
    pool.server.call_from("203.0.113.7".parse().unwrap());
    sign_up(&pool, "owner", "owner@example.com").await.ok();
    assert_eq!(mails(&pool).await, 2);
    pool.server.call_from("127.0.0.1".parse().unwrap());
    pool.advance(HOUR).await;
    sign_up(&pool, "claim-31", "owner@example.com").await.ok();
}

/// Beyond what one address takes from all, nothing is sent; the answers stay the same, since they would tell whose account
/// has the address.
async fn many_requesters_do_not_either(engine: EngineKind) {
    let hiding = pool(engine, "ENABLED").await;
    for number in 0..15_u8 {
        hiding.server.call_from([203, 0, 113, number].into());
        sign_up(&hiding, &format!("claim-{number}"), "owner@example.com").await.ok();
    }
    assert_eq!(mails(&hiding).await, 15);
    let resend = async |name: &str| hiding.app("ResendConfirmationCode", json!({"Username": name})).await;
    hiding.server.call_from([203, 0, 113, 99].into());
    let late = sign_up(&hiding, "late", "owner@example.com").await;
    assert_eq!(late.ok()["CodeDeliveryDetails"]["Destination"], "o***@e***");
    let again = resend("claim-0").await;
    assert_eq!(again.ok()["CodeDeliveryDetails"]["Destination"], "o***@e***");
    resend("nobody").await.ok();
    assert_eq!(mails(&hiding).await, 0);
    // It is over soon.
    hiding.advance(15 * MINUTE).await;
    resend("late").await.ok();
    let code = hiding.code("owner").await;
    hiding.app("ConfirmSignUp", json!({"Username": "late", "ConfirmationCode": code})).await.ok();

    let open = pool(engine, "LEGACY").await;
    for number in 0..15_u8 {
        open.server.call_from([203, 0, 113, number].into());
        sign_up(&open, &format!("claim-{number}"), "owner@example.com").await.ok();
    }
    open.server.call_from([203, 0, 113, 99].into());
    assert_eq!(sign_up(&open, "late", "owner@example.com").await.refusal(), TOO_OFTEN);
    assert_eq!(open.app("ResendConfirmationCode", json!({"Username": "claim-0"})).await.refusal(), TOO_OFTEN);
}
