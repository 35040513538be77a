//! IAM on two nodes at once: what one node checks is still true when the other has written. Each pair of changes contradicts
//! each other, and touches different records.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::future::Future;
use std::sync::Arc;

use stepwell_core::iam::policies::NewPolicy;
use stepwell_core::iam::roles::NewRole;
use stepwell_core::iam::users::NewUser;
use stepwell_core::iam::{HolderName, access_keys, administrator, attachments, policies, roles, users};
use stepwell_core::{Domain, ErrorCode, Result};
use stepwell_testkit::{DomainBuilder, EngineKind, TestDomain};
use tokio::sync::Barrier;

const ROUNDS: usize = 12;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;

async fn nodes(engine: EngineKind) -> [TestDomain; 2] {
    let first = DomainBuilder::default().engine(engine).build().await.unwrap();
    let second = DomainBuilder::default().engine(engine).seed(2).beside(&first).await.unwrap();
    [first, second]
}

/// Both at once, each on its own node.
async fn together<A, B>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let barrier = Arc::new(Barrier::new(2));
    let (first, second) = (Arc::clone(&barrier), barrier);
    let one = tokio::spawn(async move {
        first.wait().await;
        one.await
    });
    let other = tokio::spawn(async move {
        second.wait().await;
        other.await
    });
    (one.await.unwrap(), other.await.unwrap())
}

/// Exactly one of the two succeeded, and the other was refused with its own code.
fn one_won<A: std::fmt::Debug, B: std::fmt::Debug>(outcomes: &(Result<A>, Result<B>), codes: (ErrorCode, ErrorCode)) {
    match outcomes {
        (Ok(_), Err(error)) => assert_eq!(error.code(), codes.1, "{outcomes:?}"),
        (Err(error), Ok(_)) => assert_eq!(error.code(), codes.0, "{outcomes:?}"),
        _ => panic!("{outcomes:?}"),
    }
}

async fn role(domain: &Domain, name: &str) {
    let new = NewRole { name: name.to_owned(), trust_policy: TRUST.to_owned(), ..NewRole::default() };
    roles::create(domain, new).await.unwrap();
}

async fn user(domain: &Domain, name: &str) -> Result<()> {
    users::create(domain, NewUser { name: name.to_owned(), ..NewUser::default() }).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_policy_is_not_deleted_while_it_is_being_attached() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let nodes = nodes(engine).await;
        let domain = &nodes[0].domain;
        role(domain, "app").await;
        for round in 0..ROUNDS {
            let new = NewPolicy { name: format!("p{round}"), text: POLICY.to_owned(), ..NewPolicy::default() };
            let arn = policies::create(domain, new).await.unwrap().arn(&domain.settings.account_id);
            let (attaching, deleting) = (Arc::clone(domain), Arc::clone(&nodes[1].domain));
            let (one, other) = (arn.clone(), arn.clone());
            let outcomes = together(
                async move { attachments::attach(&attaching, HolderName::Role("app"), &one).await },
                async move { policies::delete(&deleting, &other).await },
            )
            .await;
            one_won(&outcomes, (ErrorCode::NoSuchEntity, ErrorCode::DeleteConflict));
            let exists = policies::find(domain, &arn).await.unwrap().is_some();
            let attached = roles::get(domain, "app").await.unwrap().attached.contains(&arn);
            assert_eq!(exists, attached, "round {round}");
            if attached {
                attachments::detach(domain, HolderName::Role("app"), &arn).await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_key_is_left_of_a_user_who_is_deleted() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let nodes = nodes(engine).await;
        for round in 0..ROUNDS {
            let name = format!("u{round}");
            user(&nodes[0].domain, &name).await.unwrap();
            let (making, deleting) = (Arc::clone(&nodes[0].domain), Arc::clone(&nodes[1].domain));
            let (one, other) = (name.clone(), name.clone());
            let outcomes = together(async move { access_keys::create(&making, &one).await.map(drop) }, async move {
                users::delete(&deleting, &other).await
            })
            .await;
            one_won(&outcomes, (ErrorCode::NoSuchEntity, ErrorCode::DeleteConflict));
            let keys = nodes[0].domain.stores.iam.access_keys_of(&name).await.unwrap().len();
            let exists = users::find(&nodes[0].domain, &name).await.unwrap().is_some();
            assert_eq!(exists, keys == 1, "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn names_that_differ_by_case_are_taken_once() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let nodes = nodes(engine).await;
        for round in 0..ROUNDS {
            let (first, second) = (Arc::clone(&nodes[0].domain), Arc::clone(&nodes[1].domain));
            let outcomes = together(async move { user(&first, &format!("ann{round}")).await }, async move {
                user(&second, &format!("ANN{round}")).await
            })
            .await;
            one_won(&outcomes, (ErrorCode::EntityAlreadyExists, ErrorCode::EntityAlreadyExists));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_make_one_administrator_and_one_key() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        for _ in 0..4 {
            let nodes = nodes(engine).await;
            let (first, second) = (Arc::clone(&nodes[0].domain), Arc::clone(&nodes[1].domain));
            let (one, other) =
                together(async move { administrator::first_key(&first, "root").await.unwrap() }, async move {
                    administrator::first_key(&second, "root").await.unwrap()
                })
                .await;
            assert!(one.is_some() != other.is_some(), "{one:?} {other:?}");
            assert_eq!(nodes[0].domain.stores.config.list_access_keys().await.unwrap().len(), 1);
        }
    }
}

/// Many changes at once, on both nodes: all of them happen, none is told to try again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_changes_all_succeed() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let nodes = nodes(engine).await;
        let mut tasks = Vec::new();
        for number in 0..40 {
            let domain = Arc::clone(&nodes[number % 2].domain);
            tasks.push(tokio::spawn(async move { user(&domain, &format!("u{number}")).await }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(nodes[0].domain.stores.iam.users("/", None, 100).await.unwrap().len(), 40);
    }
}
