//! Load: requests sent on several connections at once, each waiting for its answer before it sends the next.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Failure;
use crate::http::{Connection, Request};

/// Sends the requests over and over, in turn, until the time is up; returns how many were answered.
pub(crate) fn repeat(connections: &mut [Connection], requests: &[Request], duration: Duration) -> Result<u32, Failure> {
    let end = Instant::now() + duration;
    let step = connections.len();
    let counts = on_each(connections, |index, connection| {
        let mut count = 0_u32;
        for request in requests.iter().cycle().skip(index).step_by(step) {
            if Instant::now() >= end {
                break;
            }
            connection.call(request)?;
            count += 1;
        }
        Ok(count)
    })?;
    Ok(counts.into_iter().sum())
}

/// Sends each request once; returns the answers in the same order.
pub(crate) fn once(connections: &mut [Connection], requests: &[Request]) -> Result<Vec<Value>, Failure> {
    let step = connections.len();
    let answers = on_each(connections, |index, connection| {
        requests.iter().skip(index).step_by(step).map(|request| Ok(connection.call(request)?.to_vec())).collect()
    })?;
    let mut by_connection: Vec<_> = answers.into_iter().map(|answers: Vec<Vec<u8>>| answers.into_iter()).collect();
    let mut ordered = Vec::with_capacity(requests.len());
    while ordered.len() < requests.len() {
        for answers in &mut by_connection {
            ordered.extend(answers.next());
        }
    }
    // After the load, so that reading JSON does not compete with the server.
    ordered.iter().map(|body| Ok(serde_json::from_slice(body)?)).collect()
}

fn on_each<T: Send>(
    connections: &mut [Connection],
    work: impl Fn(usize, &mut Connection) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = connections
            .iter_mut()
            .enumerate()
            .map(|(index, connection)| scope.spawn(move || work(index, connection)))
            .collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a load thread panicked")?).collect()
    })
}
