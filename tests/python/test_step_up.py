"""Step-up: USER_AUTH with a level to reach, alone and on top of an access token."""

import time

import pytest
from pycognito.aws_srp import AWSSRP

from harness import tokens, totp
from harness.aws import refused
from harness.pools import ALL_FLOWS, PASSWORD, unique

FLOWS = [*ALL_FLOWS, "ALLOW_USER_AUTH"]


@pytest.fixture
def app_pool(new_pool):
    pool = new_pool(client={"ExplicitAuthFlows": FLOWS})
    pool.idp.set_user_pool_mfa_config(
        UserPoolId=pool.id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    return pool


def start(pool, name, **parameters):
    return pool.idp.initiate_auth(AuthFlow="USER_AUTH", ClientId=pool.client_id,
                                  AuthParameters={"USERNAME": name, **parameters})


def with_password(pool, name, **parameters):
    return start(pool, name, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD, **parameters)


def set_up(pool, name):
    """Gives the user an authenticator app that is not asked for at every sign-in; returns its secret and a token."""
    access = pool.sign_in(name)["AccessToken"]
    secret = pool.idp.associate_software_token(AccessToken=access)["SecretCode"]
    pool.idp.verify_software_token(AccessToken=access, UserCode=totp.code(secret))
    return secret, access


def prove(pool, name, answer, secret):
    assert answer["ChallengeName"] == "SOFTWARE_TOKEN_MFA", answer
    return pool.idp.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="SOFTWARE_TOKEN_MFA", Session=answer["Session"],
        ChallengeResponses={"USERNAME": name, "SOFTWARE_TOKEN_MFA_CODE": totp.code(secret, later=1)},
    )["AuthenticationResult"]


def test_a_password_is_level_one(app_pool):
    name = app_pool.confirmed()
    claims = tokens.payload(with_password(app_pool, name)["AuthenticationResult"]["IdToken"])
    assert claims["acr"] == "urn:cognito:loa:1" and claims["amr"] == ["pwd"]


def test_a_level_is_reached_from_the_start(app_pool):
    name = app_pool.confirmed()
    secret, _ = set_up(app_pool, name)
    answer = with_password(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:4")
    claims = tokens.payload(prove(app_pool, name, answer, secret)["AccessToken"])
    assert claims["acr"] == "urn:cognito:loa:4"
    assert claims["amr"] == ["pwd", "otp", "mfa"]


def test_a_token_stands_for_the_password(app_pool):
    name = app_pool.confirmed()
    secret, access = set_up(app_pool, name)
    answer = start(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:4", ACCESS_TOKEN=access)
    claims = tokens.payload(prove(app_pool, name, answer, secret)["IdToken"])
    assert claims["acr"] == "urn:cognito:loa:4" and claims["amr"] == ["pwd", "otp", "mfa"]


def test_a_token_that_is_too_old_counts_for_nothing(app_pool):
    name = app_pool.confirmed()
    _, access = set_up(app_pool, name)
    time.sleep(2.1)
    answer = start(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:4", ACCESS_TOKEN=access, MAX_AGE="1")
    assert answer["ChallengeName"] == "SELECT_CHALLENGE"
    assert set(answer["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP"}


def test_what_is_refused(app_pool):
    name = app_pool.confirmed()
    _, access = set_up(app_pool, name)
    without = app_pool.confirmed()
    with refused("InvalidParameterException"):
        start(app_pool, name, ACCESS_TOKEN=access)
    with refused("InvalidParameterException"):
        with_password(app_pool, name, TARGET_ACR_VALUES="urn:nonsense")
    with refused("InvalidParameterException"):
        with_password(app_pool, without, TARGET_ACR_VALUES="urn:cognito:loa:4")
    with refused("InvalidParameterException"):
        start(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:1", ACCESS_TOKEN=access)
    with refused("NotAuthorizedException"):
        start(app_pool, without, TARGET_ACR_VALUES="urn:cognito:loa:4", ACCESS_TOKEN=access)
    other = app_pool.add_client(ExplicitAuthFlows=FLOWS)["ClientId"]
    with refused("NotAuthorizedException"):
        app_pool.idp.initiate_auth(AuthFlow="USER_AUTH", ClientId=other, AuthParameters={
            "USERNAME": name, "TARGET_ACR_VALUES": "urn:cognito:loa:4", "ACCESS_TOKEN": access})


def test_names_of_the_pools_own(app_pool):
    app_pool.idp.update_user_pool(
        UserPoolId=app_pool.id, MfaConfiguration="OPTIONAL", AcrConfiguration={"Level4": {"AcrValue": "urn:mine:strong"}})
    name = app_pool.confirmed()
    secret, access = set_up(app_pool, name)
    with refused("InvalidParameterException"):
        start(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:4", ACCESS_TOKEN=access)
    answer = start(app_pool, name, TARGET_ACR_VALUES="urn:mine:strong", ACCESS_TOKEN=access)
    assert tokens.payload(prove(app_pool, name, answer, secret)["IdToken"])["acr"] == "urn:mine:strong"


def test_a_refresh_changes_neither_level_nor_time(app_pool):
    name = app_pool.confirmed()
    secret, access = set_up(app_pool, name)
    answer = start(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:4", ACCESS_TOKEN=access)
    result = prove(app_pool, name, answer, secret)
    before = tokens.payload(result["AccessToken"])
    time.sleep(1.1)
    after = tokens.payload(app_pool.refresh(result["RefreshToken"])["AccessToken"])
    assert (after["acr"], after["amr"], after["auth_time"]) == (before["acr"], before["amr"], before["auth_time"])


def test_lite_has_no_step_up(new_pool):
    pool = new_pool({"UserPoolTier": "LITE"})
    with refused("FeatureUnavailableInTierException"):
        pool.add_client(ExplicitAuthFlows=FLOWS)


def test_nothing_is_built_on_a_sign_in_that_was_revoked(app_pool):
    name = app_pool.confirmed()
    secret, access = set_up(app_pool, name)
    signed_in = app_pool.sign_in(name)
    answers = [start(app_pool, name, TARGET_ACR_VALUES="urn:cognito:loa:4", ACCESS_TOKEN=token)
               for token in (access, signed_in["AccessToken"])]
    app_pool.idp.revoke_token(ClientId=app_pool.client_id, Token=signed_in["RefreshToken"])
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        prove(app_pool, name, answers[1], secret)
    assert prove(app_pool, name, answers[0], secret)["AccessToken"]


def test_nor_by_srp_which_has_no_session(new_pool, app, mailbox):
    pool = new_pool({"AutoVerifiedAttributes": ["email"],
                     "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
                    {"ExplicitAuthFlows": FLOWS})
    pool.idp.set_user_pool_mfa_config(
        UserPoolId=pool.id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    email = unique("ann") + "@example.com"
    name = pool.confirmed(email=email, email_verified="true")
    set_up(pool, name)
    asked = start(pool, name, PREFERRED_CHALLENGE="EMAIL_OTP")
    by_code = app.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="EMAIL_OTP", Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "EMAIL_OTP_CODE": mailbox.code(email)})["AuthenticationResult"]
    for revoked in (False, True):
        srp = AWSSRP(username=name, password=PASSWORD, pool_id=pool.id, client_id=pool.client_id, client=app)
        asked = start(pool, name, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=srp.get_auth_params()["SRP_A"],
                      TARGET_ACR_VALUES="urn:cognito:loa:3",
                      ACCESS_TOKEN=by_code["AccessToken"])
        assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
        answer = {"ClientId": pool.client_id, "ChallengeName": "PASSWORD_VERIFIER",
                  "ChallengeResponses": srp.process_challenge(asked["ChallengeParameters"], {"USERNAME": name}),
                  **({"Session": asked["Session"]} if "Session" in asked else {})}
        if revoked:
            app.revoke_token(ClientId=pool.client_id, Token=by_code["RefreshToken"])
            with refused("NotAuthorizedException", "Access Token has been revoked"):
                app.respond_to_auth_challenge(**answer)
        else:
            result = app.respond_to_auth_challenge(**answer)["AuthenticationResult"]
            assert tokens.payload(result["AccessToken"])["acr"] == "urn:cognito:loa:3"
