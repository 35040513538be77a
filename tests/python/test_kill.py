"""`kill -9` in the middle of a load: every acknowledged write is there afterwards, and nothing used works again.

On PostgreSQL the database is killed too, now first, now last. The short form kills three times; `cargo xtask test kills`
is the long form with fifty on each engine.
"""

import random
import time

import pytest

from harness import postgres
from harness.aws import idp_client
from harness.load import Load
from harness.pools import Pool
from harness.server import Server


@pytest.fixture
def own_cluster(engine):
    """A PostgreSQL that can be killed without anyone else noticing."""
    if engine != "postgres":
        yield None
        return
    cluster = postgres.Cluster()
    yield cluster
    cluster.stop()


@pytest.mark.timeout(3000)
def test_kill_in_the_middle_of_a_load(engine, own_cluster, pytestconfig):
    kills = pytestconfig.getoption("--kills")
    seed = random.randrange(10 ** 6)
    chance = random.Random(seed)
    checked = acknowledged = 0
    with Server(engine=engine, cluster_url=own_cluster and own_cluster.url) as server:
        pool = Pool(idp_client(server.url), {"AutoVerifiedAttributes": ["email"]})
        load = Load(server, pool)
        for number in range(kills):
            load.start()
            time.sleep(chance.uniform(0.4, 2.0))
            kills_of_both = [own_cluster.kill, server.kill] if own_cluster else [server.kill]
            for kill in kills_of_both if number % 2 else reversed(kills_of_both):
                kill()
                time.sleep(chance.uniform(0, 0.2))
            load.stop()
            if own_cluster:
                own_cluster.start()
            server.start()
            wrong, count = load.check()
            checked += count
            assert not wrong, f"kill {number + 1} of {kills} (seed {seed}):\n" + "\n".join(wrong)
        acknowledged = load.acknowledged
    print(f"\n{engine}: {kills} kills, {acknowledged} acknowledged writes of {checked} users, none lost, none reusable")
    assert acknowledged > 3 * kills
