//! That a refused call leaves nothing in the database but the counts of attempts.

use std::future::Future;

use stepwell_testkit::{Answer, Tables, TestPool};

/// Everything in the database but the counts of attempts.
pub(crate) async fn without_attempts(pool: &TestPool) -> Tables {
    let mut tables = pool.server.test.tables().await;
    for counted in ["password_failures", "session_failures"] {
        tables.remove(counted).unwrap();
    }
    tables
}

/// Asserts that a call is refused so, and that nothing but attempts was written.
pub(crate) async fn refused_without_trace(
    pool: &TestPool,
    case: &str,
    expected: (&str, &str),
    call: impl Future<Output = Answer>,
) {
    let before = without_attempts(pool).await;
    let answer = call.await;
    assert_eq!(answer.refusal(), expected, "{case}");
    assert_eq!(answer.status, 400, "{case}");
    assert_eq!(without_attempts(pool).await, before, "{case} left a trace");
}
