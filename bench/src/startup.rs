//! What a server takes before there is any load: memory at rest, and the time from its start to its first answer on a
//! database that exists.

use std::time::Duration;

use serde_json::json;

use crate::Failure;
use crate::arguments::Engine;
use crate::http::Request;
use crate::report::{Report, median};
use crate::server::{Place, Server};
use crate::target::{Account, Realm};

/// Starts that are timed; the median counts.
const STARTS: usize = 7;
/// After which a server is at rest: its stock of RSA keys is made, nothing else is under way.
pub(crate) const SETTLE: Duration = Duration::from_secs(3);
const MEMORY_MIB: f64 = 30.0;
const FIRST_ANSWER_MS: f64 = 150.0;

/// What was found.
#[derive(Debug)]
pub(crate) struct Rest {
    resident_mib: f64,
    /// To `/readyz`, which asks the database, in milliseconds.
    first_answers: Vec<f64>,
    /// To the tokens of a password sign-in.
    first_sign_ins: Vec<f64>,
}

/// Starts the server several times on an existing database.
pub(crate) fn measure(place: &Place, realm: &Realm, accounts: &[Account]) -> Result<Rest, Failure> {
    let account = accounts.first().ok_or("no account")?;
    let input = json!({
        "ClientId": realm.client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": account.username, "PASSWORD": account.password },
    });
    let sign_in = Request::app("InitiateAuth", &input);
    let mut rest = Rest { resident_mib: 0.0, first_answers: Vec::new(), first_sign_ins: Vec::new() };
    for _ in 0..STARTS {
        for (request, times) in
            [(&Request::get("/readyz"), &mut rest.first_answers), (&sign_in, &mut rest.first_sign_ins)]
        {
            let mut server = Server::launch(place)?;
            times.push(server.first_answer(request)?.as_secs_f64() * 1e3);
            server.stop()?;
        }
    }
    let server = Server::start(place)?;
    std::thread::sleep(SETTLE);
    rest.resident_mib = server.resident_mib()?;
    server.stop()?;
    Ok(rest)
}

impl Rest {
    /// Adds the rows. `loaded` is the resident memory after the load, in MiB.
    pub(crate) fn report(&self, engine: Engine, judged: bool, loaded: f64, report: &mut Report) {
        let name = |what: &str| format!("{}: {what}", engine.name());
        let target = |limit: f64| judged.then_some(limit);
        let detail = format!("VmRSS after {} s without load; {loaded:.1} MiB after the load", SETTLE.as_secs());
        report.quantity(name("resident at rest"), self.resident_mib, "MiB", detail, target(MEMORY_MIB));
        let detail = "exec to /readyz on an existing database".to_owned();
        report.quantity(name("first answer"), median(&self.first_answers), "ms", detail, target(FIRST_ANSWER_MS));
        let detail = "exec to the tokens of a password sign-in".to_owned();
        report.quantity(name("first sign-in"), median(&self.first_sign_ins), "ms", detail, target(FIRST_ANSWER_MS));
    }
}
