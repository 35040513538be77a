"""Usernames, UsernameAttributes and AliasAttributes: who may be called what, and who signs in with it."""

import re

import pytest

from harness.aws import as_dict, attributes, refused
from harness.pools import PASSWORD, unique

UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def address():
    return unique("ada") + "@example.com"


@pytest.fixture
def by_email(new_pool):
    return new_pool({"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]})


@pytest.fixture
def with_alias(new_pool):
    return new_pool({"AliasAttributes": ["email", "preferred_username"], "AutoVerifiedAttributes": ["email"]})


def test_an_email_as_the_username(by_email, app, mailbox):
    email = address()
    answer = app.sign_up(ClientId=by_email.client_id, Username=email, Password=PASSWORD)
    assert UUID.match(answer["UserSub"])
    assert answer["CodeDeliveryDetails"]["AttributeName"] == "email"
    app.confirm_sign_up(ClientId=by_email.client_id, Username=email, ConfirmationCode=mailbox.code(email))
    user = by_email.admin_get(email)
    # The real username is the sub.
    assert user["Username"] == answer["UserSub"]
    assert as_dict(user["UserAttributes"])["email"] == email
    for name in (email, answer["UserSub"]):
        assert app.get_user(AccessToken=by_email.sign_in(name)["AccessToken"])["Username"] == answer["UserSub"]
    listed = by_email.idp.list_users(UserPoolId=by_email.id, Filter=f'username = "{answer["UserSub"]}"')["Users"]
    assert len(listed) == 1
    assert by_email.idp.list_users(UserPoolId=by_email.id, Filter=f'username = "{email}"')["Users"] == []


def test_one_email_is_one_user_from_sign_up_on(by_email, app):
    email = address()
    app.sign_up(ClientId=by_email.client_id, Username=email, Password=PASSWORD)
    with refused("UsernameExistsException"):
        app.sign_up(ClientId=by_email.client_id, Username=email, Password=PASSWORD)
    with refused("UsernameExistsException"):
        by_email.idp.admin_create_user(UserPoolId=by_email.id, Username=email, MessageAction="SUPPRESS")
    other = by_email.idp.admin_create_user(UserPoolId=by_email.id, Username=address(), MessageAction="SUPPRESS")
    with pytest.raises(app.exceptions.ClientError) as caught:
        by_email.idp.admin_update_user_attributes(UserPoolId=by_email.id, Username=other["User"]["Username"],
                                                  UserAttributes=attributes({"email": email}))
    assert caught.value.response["Error"]["Code"] in ("AliasExistsException", "UsernameExistsException")


@pytest.mark.parametrize("allowed,username,message", [
    (["email"], "ada", "Username should be an email."),
    (["email"], "+15550001111", "Username should be an email."),
    (["phone_number"], "ada", "Username should be a phone number."),
    (["email", "phone_number"], "ada", "Username should be either an email or a phone number."),
])
def test_a_username_of_the_wrong_kind(new_pool, app, allowed, username, message):
    pool = new_pool({"UsernameAttributes": allowed})
    with refused("InvalidParameterException", part=message.rstrip(".")):
        app.sign_up(ClientId=pool.client_id, Username=username, Password=PASSWORD)


def test_an_alias_works_once_it_is_verified(with_alias, app, mailbox):
    email = address()
    username, _ = with_alias.sign_up(email=email)
    with refused("UserNotFoundException"):
        with_alias.initiate(email)
    app.confirm_sign_up(ClientId=with_alias.client_id, Username=username, ConfirmationCode=mailbox.code(email))
    for name in (username, email):
        result = with_alias.sign_in(name)
        assert app.get_user(AccessToken=result["AccessToken"])["Username"] == username
    app.update_user_attributes(AccessToken=result["AccessToken"],
                               UserAttributes=attributes({"preferred_username": username + "-nick"}))
    with_alias.sign_in(username + "-nick")


def test_a_taken_alias_shows_at_confirmation_not_at_sign_up(with_alias, app, mailbox):
    email = address()
    first, _ = with_alias.sign_up(email=email)
    app.confirm_sign_up(ClientId=with_alias.client_id, Username=first, ConfirmationCode=mailbox.code(email))
    second, _ = with_alias.sign_up(email=email)
    code = mailbox.code(email, count=2)
    with refused("AliasExistsException", "An account with the email already exists."):
        app.confirm_sign_up(ClientId=with_alias.client_id, Username=second, ConfirmationCode=code)
    assert with_alias.admin_get(second)["UserStatus"] == "UNCONFIRMED"
    app.confirm_sign_up(ClientId=with_alias.client_id, Username=second, ConfirmationCode=code, ForceAliasCreation=True)
    assert as_dict(with_alias.admin_get(first)["UserAttributes"])["email_verified"] == "false"
    assert as_dict(with_alias.admin_get(second)["UserAttributes"])["email_verified"] == "true"
    assert app.get_user(AccessToken=with_alias.sign_in(email)["AccessToken"])["Username"] == second


def test_an_email_shaped_username_is_refused_where_email_is_an_alias(with_alias):
    with refused("InvalidParameterException",
                 part="Username cannot be of email format, since user pool is configured for email alias"):
        with_alias.sign_up(username=address())


def test_preferred_username_only_after_confirmation(with_alias):
    with pytest.raises(with_alias.idp.exceptions.ClientError) as caught:
        with_alias.sign_up(preferred_username="early")
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "NotAuthorizedException")


def test_case_matters_unless_the_pool_says_otherwise(new_pool, app):
    strict, loose = new_pool(), new_pool({"UsernameConfiguration": {"CaseSensitive": False}})
    name = unique("ada")
    strict.confirmed(name)
    with refused("UserNotFoundException"):
        strict.initiate(name.upper())
    strict.confirmed(name.upper())
    loose.confirmed(name)
    assert app.get_user(AccessToken=loose.sign_in(name.upper())["AccessToken"])["Username"] == name
    with refused("UsernameExistsException"):
        loose.sign_up(name.upper())
    described = loose.idp.describe_user_pool(UserPoolId=loose.id)["UserPool"]
    assert described["UsernameConfiguration"] == {"CaseSensitive": False}


def test_everyone_answers_to_their_sub(pool, app):
    username = pool.confirmed()
    sub = as_dict(pool.admin_get(username)["UserAttributes"])["sub"]
    assert pool.admin_get(sub)["Username"] == username


def test_sign_up_and_recovery_know_users_by_their_sub(pool, app, mailbox):
    email = f"{unique('ada')}@example.com"
    username, signed_up = pool.sign_up(email=email)
    sub, client = signed_up["UserSub"], {"ClientId": pool.client_id}
    app.resend_confirmation_code(Username=sub, **client)
    app.confirm_sign_up(Username=sub, ConfirmationCode=mailbox.code(email, 2), **client)
    assert pool.admin_get(username)["UserStatus"] == "CONFIRMED"
    app.forgot_password(Username=sub, **client)
    app.confirm_forgot_password(Username=sub, ConfirmationCode=mailbox.code(email, 3), Password="Fresh-Horse-2", **client)
    pool.sign_in(username, "Fresh-Horse-2")
