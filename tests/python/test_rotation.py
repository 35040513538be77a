"""Refresh-token rotation: a new token each time, a grace for retries, and reuse that is noticed."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import tokens
from harness.aws import refused
from harness.pools import ROTATING_FLOWS


def rotating(pool, grace):
    return pool.add_client(ExplicitAuthFlows=ROTATING_FLOWS, RefreshTokenRotation={
        "Feature": "ENABLED", "RetryGracePeriodSeconds": grace})["ClientId"]


def test_the_old_flow_is_refused(pool):
    client = rotating(pool, 0)
    result = pool.sign_in(pool.confirmed(), client_id=client)
    with pytest.raises(pool.idp.exceptions.ClientError) as caught:
        pool.refresh(result["RefreshToken"], client_id=client)
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "UnsupportedOperationException",
                                                      "NotAuthorizedException")
    pool.rotate(result["RefreshToken"], client_id=client)


def test_a_token_is_used_once(pool):
    client = rotating(pool, 0)
    first = pool.sign_in(pool.confirmed(), client_id=client)
    second = pool.rotate(first["RefreshToken"], client_id=client)
    assert second["RefreshToken"] != first["RefreshToken"]
    assert tokens.payload(first["AccessToken"])["sub"] == tokens.payload(second["AccessToken"])["sub"]
    with refused("RefreshTokenReuseException"):
        pool.rotate(first["RefreshToken"], client_id=client)


def test_a_retry_within_the_grace(pool):
    client = rotating(pool, 3)
    first = pool.sign_in(pool.confirmed(), client_id=client)["RefreshToken"]
    pool.rotate(first, client_id=client)
    again = pool.rotate(first, client_id=client)
    assert again["AccessToken"]
    time.sleep(3.5)
    with refused("RefreshTokenReuseException"):
        pool.rotate(first, client_id=client)


def test_without_grace_one_of_many_wins(pool):
    client = rotating(pool, 0)
    first = pool.sign_in(pool.confirmed(), client_id=client)["RefreshToken"]

    def rotate(_):
        try:
            return bool(pool.rotate(first, client_id=client)["RefreshToken"])
        except pool.idp.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] in ("RefreshTokenReuseException", "NotAuthorizedException"), error
            return False

    with ThreadPoolExecutor(6) as workers:
        assert sum(workers.map(rotate, range(12))) == 1


def test_revoking_ends_the_whole_chain(pool, app):
    client = rotating(pool, 0)
    first = pool.sign_in(pool.confirmed(), client_id=client)
    second = pool.rotate(first["RefreshToken"], client_id=client)
    app.revoke_token(Token=second["RefreshToken"], ClientId=client)
    with refused("NotAuthorizedException"):
        pool.rotate(second["RefreshToken"], client_id=client)
    for access in (first["AccessToken"], second["AccessToken"]):
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            app.get_user(AccessToken=access)
