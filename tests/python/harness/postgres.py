"""A private PostgreSQL cluster in a temporary folder, on a free loopback port, ended by process id.

As a program (`python -m harness.postgres`) it starts one, prints `{"url": …, "pid": …}` and runs until its standard
input closes; `cargo xtask test` uses it so.
"""

import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

from harness.ports import free_port

USER = "stepwell"


def bin_folder():
    """Debian keeps the server's programs off the PATH, in a folder per version."""
    given = os.environ.get("STEPWELL_TEST_POSTGRES_BIN")
    if given:
        return given
    versions = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if versions:
        return os.path.dirname(max(versions, key=lambda path: int(path.split("/")[4])))
    found = shutil.which("initdb")
    if not found:
        raise RuntimeError("no initdb: install postgresql")
    return os.path.dirname(found)


def program(name):
    return os.path.join(bin_folder(), name)


def unprivileged():
    """PostgreSQL refuses to run as root: the account to run it as then, else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root, but neither of the accounts postgres and nobody exists")


class Cluster:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="stepwell-postgres-")
        self.data = os.path.join(self.folder, "data")
        self.port = free_port()
        self.account = unprivileged()
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        subprocess.run(
            [program("initdb"), "-D", self.data, "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8", "--no-locale"],
            check=True, stdout=subprocess.DEVNULL, **self._as_user())
        self.process = None
        self.start()

    def _as_user(self):
        options = {"cwd": self.folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
        if self.account:
            options.update(user=self.account.pw_uid, group=self.account.pw_gid, extra_groups=[])
        return options

    @property
    def url(self):
        return self.url_of("postgres")

    def url_of(self, database):
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            [program("postgres"), "-D", self.data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", "-c", "max_connections=200"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as_user())
        log.close()
        deadline = time.monotonic() + 60
        while subprocess.run([program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start:\n" + open(os.path.join(self.folder, "log")).read())
            time.sleep(0.05)

    def kill(self):
        """`kill -9` of the server and every process it started, as a power cut would end them.

        The backends that outlive the postmaster are found by their parent before it dies, so that the next start is
        not refused by a shared memory block still in use.
        """
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                                  capture_output=True, text=True).stdout.split()
        for pid in [self.process.pid, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        for pid in map(int, children):
            while os.path.exists(f"/proc/{pid}") and not _zombie(pid):
                time.sleep(0.01)
        try:
            os.remove(os.path.join(self.data, "postmaster.pid"))
        except FileNotFoundError:
            pass

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": ends sessions, then shuts down
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def create_database(url):
    """A fresh database on the cluster at `url`; its own url."""
    name = "t" + uuid.uuid4().hex
    subprocess.run([program("psql"), "-q", "-X", "-d", url, "-c", f'create database "{name}"'], check=True)
    return url.rsplit("/", 1)[0] + "/" + name


def drop_database(url):
    base, name = url.rsplit("/", 1)
    subprocess.run([program("psql"), "-q", "-X", "-d", base + "/postgres",
                    "-c", f'drop database if exists "{name}" with (force)'], check=True)


def dump(url):
    """Everything in the database as bytes, as a thief of the database would see it."""
    return subprocess.run([program("pg_dump"), "--inserts", "-d", url], check=True, capture_output=True).stdout


def main():
    # A signal must not leave the cluster behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cluster = Cluster()
    try:
        print(json.dumps({"url": cluster.url, "pid": cluster.process.pid}), flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
