"""Users without a password: how they come, how they sign in, and how they get a password later."""

import re

import botocore.exceptions
import pytest

from harness import tokens
from harness.aws import attributes, refused
from harness.pools import ALL_FLOWS, PASSWORD, unique

FLOWS = [*ALL_FLOWS, "ALLOW_USER_AUTH"]
CODES = {"AutoVerifiedAttributes": ["email"],
         "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}


@pytest.fixture
def codes(new_pool):
    """A pool in which a code by e-mail begins a sign-in."""
    return new_pool(CODES, {"ExplicitAuthFlows": FLOWS})


def sign_up(pool, app, **options):
    username = unique("ann")
    email = f"{username}@example.com"
    answer = app.sign_up(ClientId=pool.client_id, Username=username, UserAttributes=attributes({"email": email}),
                         **options)
    return username, email, answer


def confirmed(pool, app, mailbox):
    username, email, signed_up = sign_up(pool, app)
    answer = app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=mailbox.code(email),
                                 Session=signed_up["Session"])
    return username, email, answer["Session"]


def begin(pool, app, username, session=None, **parameters):
    return app.initiate_auth(AuthFlow="USER_AUTH", ClientId=pool.client_id,
                             AuthParameters={"USERNAME": username, **parameters},
                             **({"Session": session} if session else {}))


def by_code(pool, app, mailbox, username, email):
    before = len(mailbox.messages(email))
    asked = begin(pool, app, username, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    code = mailbox.code(email, before + 1)
    assert re.fullmatch(r"\d{8}", code)
    return app.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="EMAIL_OTP", Session=asked["Session"],
        ChallengeResponses={"USERNAME": username, "EMAIL_OTP_CODE": code})["AuthenticationResult"]


def test_sign_up_and_sign_in_without_another_code(codes, app, mailbox):
    username, _, session = confirmed(codes, app, mailbox)
    result = begin(codes, app, username, session)["AuthenticationResult"]
    claims = tokens.payload(result["AccessToken"])
    assert (claims["amr"], claims["acr"]) == (["email_otp"], "urn:cognito:loa:2")
    assert codes.admin_get(username)["UserStatus"] == "CONFIRMED"
    # A Session is good for one sign-in, of its own user.
    with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
        begin(codes, app, username, session)
    other, _, session = confirmed(codes, app, mailbox)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        begin(codes, app, username, session)
    begin(codes, app, other, session)


def test_the_level_that_is_wanted_counts_after_a_sign_up_as_well(codes, app, mailbox):
    username, _, session = confirmed(codes, app, mailbox)
    # The code of the sign-up is level 2; what is not reached is not given.
    with refused("InvalidParameterException", part="cannot reach"):
        begin(codes, app, username, session, TARGET_ACR_VALUES="urn:cognito:loa:4 urn:cognito:loa:3")
    with refused("InvalidParameterException", part="no level"):
        begin(codes, app, username, session, TARGET_ACR_VALUES="urn:example:gold")
    with refused("InvalidParameterException", part="ACCESS_TOKEN"):
        begin(codes, app, username, session, ACCESS_TOKEN="a.b.c")
    wanted = "urn:cognito:loa:4 urn:cognito:loa:2"
    result = begin(codes, app, username, session, TARGET_ACR_VALUES=wanted)["AuthenticationResult"]
    assert tokens.payload(result["AccessToken"])["acr"] == "urn:cognito:loa:2"


def test_who_turns_on_a_second_factor_needs_a_password_first(new_pool, app, mailbox):
    recovery = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"},
                                       {"Priority": 2, "Name": "verified_email"}]}
    pool = new_pool({**CODES, "AccountRecoverySetting": recovery}, {"ExplicitAuthFlows": FLOWS})
    pool.idp.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OPTIONAL", EmailMfaConfiguration={})
    username, _, session = confirmed(pool, app, mailbox)
    pool.idp.admin_set_user_mfa_preference(UserPoolId=pool.id, Username=username,
                                           EmailMfaSettings={"Enabled": True, "PreferredMfa": True})
    # One mailbox is not two factors.
    with refused("NotAuthorizedException", "Invalid session for the user."):
        begin(pool, app, username, session)


def test_no_password_is_ever_right(codes, app, mailbox):
    username, email, _ = confirmed(codes, app, mailbox)
    assert begin(codes, app, username)["AvailableChallenges"] == ["EMAIL_OTP"]
    for password in ("x", PASSWORD):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            codes.initiate(username, password)
    by_code(codes, app, mailbox, username, email)


def test_the_conditions(new_pool, app, codes):
    missing = "Missing required parameter Password"
    bare = new_pool({"AutoVerifiedAttributes": ["email"]}, {"ExplicitAuthFlows": FLOWS})
    unverified = new_pool({"Policies": CODES["Policies"]}, {"ExplicitAuthFlows": FLOWS})
    for pool in (bare, unverified):
        with refused("InvalidParameterException", missing):
            sign_up(pool, app)
    other_client = codes.add_client()
    with refused("InvalidParameterException", missing):
        app.sign_up(ClientId=other_client["ClientId"], Username=unique("ann"),
                    UserAttributes=attributes({"email": "ann@example.com"}))
    with refused("InvalidParameterException", missing):
        app.sign_up(ClientId=codes.client_id, Username=unique("ann"))


def test_a_first_password_by_change_password(codes, app, mailbox):
    username, email, session = confirmed(codes, app, mailbox)
    access = begin(codes, app, username, session)["AuthenticationResult"]["AccessToken"]
    with refused("InvalidPasswordException"):
        app.change_password(AccessToken=access, ProposedPassword="short")
    app.change_password(AccessToken=access, ProposedPassword=PASSWORD)
    assert tokens.payload(codes.sign_in(username)["AccessToken"])["amr"] == ["pwd"]
    assert set(begin(codes, app, username)["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"}
    # From now on it has to be known.
    with refused("InvalidParameterException", part="PreviousPassword"):
        app.change_password(AccessToken=access, ProposedPassword="Another-Horse-9")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.change_password(AccessToken=access, PreviousPassword="Wrong-Horse-9", ProposedPassword="Another-Horse-9")
    by_code(codes, app, mailbox, username, email)


def test_a_first_password_by_recovery_and_by_an_administrator(codes, app, mailbox, idp):
    username, email, _ = confirmed(codes, app, mailbox)
    app.forgot_password(ClientId=codes.client_id, Username=username)
    app.confirm_forgot_password(ClientId=codes.client_id, Username=username, ConfirmationCode=mailbox.code(email, 2),
                                Password=PASSWORD)
    codes.sign_in(username)
    username, _, _ = confirmed(codes, app, mailbox)
    idp.admin_set_user_password(UserPoolId=codes.id, Username=username, Password=PASSWORD, Permanent=True)
    codes.sign_in(username)
    # It does not go away again.
    with pytest.raises(botocore.exceptions.ParamValidationError):
        idp.admin_set_user_password(UserPoolId=codes.id, Username=username, Permanent=True)


def test_administrators_make_users_without_a_password(codes, app, mailbox, idp):
    username = unique("ann")
    email = f"{username}@example.com"
    made = idp.admin_create_user(UserPoolId=codes.id, Username=username, DesiredDeliveryMediums=["EMAIL"],
                                 UserAttributes=attributes({"email": email, "email_verified": "true"}))["User"]
    assert made["UserStatus"] == "CONFIRMED"
    assert len(mailbox.wait(email)) == 1
    by_code(codes, app, mailbox, username, email)
    # With a temporary password it is an invitation as ever.
    invited = idp.admin_create_user(UserPoolId=codes.id, Username=unique("ann"), MessageAction="SUPPRESS",
                                    TemporaryPassword=PASSWORD, UserAttributes=attributes({"email": email}))["User"]
    assert invited["UserStatus"] == "FORCE_CHANGE_PASSWORD"
