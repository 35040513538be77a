//! The server under measurement: a process of its own, and what the kernel says about it.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::http::{Connection, Request};

/// Ticks of `/proc/PID/stat` in a second: `USER_HZ`, which is 100 on every architecture that Linux knows today.
const TICKS: f64 = 100.0;
/// Between two tries at a server that is starting.
const PAUSE: Duration = Duration::from_millis(1);
/// Longer than a server waits after its start, or after a new pool, before it makes signing keys ahead.
const BACKGROUND: Duration = Duration::from_secs(6);
/// How long a server must have used no CPU time to be at rest.
const REST: Duration = Duration::from_millis(200);
/// For a start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a server is and what it works on.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The binary.
    pub(crate) program: PathBuf,
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Another database than the SQLite file in the data folder.
    pub(crate) database: Option<String>,
}

/// A running server; dropped, it ends.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    started: Instant,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts `stepwell dev` without its demo and returns at once.
    pub(crate) fn launch(place: &Place) -> Result<Self, Failure> {
        let address = free_address()?;
        let mut arguments: Vec<OsString> = vec!["dev".into(), "--no-seed".into()];
        arguments.extend(["--listen".into(), address.to_string().into(), "--data".into(), place.data.clone().into()]);
        arguments.extend(place.database.iter().flat_map(|url| ["--database".into(), url.into()]));
        let mut command = Command::new(&place.program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        // Settings of the caller's shell are not what is to be measured.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STEPWELL_")) {
            command.env_remove(name);
        }
        command.env("STEPWELL_LOG", "warn");
        let started = Instant::now();
        let child = command.spawn().map_err(|error| format!("{}: {error}", place.program.display()))?;
        Ok(Self { child, started, address })
    }

    /// Starts it and waits until it answers.
    pub(crate) fn start(place: &Place) -> Result<Self, Failure> {
        let mut server = Self::launch(place)?;
        server.first_answer(&Request::get("/healthz"))?;
        Ok(server)
    }

    /// Asks until there is an answer; how long after the start that was.
    pub(crate) fn first_answer(&mut self, request: &Request) -> Result<Duration, Failure> {
        loop {
            let answered = Connection::open(self.address).and_then(|mut connection| connection.call(request).map(drop));
            let elapsed = self.started.elapsed();
            match answered {
                Ok(()) => return Ok(elapsed),
                Err(error) if elapsed > PATIENCE => return Err(format!("no answer after {elapsed:?}: {error}").into()),
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended ({status})").into());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Waits until the background work that a start or a new pool brings about is done: some hundred milliseconds of prime
    /// numbers, which would count as the cost of whichever sign-ins happen to be measured beside them.
    pub(crate) fn settle(&self) -> Result<(), Failure> {
        std::thread::sleep(BACKGROUND);
        let mut used = self.cpu_seconds()?;
        loop {
            std::thread::sleep(REST);
            let now = self.cpu_seconds()?;
            if now <= used {
                return Ok(());
            }
            used = now;
        }
    }

    /// CPU time so far, of all threads that there are and were, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(self.proc("stat"))?;
        // The second field is the program's name in brackets and may hold anything.
        let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
        let ticks = |index| fields.split_whitespace().nth(index).and_then(|field| field.parse::<f64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).ok_or("unreadable /proc/PID/stat")?;
        Ok((user + system) / TICKS)
    }

    /// Resident memory in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(self.proc("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("unreadable /proc/PID/status")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(file)
    }

    /// Ends it, in order, so that its database is at rest.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        let process = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &process]).status()?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > PATIENCE {
                return Err("the server does not stop".into());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already, and there is nobody to tell if it is not.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A free port whose successor, where `dev` listens for HTTPS, is free as well.
fn free_address() -> Result<SocketAddr, Failure> {
    for _ in 0..100 {
        let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = http.local_addr()?;
        if let Some(next) = address.port().checked_add(1)
            && TcpListener::bind((Ipv4Addr::LOCALHOST, next)).is_ok()
        {
            return Ok(address);
        }
    }
    Err("no two free ports in a row".into())
}
