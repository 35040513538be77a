//! `bench users`: whether sign-in stays as cheap among many users as among few. Two servers run side by side and take turns,
//! so that what disturbs the machine disturbs both.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use stepwell_store::testing::PostgresServer;

use crate::Failure;
use crate::arguments::{Arguments, Engine};
use crate::http::{Connection, Request};
use crate::populate;
use crate::report::{Report, median, micros};
use crate::server::{Place, Server};
use crate::startup::SETTLE;
use crate::target::{Account, Flow, Realm, Target, account, email, make_realm};

/// Users in the small pool.
const FEW: usize = 1_000;
/// Users who sign in, spread over the pool.
const SAMPLE: usize = 1_000;
/// Sign-in among many over sign-in among few, at most.
const LIMIT: f64 = 1.10;
/// Rounds of each flow on each server.
const ROUNDS: u32 = 8;

/// Runs it; true if all targets are met.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let engine = arguments.engines.first().copied().unwrap_or(Engine::Sqlite);
    let folder = tempfile::tempdir()?;
    let cluster = if engine == Engine::Postgres { Some(PostgresServer::start("")?) } else { None };
    let many = arguments.users.max(FEW);
    let small = populate(arguments, cluster.as_ref(), &folder.path().join("small"), FEW)?;
    let large = populate(arguments, cluster.as_ref(), &folder.path().join("large"), many)?;
    let (mut small, mut large) = (start(arguments, small)?, start(arguments, large)?);
    std::thread::sleep(SETTLE);

    let mut report = Report::default();
    let length = arguments.duration / ROUNDS;
    for flow in [Flow::Password, Flow::Srp] {
        compare(&mut report, engine, flow.name(), many, Some(LIMIT), || {
            Ok((small.target.round(flow, length)?, large.target.round(flow, length)?))
        })?;
    }
    let (few_lists, many_lists) = (lists(&small.realm, FEW), lists(&large.realm, many));
    compare(&mut report, engine, "ListUsers, email ^=, 10 of them", many, None, || {
        let half: Duration = length / 2;
        Ok((small.target.round_of(&few_lists, half)?, large.target.round_of(&many_lists, half)?))
    })?;
    small.target.stop()?;
    large.target.stop()?;
    Ok(report.print())
}

/// Measures in turns and adds the row.
fn compare(
    report: &mut Report,
    engine: Engine,
    name: &str,
    many: usize,
    limit: Option<f64>,
    mut round: impl FnMut() -> Result<(f64, f64), Failure>,
) -> Result<(), Failure> {
    let mut found = Vec::new();
    for number in 1..=ROUNDS {
        found.push(round()?);
        eprintln!("{name}: round {number} of {ROUNDS}");
    }
    let (few, large): (Vec<f64>, Vec<f64>) = found.iter().copied().unzip();
    let ratios: Vec<f64> = found.iter().map(|(few, large)| large / few).collect();
    let detail = format!("server {} at {many} users / {} at {FEW}", micros(median(&large)), micros(median(&few)));
    report.ratio(format!("{}: {name}", engine.name()), &ratios, detail, limit);
    Ok(())
}

/// A database full of users.
struct Populated {
    place: Place,
    realm: Realm,
    /// Those who sign in.
    accounts: Vec<Account>,
}

/// A server on it.
struct Started {
    target: Target,
    realm: Realm,
}

/// Both databases are filled before either server is driven: a server closes connections that rest for long.
fn populate(
    arguments: &Arguments,
    cluster: Option<&PostgresServer>,
    data: &Path,
    users: usize,
) -> Result<Populated, Failure> {
    let place = Place {
        program: arguments.server.clone(),
        data: data.to_owned(),
        database: cluster.map(PostgresServer::create_database).transpose()?,
    };
    let server = Server::start(&place)?;
    let realm = make_realm(&mut Connection::open(server.address)?)?;
    server.stop()?;
    populate::run(&place, &realm, users)?;
    let step = (users / SAMPLE).max(1);
    Ok(Populated { accounts: (0..users).step_by(step).map(account).collect(), place, realm })
}

fn start(arguments: &Arguments, populated: Populated) -> Result<Started, Failure> {
    let Populated { place, realm, accounts } = populated;
    let target = Target::start(&place, realm.clone(), accounts, arguments.connections)?;
    Ok(Started { target, realm })
}

/// Requests that each match ten users.
fn lists(realm: &Realm, users: usize) -> Vec<Request> {
    let step = (users / SAMPLE).max(10);
    (0..users)
        .step_by(step)
        .map(|number| {
            let address = email(number);
            let (name, _) = address.split_once('@').unwrap_or((&address, ""));
            let prefix = name.get(..name.len().saturating_sub(1)).unwrap_or(name);
            let input = json!({ "UserPoolId": realm.pool_id, "Filter": format!("email ^= \"{prefix}\"") });
            Request::admin("ListUsers", &input)
        })
        .collect()
}
