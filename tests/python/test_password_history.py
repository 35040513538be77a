"""PasswordHistorySize: which passwords may not come back, and at which operations."""

import pytest

from harness.aws import refused
from harness.pools import PASSWORD, unique

USED = "PasswordHistoryPolicyViolationException"
SIZE = 3


def password(number):
    return f"Numbered-Horse-{number}"


@pytest.fixture
def remembering(new_pool):
    return new_pool({"AutoVerifiedAttributes": ["email"], "Policies": {"PasswordPolicy": {
        "MinimumLength": 8, "PasswordHistorySize": SIZE}}})


@pytest.fixture
def ann(remembering):
    """A user whose password is number 1."""
    username = unique("ann")
    return remembering.confirmed(username, password(1), email=f"{username}@example.com", email_verified="true")


def change(pool, app, username, old, new):
    app.change_password(AccessToken=pool.sign_in(username, old)["AccessToken"], PreviousPassword=old,
                        ProposedPassword=new)


def test_describe_tells_the_size(remembering, idp, pool):
    policy = idp.describe_user_pool(UserPoolId=remembering.id)["UserPool"]["Policies"]["PasswordPolicy"]
    assert policy["PasswordHistorySize"] == SIZE
    assert "PasswordHistorySize" not in pool.description["Policies"]["PasswordPolicy"]


def test_change_password(remembering, app, idp, ann):
    change(remembering, app, ann, password(1), password(2))
    idp.admin_set_user_password(UserPoolId=remembering.id, Username=ann, Password=password(3), Permanent=True)
    for number in (1, 2, 3):
        with refused(USED):
            change(remembering, app, ann, password(3), password(number))
    # What was refused was not set, nor did it push anything out; after three others the first is free again.
    change(remembering, app, ann, password(3), password(4))
    idp.admin_set_user_password(UserPoolId=remembering.id, Username=ann, Password=password(1), Permanent=True)
    remembering.sign_in(ann, password(1))


def test_only_who_knows_the_password_learns_of_old_ones(remembering, app, ann):
    access = remembering.sign_in(ann, password(1))["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword=password(1))


def test_confirm_forgot_password(remembering, app, mailbox, ann):
    email = f"{ann}@example.com"
    change(remembering, app, ann, password(1), password(2))
    app.forgot_password(ClientId=remembering.client_id, Username=ann)
    code = mailbox.code(email)

    def confirm(new, with_code=code):
        app.confirm_forgot_password(ClientId=remembering.client_id, Username=ann, ConfirmationCode=with_code,
                                    Password=new)

    # Without the code nobody learns of old passwords; what the history refuses leaves the code good.
    with refused("CodeMismatchException"):
        confirm(password(1), "000000" if code != "000000" else "000001")
    for number in (1, 2):
        with refused(USED):
            confirm(password(number))
    confirm(password(3))
    remembering.sign_in(ann, password(3))


def test_administrators_are_bound_as_well(remembering, idp, ann):
    def set_password(new, permanent):
        idp.admin_set_user_password(UserPoolId=remembering.id, Username=ann, Password=new, Permanent=permanent)

    for permanent in (True, False):
        with refused(USED):
            set_password(password(1), permanent)
    set_password(password(2), True)
    set_password(password(3), False)
    with refused(USED):
        set_password(password(1), True)


def test_the_password_that_replaces_a_temporary_one(remembering, app, idp, ann):
    idp.admin_set_user_password(UserPoolId=remembering.id, Username=ann, Password=password(2), Permanent=False)
    asked = remembering.initiate(ann, password(2))
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    def answer(new):
        return app.respond_to_auth_challenge(
            ClientId=remembering.client_id, ChallengeName="NEW_PASSWORD_REQUIRED", Session=asked["Session"],
            ChallengeResponses={"USERNAME": ann, "NEW_PASSWORD": new})

    for number in (1, 2):
        with refused(USED):
            answer(password(number))
    assert answer(password(3))["AuthenticationResult"]


def test_without_a_history_every_password_may_come_back(pool, app):
    username = pool.confirmed(password=password(1))
    change(pool, app, username, password(1), password(1))
    change(pool, app, username, password(1), password(2))
    change(pool, app, username, password(2), password(1))


def test_the_tier(new_pool):
    with refused("FeatureUnavailableInTierException"):
        new_pool({"UserPoolTier": "LITE", "Policies": {"PasswordPolicy": {
            "MinimumLength": 8, "PasswordHistorySize": 1}}})
