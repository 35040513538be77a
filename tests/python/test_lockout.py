"""Lockout as the guide gives it: the fifth wrong password locks for one second, then two, then four."""

import time

import pytest

from harness.aws import refused
from harness.pools import PASSWORD, unique

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
LOCKED = ("NotAuthorizedException", "Password attempts exceeded")


def fail(pool, username, times):
    for _ in range(times):
        with refused(*WRONG):
            pool.initiate(username, "Wrong-Horse-9")


def test_the_fifth_failure_locks_for_a_second(pool):
    username = pool.confirmed()
    fail(pool, username, 5)
    # During the lock even the right password is refused, and trying neither counts nor extends the lock.
    for password in ("Wrong-Horse-9", PASSWORD):
        with refused(*LOCKED):
            pool.initiate(username, password)
    time.sleep(1.2)
    pool.sign_in(username)


def test_each_further_failure_doubles_the_lock(pool):
    username = pool.confirmed()
    fail(pool, username, 5)
    time.sleep(1.2)
    fail(pool, username, 1)
    time.sleep(1.2)
    with refused(*LOCKED):
        pool.initiate(username)
    time.sleep(1.0)
    pool.sign_in(username)


def test_a_success_starts_the_count_again(pool):
    username = pool.confirmed()
    fail(pool, username, 4)
    pool.sign_in(username)
    fail(pool, username, 4)
    pool.sign_in(username)


def test_administrators_calls_count_too(pool):
    username = pool.confirmed()

    def attempt(password):
        return pool.idp.admin_initiate_auth(
            UserPoolId=pool.id, ClientId=pool.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password})

    for _ in range(5):
        with refused(*WRONG):
            attempt("Wrong-Horse-9")
    with refused(*LOCKED):
        attempt(PASSWORD)
    with refused(*LOCKED):
        pool.initiate(username)
    time.sleep(1.2)
    attempt(PASSWORD)


def test_one_users_lock_is_no_one_elses(pool):
    locked, free = pool.confirmed(), pool.confirmed()
    fail(pool, locked, 5)
    pool.sign_in(free)


def test_a_name_that_does_not_exist_locks_alike(new_pool):
    pool = new_pool(client={"PreventUserExistenceErrors": "ENABLED"})
    known, unknown = pool.confirmed(), unique("nobody")
    for username in (known, unknown):
        fail(pool, username, 5)
        with refused(*LOCKED):
            pool.initiate(username)


def test_every_name_of_a_user_shares_the_count(new_pool):
    pool = new_pool({"AliasAttributes": ["email"]})
    email = unique("ada") + "@example.com"
    username = pool.confirmed(email=email, email_verified="true")
    fail(pool, username, 3)
    fail(pool, email, 2)
    with refused(*LOCKED):
        pool.initiate(username)


@pytest.mark.timeout(120)
def test_a_lock_survives_a_restart(new_server):
    from harness.aws import idp_client
    from harness.pools import Pool
    with new_server() as server:
        pool = Pool(idp_client(server.url))
        username = pool.confirmed()
        fail(pool, username, 5)
        # Four more, each after its lock: the ninth failure locks for 16 s.
        for wait in (1.2, 2.2, 4.3):
            time.sleep(wait)
            fail(pool, username, 1)
        server.restart()
        with refused(*LOCKED):
            pool.initiate(username)


def test_a_race_of_guesses_is_counted_in_full(pool):
    from concurrent.futures import ThreadPoolExecutor
    username = pool.confirmed()

    def guess(number):
        try:
            pool.initiate(username, f"Guess-Horse-{number}")
        except pool.idp.exceptions.NotAuthorizedException as error:
            return error.response["Error"]["Message"]

    with ThreadPoolExecutor(8) as workers:
        answers = list(workers.map(guess, range(24)))
    # Never more than five guesses are looked at before the first lock, however many arrive at once.
    assert answers.count(WRONG[1]) <= 6, answers
    assert LOCKED[1] in answers
