//! A private PostgreSQL server for tests: made with `initdb`, on a socket in a temporary folder, fully durable, and gone
//! with the process that started it, however that ends.

use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// A running server. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct PostgresServer {
    /// Waits for the end of its standard input, which the kernel closes with this process, then stops the server.
    keeper: Option<Child>,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    folder: PathBuf,
    next_database: AtomicU32,
}

/// What went wrong, for a person to read.
type Result<T> = std::result::Result<T, String>;

/// The server shared by all tests of this process, started at the first use.
pub fn shared_postgres() -> Result<&'static PostgresServer> {
    static SERVER: OnceLock<Result<PostgresServer>> = OnceLock::new();
    SERVER.get_or_init(|| PostgresServer::start("")).as_ref().map_err(Clone::clone)
}

impl PostgresServer {
    /// Makes a cluster and starts it. `settings` are extra lines of `postgresql.conf`.
    pub fn start(settings: &str) -> Result<Self> {
        let programs = find_programs()?;
        let folder = TempDir::with_prefix("stepwell-pg-").map_err(|error| error.to_string())?;
        let owner = server_account(folder.path())?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).map_err(|error| error.to_string())?;
        }
        let folder = folder.keep();
        let server = Self { keeper: None, programs, owner, folder, next_database: AtomicU32::new(1) };
        let data = server.data();
        server
            .run("initdb", &["-D", &data, "-U", "stepwell", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])?;
        let folder = server.folder.display();
        let mut configuration = format!(
            "listen_addresses = ''\nunix_socket_directories = '{folder}'\nfsync = on\nsynchronous_commit = on\n\
             max_connections = 200\nshared_buffers = 32MB\nlogging_collector = off\n"
        );
        writeln!(configuration, "{settings}").map_err(|error| error.to_string())?;
        let file = server.folder.join("data/postgresql.auto.conf");
        std::fs::write(file, configuration).map_err(|error| error.to_string())?;
        server.resume()?;
        server.with_keeper()
    }

    fn with_keeper(mut self) -> Result<Self> {
        let script = "cat > /dev/null; \"$1/pg_ctl\" -D \"$2/data\" -m immediate stop > /dev/null 2>&1; rm -rf \"$2\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, "keeper"]).arg(&self.programs).arg(&self.folder);
        // In a process group of its own, so that an interrupt from the terminal does not end it before the tests.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.keeper = Some(self.as_owner(command).spawn().map_err(|error| error.to_string())?);
        Ok(self)
    }

    /// The URL of a new, empty database.
    pub fn create_database(&self) -> Result<String> {
        let number = self.next_database.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let sql = format!("CREATE DATABASE {name}");
        self.psql(&sql)?;
        Ok(self.url(&name))
    }

    /// Runs SQL as the superuser, in the maintenance database; returns what it prints.
    pub fn psql(&self, sql: &str) -> Result<String> {
        let folder = self.folder.display().to_string();
        self.run(
            "psql",
            &[
                "-X",
                "-A",
                "-t",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                &folder,
                "-U",
                "stepwell",
                "-d",
                "postgres",
                "-c",
                sql,
            ],
        )
    }

    /// The URL of a database by name, over the socket.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://stepwell@/{database}?host={folder}")
    }

    /// The folder of the server's files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops the server as a crash does: at once, without a checkpoint.
    pub fn crash(&self) -> Result<()> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]).map(drop)
    }

    /// Starts it again.
    pub fn resume(&self) -> Result<()> {
        let log = self.folder.join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "start"]).map(drop)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(self.programs.join(program));
        // Not pipes: a server started here would hold their ends open.
        let output = self.folder.join("output");
        let file = std::fs::File::create(&output).map_err(|error| error.to_string())?;
        let copy = file.try_clone().map_err(|error| error.to_string())?;
        command.args(arguments).stdin(Stdio::null()).stdout(file).stderr(copy);
        let status = self.as_owner(command).status().map_err(|error| format!("cannot run {program}: {error}"))?;
        let text = std::fs::read_to_string(&output).unwrap_or_default();
        if status.success() { Ok(text) } else { Err(format!("{program} failed ({status}): {text}")) }
    }

    /// PostgreSQL refuses to run as root.
    fn as_owner(&self, mut command: Command) -> Command {
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _status = keeper.wait();
        } else {
            let _gone = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// `initdb` on the search path, or where Debian keeps it.
fn find_programs() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    let complete = |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).exists());
    folders.into_iter().find(complete).ok_or_else(|| {
        "initdb, pg_ctl and psql are needed for the PostgreSQL tests: apt-get install postgresql".to_owned()
    })
}

/// The account to run the server under: our own, or `postgres` (else `nobody`) when we are root.
fn server_account(own_file: &Path) -> Result<Option<(u32, u32)>> {
    let own = std::fs::metadata(own_file).map_err(|error| error.to_string())?;
    if own.uid() != 0 {
        return Ok(None);
    }
    let accounts = std::fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    let account = |name: &str| {
        let fields: Vec<&str> =
            accounts.lines().map(|line| line.split(':')).map(Vec::from_iter).find(|f| f.first() == Some(&name))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let found = account("postgres").or_else(|| account("nobody"));
    found.map(Some).ok_or_else(|| "running as root without an account `postgres` to run PostgreSQL under".to_owned())
}
