"""A real server process: started on a free port with a fresh database, watched, and ended by its process id."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import requests

from harness import postgres
from harness.ports import free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

# What no log may hold, whatever a test did: a programming error shown to nobody but the operator.
FORBIDDEN = re.compile(r"undeclared error|panicked|\bpanic\b|RUST_BACKTRACE", re.I)


def binary():
    given = os.environ.get("STEPWELL_TEST_BINARY")
    if given:
        return given
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    return os.path.join(target, "release", "stepwell")


class Server:
    """`stepwell dev` (or `serve`) with its own folder and, on PostgreSQL, its own database."""

    def __init__(self, engine="sqlite", mode="dev", args=(), env=None, cluster_url=None, seed=False, start=True):
        self.engine = engine
        self.mode = mode
        self.args = list(args)
        self.env = dict(env or {})
        self.folder = tempfile.mkdtemp(prefix="stepwell-test-")
        self.data = os.path.join(self.folder, "data")
        os.mkdir(self.data, 0o700)
        self.log_path = os.path.join(self.folder, "log")
        self.port = free_port(2)
        self.seed = seed
        self.scheme = "http"
        self.verify = True
        self.cluster_url = cluster_url or os.environ.get("STEPWELL_TEST_POSTGRES")
        self.database = postgres.create_database(self.cluster_url) if engine == "postgres" else None
        self.process = None
        if start:
            self.start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def https_url(self):
        return f"https://127.0.0.1:{self.port + 1}"

    def command(self):
        command = [binary(), self.mode, "--listen", f"127.0.0.1:{self.port}", "--data", self.data]
        if self.database:
            command += ["--database", self.database]
        if self.mode == "dev" and not self.seed:
            command.append("--no-seed")
        return command + self.args

    def environment(self):
        # Nothing of the caller's AWS or Stepwell settings may leak in.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "STEPWELL_", "RUST_LOG"))}
        return {**kept, "HOME": self.folder, "STEPWELL_LOG": "debug", "RUST_BACKTRACE": "0", **self.env}

    def spawn(self):
        """Starts the process without waiting for it to be ready."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env=self.environment())
        return self

    def start(self):
        self.spawn()
        deadline = time.monotonic() + 30
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log()}")
            try:
                if requests.get(self.url + "/readyz", timeout=5, verify=self.verify).status_code == 200:
                    return self
            except requests.RequestException:
                pass
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server was not ready in 30 s:\n{self.log()}")
            time.sleep(0.02)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        """`kill -9`: no time to say goodbye."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Asks for a graceful end; the exit code must then be 0."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError("the server did not end within 20 s of SIGTERM") from None
        return self.process.returncode

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Ends it and removes all it left, then says what its log held that no log may hold."""
        try:
            code = self.stop() if self.process else 0
            found = [line for line in self.log().splitlines() if FORBIDDEN.search(line)] if self.process else []
        finally:
            self.kill()
            if self.database:
                postgres.drop_database(self.database)
            if os.environ.get("STEPWELL_TEST_KEEP"):
                print("kept", self.folder)
            else:
                shutil.rmtree(self.folder, ignore_errors=True)
        assert not found, "the server's log has:\n" + "\n".join(found[:20])
        assert code in (0, -signal.SIGKILL), f"the server ended with {code}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
