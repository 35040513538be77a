"""Sessions: tracked when asked, listed, ended one by one, and bounded per user."""

import re
import time

import pytest

from harness import tokens
from harness.aws import refused

ID = re.compile(r"^tkn[a-z0-9]{25}$")


@pytest.fixture
def tracked(pool):
    answer = pool.idp.set_user_pool_session_configuration(
        UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 3})
    assert answer["UserSessionTracking"] == "ENABLED"
    return pool


def own(pool, access_token):
    return pool.idp.list_user_sessions(AccessToken=access_token)["Sessions"]


def test_defaults(pool):
    answer = pool.idp.get_user_pool_session_configuration(UserPoolId=pool.id)
    assert answer["UserSessionTracking"] == "DISABLED"
    assert answer["TokenSession"] == {"MaxPerUser": 20}
    answer = pool.idp.get_user_pool_client_session_configuration(UserPoolId=pool.id, ClientId=pool.client_id)
    assert answer["SSOSession"] == {"MaxValidityMinutes": 60}


def test_off_means_off(pool):
    access = pool.sign_in(pool.confirmed())["AccessToken"]
    with refused("OperationNotEnabledException"):
        pool.idp.list_user_sessions(AccessToken=access)
    with refused("OperationNotEnabledException"):
        pool.idp.set_user_pool_client_session_configuration(
            UserPoolId=pool.id, ClientId=pool.client_id, SSOSession={"MaxValidityMinutes": 5})


def test_lite_has_no_sessions(new_pool):
    pool = new_pool({"UserPoolTier": "LITE"})
    with refused("FeatureUnavailableInTierException"):
        pool.idp.set_user_pool_session_configuration(
            UserPoolId=pool.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 3})


def test_an_update_of_the_pool_keeps_tracking(tracked):
    tracked.idp.update_user_pool(UserPoolId=tracked.id)
    answer = tracked.idp.get_user_pool_session_configuration(UserPoolId=tracked.id)
    assert answer["UserSessionTracking"] == "ENABLED" and answer["TokenSession"] == {"MaxPerUser": 3}


def test_a_client_keeps_its_own_number(tracked):
    tracked.idp.set_user_pool_client_session_configuration(
        UserPoolId=tracked.id, ClientId=tracked.client_id, SSOSession={"MaxValidityMinutes": 0})
    answer = tracked.idp.get_user_pool_client_session_configuration(
        UserPoolId=tracked.id, ClientId=tracked.client_id)
    assert answer["SSOSession"] == {"MaxValidityMinutes": 0}


def test_a_user_sees_own_sessions(tracked):
    name = tracked.confirmed()
    first = tracked.sign_in(name)["AccessToken"]
    second = tracked.sign_in(name)["AccessToken"]
    tracked.sign_in(tracked.confirmed())
    sessions = own(tracked, second)
    assert len(sessions) == 2
    assert all(ID.match(session["SessionId"]) for session in sessions)
    assert [session["IsCurrentSession"] for session in sessions] == [True, False]
    assert {session["SessionType"] for session in sessions} == {"TOKEN"}
    assert sessions[0]["ClientId"] == tracked.client_id
    assert sessions[0]["LastIPAddress"] in ("127.0.0.1", "::1")
    assert "OriginSessionId" not in sessions[0]
    assert [session["IsCurrentSession"] for session in own(tracked, first)] == [False, True]
    listed = tracked.idp.admin_list_user_sessions(UserPoolId=tracked.id, Username=name)["Sessions"]
    assert [session["SessionId"] for session in listed] == [session["SessionId"] for session in sessions]
    assert not any(session["IsCurrentSession"] for session in listed)


def test_ending_another_session_ends_its_tokens(tracked):
    name = tracked.confirmed()
    lost = tracked.sign_in(name)
    kept = tracked.sign_in(name)
    other = next(s for s in own(tracked, kept["AccessToken"]) if not s["IsCurrentSession"])
    tracked.idp.revoke_user_session(AccessToken=kept["AccessToken"], SessionId=other["SessionId"])
    with refused("NotAuthorizedException"):
        tracked.idp.get_user(AccessToken=lost["AccessToken"])
    with refused("NotAuthorizedException"):
        tracked.refresh(lost["RefreshToken"])
    tracked.refresh(kept["RefreshToken"])
    assert len(own(tracked, kept["AccessToken"])) == 1
    with refused("ResourceNotFoundException"):
        tracked.idp.revoke_user_session(AccessToken=kept["AccessToken"], SessionId=other["SessionId"])


def test_the_own_session_is_spared(tracked):
    access = tracked.sign_in(tracked.confirmed())["AccessToken"]
    current = own(tracked, access)[0]["SessionId"]
    with refused("InvalidParameterException"):
        tracked.idp.revoke_user_session(AccessToken=access, SessionId=current)
    assert len(own(tracked, access)) == 1


def test_another_users_session_is_nobodys(tracked):
    victim = tracked.sign_in(tracked.confirmed())["AccessToken"]
    attacker = tracked.sign_in(tracked.confirmed())["AccessToken"]
    session = own(tracked, victim)[0]["SessionId"]
    with refused("ResourceNotFoundException"):
        tracked.idp.revoke_user_session(AccessToken=attacker, SessionId=session)
    assert len(own(tracked, victim)) == 1


def test_an_administrator_ends_any(tracked):
    name = tracked.confirmed()
    result = tracked.sign_in(name)
    session = own(tracked, result["AccessToken"])[0]["SessionId"]
    with refused("ResourceNotFoundException"):
        tracked.idp.admin_revoke_user_session(
            UserPoolId=tracked.id, Username=tracked.confirmed(), SessionId=session)
    tracked.idp.admin_revoke_user_session(
        UserPoolId=tracked.id, Username=name, SessionId=session, RevokeAssociatedSessions="LINKED")
    with refused("NotAuthorizedException"):
        tracked.refresh(result["RefreshToken"])
    assert tracked.idp.admin_list_user_sessions(UserPoolId=tracked.id, Username=name)["Sessions"] == []


def test_the_least_recently_used_goes_first(tracked):
    name = tracked.confirmed()
    results = [tracked.sign_in(name) for _ in range(3)]
    time.sleep(0.01)
    tracked.refresh(results[0]["RefreshToken"])
    newest = tracked.sign_in(name)
    assert len(own(tracked, newest["AccessToken"])) == 3
    with refused("NotAuthorizedException"):
        tracked.refresh(results[1]["RefreshToken"])
    for result in (results[0], results[2], newest):
        tracked.refresh(result["RefreshToken"])


def test_a_lower_limit_waits_for_the_next_sign_in(tracked):
    name = tracked.confirmed()
    results = [tracked.sign_in(name) for _ in range(3)]
    tracked.idp.set_user_pool_session_configuration(
        UserPoolId=tracked.id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 1})
    for result in results:
        tracked.refresh(result["RefreshToken"])
    newest = tracked.sign_in(name)["AccessToken"]
    assert len(own(tracked, newest)) == 1
    for result in results:
        with refused("NotAuthorizedException"):
            tracked.refresh(result["RefreshToken"])


def test_signing_out_ends_sessions(tracked):
    name = tracked.confirmed()
    gone = tracked.sign_in(name)
    tracked.idp.revoke_token(Token=gone["RefreshToken"], ClientId=tracked.client_id)
    kept = tracked.sign_in(name)["AccessToken"]
    assert len(own(tracked, kept)) == 1
    tracked.idp.global_sign_out(AccessToken=kept)
    again = tracked.sign_in(name)["AccessToken"]
    assert len(own(tracked, again)) == 1


def test_tokens_are_the_same_with_tracking(tracked, pool):
    claims = tokens.payload(tracked.sign_in(tracked.confirmed())["AccessToken"])
    assert not any("session" in name for name in claims)
