"""Who may recover a password, by which channel, and how often."""

import pytest

from harness.aws import refused
from harness.pools import PASSWORD, unique


def test_without_a_verified_address_there_is_no_recovery(pool, app):
    for attributes in ({}, {"email": unique("a") + "@example.com"}):
        username = pool.confirmed(**attributes)
        with refused("InvalidParameterException",
                     part="Cannot reset password for the user as there is no registered/verified email or phone_number"):
            app.forgot_password(ClientId=pool.client_id, Username=username)


def test_an_invited_user_cannot_recover_what_was_never_set(pool, app):
    username = unique("user")
    pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, MessageAction="SUPPRESS", UserAttributes=[
        {"Name": "email", "Value": "a@example.com"}, {"Name": "email_verified", "Value": "true"}])
    with refused("NotAuthorizedException", part="User password cannot be reset in the current state."):
        app.forgot_password(ClientId=pool.client_id, Username=username)


def test_only_administrators_recover_where_the_pool_says_so(new_pool, app, mailbox):
    pool = new_pool({"AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]}})
    email = unique("ada") + "@example.com"
    username = pool.confirmed(email=email, email_verified="true")
    with pytest.raises(app.exceptions.ClientError) as caught:
        app.forgot_password(ClientId=pool.client_id, Username=username)
    assert caught.value.response["Error"]["Code"] in ("NotAuthorizedException", "InvalidParameterException")
    assert mailbox.messages(email) == []


def test_recovery_verifies_nothing_but_resets_everything(pool, app, mailbox):
    email = unique("ada") + "@example.com"
    username = pool.confirmed(email=email, email_verified="true")
    before = pool.sign_in(username)
    app.forgot_password(ClientId=pool.client_id, Username=username)
    # The old password works until the new one is set: anybody can ask for a code.
    pool.sign_in(username)
    app.confirm_forgot_password(ClientId=pool.client_id, Username=username, ConfirmationCode=mailbox.code(email),
                                Password="Fresh-Horse-2")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.initiate(username, PASSWORD)
    assert before["AccessToken"] != pool.sign_in(username, "Fresh-Horse-2")["AccessToken"]


def test_recovery_is_limited(pool, app, mailbox):
    email = unique("ada") + "@example.com"
    username = pool.confirmed(email=email, email_verified="true")
    sent = 0
    with refused("LimitExceededException", part="Attempt limit exceeded, please try after some time."):
        for _ in range(25):
            app.forgot_password(ClientId=pool.client_id, Username=username)
            sent += 1
    # 5 to 20 an hour by the quotas page.
    assert 5 <= sent <= 20
    assert len(mailbox.wait(email, count=sent)) == sent


def test_changing_the_password_is_limited(pool, app):
    username = pool.confirmed()
    access = pool.sign_in(username)["AccessToken"]
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            app.change_password(AccessToken=access, PreviousPassword="Wrong-Horse-9", ProposedPassword="Fresh-Horse-2")
    with refused("LimitExceededException"):
        app.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword="Fresh-Horse-2")
