"""Fixtures: one dev server per run, a fresh pool per test, and a PostgreSQL where the engine needs one."""

import os

import pytest

from harness import postgres, smtp
from harness.aws import idp_client
from harness.mailbox import Mailbox
from harness.pools import Pool
from harness.server import Server, binary


def pytest_addoption(parser):
    parser.addoption("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.addoption("--kills", type=int, default=3, help="how often test_kill.py kills the server (long form: 50)")


def pytest_sessionstart(session):
    if not os.path.exists(binary()):
        pytest.exit(f"no server at {binary()}: build it, or set STEPWELL_TEST_BINARY", 2)


@pytest.fixture(scope="session")
def engine(pytestconfig):
    return pytestconfig.getoption("--engine")


@pytest.fixture(scope="session")
def cluster_url(engine):
    """The PostgreSQL to make databases on: the one `cargo xtask test` started, else one of our own."""
    if engine != "postgres":
        yield None
    elif os.environ.get("STEPWELL_TEST_POSTGRES"):
        yield os.environ["STEPWELL_TEST_POSTGRES"]
    else:
        cluster = postgres.Cluster()
        yield cluster.url
        cluster.stop()


@pytest.fixture(scope="session")
def new_server(engine, cluster_url):
    """Starts another server on the run's engine; use it as a context manager."""
    return lambda **options: Server(engine=engine, cluster_url=cluster_url, **options)


@pytest.fixture(scope="session")
def mail():
    """A real SMTP server, where `server` delivers what it mails; text messages go to the mailbox alone."""
    with smtp.Sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def server(new_server, mail):
    with new_server(env=mail.settings) as running:
        yield running


@pytest.fixture(scope="session")
def idp(server):
    """Any credentials will do in dev."""
    return idp_client(server.url)


@pytest.fixture(scope="session")
def app(server):
    """A client without credentials, as an app has."""
    return idp_client(server.url, signed=False)


@pytest.fixture(scope="session")
def mailbox(server):
    return Mailbox(server.url)


@pytest.fixture
def new_pool(idp):
    """Makes pools, and deletes them at the end of the test."""
    made = []

    def make(pool=None, client=None):
        made.append(Pool(idp, pool, client))
        return made[-1]

    yield make
    for pool in made:
        try:
            idp.update_user_pool(UserPoolId=pool.id, DeletionProtection="INACTIVE")
            idp.delete_user_pool(UserPoolId=pool.id)
        except idp.exceptions.ResourceNotFoundException:
            pass


@pytest.fixture
def pool(new_pool):
    """A pool that mails codes to verify e-mail addresses, with a client that allows every password flow."""
    return new_pool({"AutoVerifiedAttributes": ["email"]})
