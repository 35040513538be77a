//! Messages that were in hand when a node died or was slow.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use stepwell_core::messaging::outbox;
use stepwell_core::ports::delivery::{Delivery, DeliveryError, Message};
use stepwell_testkit::TestPool;

const SECOND: i64 = 1_000;

/// A next hop that takes a connection and never answers.
struct Silent;

#[async_trait]
impl Delivery for Silent {
    async fn send(&self, _: &Message) -> Result<(), DeliveryError> {
        std::future::pending().await
    }
}

async fn with_messages(names: &[&str]) -> TestPool {
    let pool = TestPool::new(json!({"AutoVerifiedAttributes": ["email"]}), json!({})).await;
    for name in names {
        let attributes = json!([{"Name": "email", "Value": format!("{name}@example.com")}]);
        let input = json!({"Username": name, "Password": "Correct-Horse-1", "UserAttributes": attributes});
        pool.app("SignUp", input).await.ok();
    }
    pool
}

#[tokio::test]
async fn what_a_dead_node_had_in_hand_goes_out_ten_seconds_later() {
    let pool = with_messages(&["jane", "joe"]).await;
    let test = &pool.server.test;
    let killed = tokio::time::timeout(Duration::from_millis(200), outbox::send_due(&test.domain, &Silent)).await;
    assert!(killed.is_err());
    test.advance(10 * SECOND - 1).await.unwrap();
    test.send_messages().await.unwrap();
    assert!(test.messages.take().is_empty(), "still the dead node's");
    test.advance(1).await.unwrap();
    test.send_messages().await.unwrap();
    assert_eq!(test.messages.take().len(), 2);
}

#[tokio::test]
async fn a_slow_node_keeps_what_it_has_in_hand() {
    // More than are sent at once: those that wait for their turn are held as well.
    let names: Vec<String> = (0..12).map(|n| format!("user{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pool = with_messages(&names).await;
    let test = &pool.server.test;
    let slow = async {
        let _ = tokio::time::timeout(Duration::from_secs(5), outbox::send_due(&test.domain, &Silent)).await;
    };
    let other = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        test.advance(9 * SECOND).await.unwrap();
        // By now it has said that it still has them: they are its own for ten seconds from there.
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        test.advance(9 * SECOND).await.unwrap();
        test.send_messages().await.unwrap();
        assert!(test.messages.take().is_empty());
    };
    tokio::join!(slow, other);
    test.advance(10 * SECOND).await.unwrap();
    test.send_messages().await.unwrap();
    assert_eq!(test.messages.take().len(), names.len());
}
