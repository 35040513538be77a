//! `bench signin`: the server's CPU time for a sign-in over the cryptographic work in it, flow by flow; and what the server
//! takes before anybody signs in.

use std::time::Duration;

use stepwell_store::testing::PostgresServer;

use crate::Failure;
use crate::arguments::{Arguments, Engine};
use crate::features;
use crate::floor::Floor;
use crate::http::Connection;
use crate::report::{Report, median, micros};
use crate::server::{Place, Server};
use crate::startup;
use crate::target::{Flow, Target, make_accounts, make_realm};

/// Users who take turns.
const ACCOUNTS: usize = 50;
/// The flows and what each may be at most, on SQLite.
const FLOWS: [(Flow, f64); 4] =
    [(Flow::Refresh, 1.15), (Flow::Password, 0.65), (Flow::Srp, 0.80), (Flow::GetUser, 0.15)];

/// Runs it; true if all targets are met.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let mut report = Report::default();
    for engine in &arguments.engines {
        measure(arguments, *engine, &mut report)?;
    }
    Ok(report.print())
}

/// What one round found.
struct Round {
    server: f64,
    floor: f64,
}

fn measure(arguments: &Arguments, engine: Engine, report: &mut Report) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let cluster = if engine == Engine::Postgres { Some(PostgresServer::start("")?) } else { None };
    let place = Place {
        program: arguments.server.clone(),
        data: folder.path().join("data"),
        database: cluster.as_ref().map(PostgresServer::create_database).transpose()?,
    };
    let server = Server::start(&place)?;
    let mut connection = Connection::open(server.address)?;
    let realm = make_realm(&mut connection)?;
    let accounts = make_accounts(&mut connection, &realm, ACCOUNTS)?;
    drop(connection);
    server.stop()?;

    let rest = startup::measure(&place, &realm, &accounts)?;
    let mut target = Target::start(&place, realm, accounts, arguments.connections)?;
    target.server.settle()?;
    let (rounds, length) = rounds(arguments.duration);
    let mut found: Vec<Vec<Round>> = FLOWS.iter().map(|_| Vec::new()).collect();
    let mut before = Floor::measure()?;
    for round in 1..=rounds {
        let mut servers = Vec::with_capacity(FLOWS.len());
        for (flow, _) in FLOWS {
            servers.push(target.round(flow, length)?);
        }
        let after = Floor::measure()?;
        let floor = before.between(after);
        before = after;
        for ((rounds, (flow, _)), server) in found.iter_mut().zip(FLOWS).zip(servers) {
            rounds.push(Round { server, floor: floor.of(flow.work()) });
        }
        eprintln!("{}: round {round} of {rounds}", engine.name());
    }
    let loaded = target.server.resident_mib()?;
    let mut features = Report::default();
    features::measure(&target.server, engine, arguments.connections, arguments.duration, &mut features)?;
    target.stop()?;

    let judged = engine == Engine::Sqlite;
    for ((flow, limit), rounds) in FLOWS.into_iter().zip(&found) {
        let ratios: Vec<f64> = rounds.iter().map(|round| round.server / round.floor).collect();
        let servers: Vec<f64> = rounds.iter().map(|round| round.server).collect();
        let floors: Vec<f64> = rounds.iter().map(|round| round.floor).collect();
        let over = if flow == Flow::GetUser { "a token pair" } else { "floor" };
        let detail = format!("server {} / {over} {}", micros(median(&servers)), micros(median(&floors)));
        report.ratio(format!("{}: {}", engine.name(), flow.name()), &ratios, detail, judged.then_some(limit));
    }
    rest.report(engine, judged, loaded, report);
    report.append(features);
    Ok(())
}

/// How many rounds, and how long each flow is driven in one. Many short ones rather than few long ones: what disturbs a
/// shared machine comes and goes.
fn rounds(duration: Duration) -> (u32, Duration) {
    let rounds = u32::try_from(duration.as_secs() / 2).unwrap_or(u32::MAX).clamp(3, 24);
    (rounds, duration / rounds)
}
