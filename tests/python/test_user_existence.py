"""PreventUserExistenceErrors: what a stranger can and cannot learn about who has an account."""

import pytest

from harness.aws import refused
from harness.pools import ALL_FLOWS, PASSWORD, unique


@pytest.fixture
def discreet(new_pool):
    return new_pool({"AutoVerifiedAttributes": ["email"]}, {"PreventUserExistenceErrors": "ENABLED"})


def srp(pool, username):
    return pool.idp.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=pool.client_id,
                                  AuthParameters={"USERNAME": username, "SRP_A": "ab" * 384})


def answer_srp(pool, username, challenge):
    parameters = challenge["ChallengeParameters"]
    return pool.idp.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={"USERNAME": parameters["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SIGNATURE": "AAAA" * 10 + "AAA=",
                            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
                            "TIMESTAMP": "Mon Nov 3 04:05:06 UTC 2026"})


def test_legacy_says_who_does_not_exist(pool, app):
    name = unique("nobody")
    with refused("UserNotFoundException", "User does not exist."):
        pool.initiate(name)
    with refused("UserNotFoundException"):
        srp(pool, name)
    not_found = "Username/client id combination not found."
    with refused("UserNotFoundException", not_found):
        app.forgot_password(ClientId=pool.client_id, Username=name)
    with refused("UserNotFoundException", not_found):
        app.confirm_forgot_password(ClientId=pool.client_id, Username=name, ConfirmationCode="123456", Password=PASSWORD)
    with refused("UserNotFoundException", not_found):
        app.confirm_sign_up(ClientId=pool.client_id, Username=name, ConfirmationCode="123456")
    with refused("UserNotFoundException", not_found):
        app.resend_confirmation_code(ClientId=pool.client_id, Username=name)


def test_sign_in_of_nobody(discreet):
    with refused("NotAuthorizedException", "Incorrect username or password."):
        discreet.initiate(unique("nobody"))


def test_srp_of_nobody_looks_like_srp_of_somebody(discreet):
    known, unknown = discreet.confirmed(), unique("nobody")
    real, fake, again = srp(discreet, known), srp(discreet, unknown), srp(discreet, unknown)
    for answer in (real, fake):
        assert answer["ChallengeName"] == "PASSWORD_VERIFIER"
    assert set(real["ChallengeParameters"]) == set(fake["ChallengeParameters"])
    # The same name always gets the same salt, as a real one would.
    assert fake["ChallengeParameters"]["SALT"] == again["ChallengeParameters"]["SALT"]
    assert fake["ChallengeParameters"]["SRP_B"] != again["ChallengeParameters"]["SRP_B"]
    assert fake["ChallengeParameters"]["SALT"] != srp(discreet, unique("other"))["ChallengeParameters"]["SALT"]
    for name in ("SECRET_BLOCK", "SRP_B", "SALT"):
        assert abs(len(real["ChallengeParameters"][name]) - len(fake["ChallengeParameters"][name])) <= 64, name
    for username, challenge in ((known, real), (unknown, fake)):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            answer_srp(discreet, username, challenge)


def test_recovery_of_nobody_is_pretended(discreet, app, mailbox):
    name = unique("nobody")
    before = len(mailbox.messages())
    details = app.forgot_password(ClientId=discreet.client_id, Username=name)["CodeDeliveryDetails"]
    assert set(details) == {"Destination", "DeliveryMedium", "AttributeName"}
    again = app.forgot_password(ClientId=discreet.client_id, Username=name)["CodeDeliveryDetails"]
    assert details == again
    with refused("CodeMismatchException"):
        app.confirm_forgot_password(ClientId=discreet.client_id, Username=name, ConfirmationCode="123456",
                                    Password="New-Horse-10")
    assert len(mailbox.messages()) == before


def test_a_code_that_nobody_asked_for_has_expired(discreet, app):
    """As AWS's guide has it ("Managing user existence error responses"), and the same for a user and for nobody."""
    user, nobody = discreet.confirmed(email=unique("a") + "@example.com", email_verified="true"), unique("nobody")
    for asked, code in ((False, "ExpiredCodeException"), (True, "CodeMismatchException")):
        for name in (nobody, user):
            if asked:
                app.forgot_password(ClientId=discreet.client_id, Username=name)
            with refused(code):
                app.confirm_forgot_password(ClientId=discreet.client_id, Username=name, ConfirmationCode="123456",
                                            Password="New-Horse-10")


def test_a_code_sent_again_to_nobody_is_pretended(discreet, app):
    details = app.resend_confirmation_code(ClientId=discreet.client_id, Username=unique("nobody"))
    assert set(details["CodeDeliveryDetails"]) == {"Destination", "DeliveryMedium", "AttributeName"}


def test_confirming_nobody(discreet, app):
    with pytest.raises(app.exceptions.ClientError) as caught:
        app.confirm_sign_up(ClientId=discreet.client_id, Username=unique("nobody"), ConfirmationCode="123456")
    assert caught.value.response["Error"]["Code"] in ("CodeMismatchException", "ExpiredCodeException")


def test_a_disabled_user_is_like_nobody(discreet, pool, app):
    username = discreet.confirmed()
    discreet.idp.admin_disable_user(UserPoolId=discreet.id, Username=username)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        discreet.initiate(username, "Wrong-Horse-9")
    # Who knows the password may be told more than a stranger; but never get in.
    with refused("NotAuthorizedException"):
        discreet.initiate(username)
    details = app.forgot_password(ClientId=discreet.client_id, Username=username)["CodeDeliveryDetails"]
    assert set(details) == {"Destination", "DeliveryMedium", "AttributeName"}
    # A client that did not ask for it is told.
    legacy = pool.confirmed()
    pool.idp.admin_disable_user(UserPoolId=pool.id, Username=legacy)
    with refused("NotAuthorizedException", "User is disabled."):
        pool.initiate(legacy)


def test_sign_up_reveals_a_username_all_the_same(discreet):
    username = discreet.confirmed()
    with refused("UsernameExistsException", "User already exists"):
        discreet.sign_up(username)


def test_an_unconfirmed_user_is_told_only_after_the_right_password(discreet):
    username, _ = discreet.sign_up(email=unique("a") + "@example.com")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        discreet.initiate(username, "Wrong-Horse-9")
    with pytest.raises(discreet.idp.exceptions.ClientError) as caught:
        discreet.initiate(username, PASSWORD)
    assert caught.value.response["Error"]["Code"] in ("UserNotConfirmedException", "NotAuthorizedException")


def test_others_who_claim_an_address_do_not_show_who_else_does(new_pool, app, mailbox):
    codes = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
    pool = new_pool(codes, {"ExplicitAuthFlows": [*ALL_FLOWS, "ALLOW_USER_AUTH"], "PreventUserExistenceErrors": "ENABLED"})
    email = unique("ann") + "@example.com"
    owner = pool.confirmed(email=email, email_verified="true")
    # However they write it.
    claimants = [pool.confirmed(email=email.title() if number % 2 else email) for number in range(15)]

    def ask(name):
        return app.initiate_auth(AuthFlow="USER_AUTH", ClientId=pool.client_id,
                                 AuthParameters={"USERNAME": name, "PREFERRED_CHALLENGE": "EMAIL_OTP"})

    def answer(name, asked, code):
        app.respond_to_auth_challenge(ClientId=pool.client_id, ChallengeName="EMAIL_OTP", Session=asked["Session"],
                                      ChallengeResponses={"USERNAME": name, "EMAIL_OTP_CODE": code})

    # Each name is asked as often as a name that is nobody's; together they get what one gets.
    for name in (claimants[0], claimants[1], unique("nobody")):
        for _ in range(15):
            assert ask(name)["ChallengeName"] == "EMAIL_OTP"
        with refused("TooManyRequestsException"):
            ask(name)
    assert len(mailbox.wait(email, 15)) == 15
    # Nor can they use the owner's messages up, nor the owner's answers: 60 an hour for all who only claim the address.
    for name in claimants[2:]:
        for _ in range(5):
            asked = ask(name)
            with refused("CodeMismatchException"):
                answer(name, asked, "00000000")
    asked = ask(owner)
    answer(owner, asked, mailbox.code(email, 16))
    assert len(mailbox.messages(email)) == 16 and not mailbox.messages(email.title())
