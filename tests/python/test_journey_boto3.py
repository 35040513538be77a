"""The whole journey of one user with boto3: from sign-up to signing out everywhere."""

import re

import pytest

from harness import tokens
from harness.aws import as_dict, attributes, refused
from harness.pools import PASSWORD, unique

UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@pytest.fixture
def ada(pool, mail):
    """A user who signed up and confirmed the code that came by mail."""
    email = unique("ada") + "@example.com"
    username, _ = pool.sign_up(email=email, name="Ada")
    pool.idp.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=mail.code(email))
    return username, email


def test_sign_up_and_confirm_by_mail(pool, mail, app):
    email = unique("ada") + "@example.com"
    username, answer = pool.sign_up(email=email)
    assert answer["UserConfirmed"] is False
    assert UUID.match(answer["UserSub"])
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    with refused("UserNotConfirmedException", "User is not confirmed."):
        pool.initiate(username)
    assert pool.admin_get(username)["UserStatus"] == "UNCONFIRMED"

    code = mail.code(email)
    assert re.fullmatch(r"\d{6}", code)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
        app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=wrong)
    app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)

    user = pool.admin_get(username)
    assert user["UserStatus"] == "CONFIRMED" and user["Enabled"] is True
    assert as_dict(user["UserAttributes"]) == {"sub": answer["UserSub"], "email": email, "email_verified": "true"}
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)
    with refused("InvalidParameterException", "User is already confirmed."):
        app.resend_confirmation_code(ClientId=pool.client_id, Username=username)


def test_resent_code_replaces_the_first(pool, mail, app):
    email = unique("ada") + "@example.com"
    username, _ = pool.sign_up(email=email)
    first = mail.code(email)
    answer = app.resend_confirmation_code(ClientId=pool.client_id, Username=username)
    assert answer["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    second = mail.code(email, count=2)
    if first != second:
        with refused("CodeMismatchException"):
            app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=first)
    app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=second)


def test_a_taken_username_is_refused(pool, ada):
    with refused("UsernameExistsException", "User already exists"):
        pool.sign_up(ada[0])


def test_sign_in_with_a_password(pool, ada):
    username, _ = ada
    result = pool.sign_in(username)
    assert result["ExpiresIn"] == 3600
    assert result["TokenType"] == "Bearer"
    assert {"AccessToken", "IdToken", "RefreshToken"} <= set(result)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.initiate(username, "Wrong-Horse-9")


def test_sign_in_by_an_administrator(pool, ada, idp):
    username, _ = ada
    answer = idp.admin_initiate_auth(UserPoolId=pool.id, ClientId=pool.client_id, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                                     AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD})
    assert tokens.payload(answer["AuthenticationResult"]["AccessToken"])["username"] == username
    old = pool.add_client(ExplicitAuthFlows=["ADMIN_NO_SRP_AUTH"])
    answer = idp.admin_initiate_auth(UserPoolId=pool.id, ClientId=old["ClientId"], AuthFlow="ADMIN_NO_SRP_AUTH",
                                     AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD})
    assert tokens.payload(answer["AuthenticationResult"]["AccessToken"])["client_id"] == old["ClientId"]


def test_refresh_both_ways(pool, ada, app):
    username, _ = ada
    first = pool.sign_in(username)
    for result in (pool.refresh(first["RefreshToken"]), pool.rotate(first["RefreshToken"])):
        # The old one stays: without rotation no new refresh token is given.
        assert "RefreshToken" not in result
        assert result["ExpiresIn"] == 3600 and result["TokenType"] == "Bearer"
        before, after = tokens.payload(first["AccessToken"]), tokens.payload(result["AccessToken"])
        assert (after["sub"], after["origin_jti"], after["auth_time"]) == (
            before["sub"], before["origin_jti"], before["auth_time"])
        assert after["jti"] != before["jti"]
        assert app.get_user(AccessToken=result["AccessToken"])["Username"] == username


def test_edit_the_profile(pool, ada, app):
    username, email = ada
    access = pool.sign_in(username)["AccessToken"]
    app.update_user_attributes(AccessToken=access, UserAttributes=attributes({"name": "Ada L.", "nickname": "al"}))
    user = app.get_user(AccessToken=access)
    assert user["Username"] == username
    seen = as_dict(user["UserAttributes"])
    assert (seen["name"], seen["nickname"], seen["email"], seen["email_verified"]) == ("Ada L.", "al", email, "true")
    app.delete_user_attributes(AccessToken=access, UserAttributeNames=["nickname"])
    assert "nickname" not in as_dict(app.get_user(AccessToken=access)["UserAttributes"])
    assert tokens.payload(pool.sign_in(username)["IdToken"])["name"] == "Ada L."


def test_a_changed_email_is_verified_again(pool, ada, app, mail):
    username, _ = ada
    access = pool.sign_in(username)["AccessToken"]
    email = unique("lovelace") + "@example.org"
    answer = app.update_user_attributes(AccessToken=access, UserAttributes=attributes({"email": email}))
    assert answer["CodeDeliveryDetailsList"] == [
        {"Destination": "l***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}]
    assert as_dict(app.get_user(AccessToken=access)["UserAttributes"])["email_verified"] == "false"
    first = mail.code(email)
    again = app.get_user_attribute_verification_code(AccessToken=access, AttributeName="email")
    assert again["CodeDeliveryDetails"]["AttributeName"] == "email"
    second = mail.code(email, count=2)
    if first != second:
        with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
            app.verify_user_attribute(AccessToken=access, AttributeName="email", Code=first)
    app.verify_user_attribute(AccessToken=access, AttributeName="email", Code=second)
    seen = as_dict(app.get_user(AccessToken=access)["UserAttributes"])
    assert (seen["email"], seen["email_verified"]) == (email, "true")
    with refused("ExpiredCodeException", part="Invalid code provided, please request a code again."):
        app.verify_user_attribute(AccessToken=access, AttributeName="email", Code=second)


def test_change_the_password(pool, ada, app):
    username, _ = ada
    access = pool.sign_in(username)["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.change_password(AccessToken=access, PreviousPassword="Wrong-Horse-9", ProposedPassword="New-Horse-10")
    with refused("InvalidPasswordException", part="Password not long enough"):
        app.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword="Sh0rt-x")
    app.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword="New-Horse-10")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.initiate(username)
    pool.sign_in(username, "New-Horse-10")


def test_recover_the_password(pool, ada, app, mail):
    username, email = ada
    answer = app.forgot_password(ClientId=pool.client_id, Username=username)
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = mail.code(email, count=2)
    confirm = {"ClientId": pool.client_id, "Username": username, "Password": "New-Horse-10"}
    with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
        app.confirm_forgot_password(**confirm, ConfirmationCode=f"{(int(code) + 1) % 1_000_000:06}")
    with refused("InvalidPasswordException"):
        app.confirm_forgot_password(**{**confirm, "Password": "nouppercase-1"}, ConfirmationCode=code)
    app.confirm_forgot_password(**confirm, ConfirmationCode=code)
    pool.sign_in(username, "New-Horse-10")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.initiate(username)
    with refused("ExpiredCodeException", part="Invalid code provided, please request a code again."):
        app.confirm_forgot_password(**confirm, ConfirmationCode=code)


def test_sign_out_everywhere(pool, ada, app):
    username, _ = ada
    phone, laptop = pool.sign_in(username), pool.sign_in(username)
    app.global_sign_out(AccessToken=phone["AccessToken"])
    for result in (phone, laptop):
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            app.get_user(AccessToken=result["AccessToken"])
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            pool.refresh(result["RefreshToken"])
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            pool.rotate(result["RefreshToken"])
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.global_sign_out(AccessToken=laptop["AccessToken"])
    app.get_user(AccessToken=pool.sign_in(username)["AccessToken"])


def test_signed_out_everywhere_by_an_administrator(pool, ada, idp, app):
    username, _ = ada
    result = pool.sign_in(username)
    idp.admin_user_global_sign_out(UserPoolId=pool.id, Username=username)
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.get_user(AccessToken=result["AccessToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        pool.refresh(result["RefreshToken"])


def test_revoke_one_sign_in(pool, ada, app):
    username, _ = ada
    phone, laptop = pool.sign_in(username), pool.sign_in(username)
    renewed = pool.refresh(phone["RefreshToken"])
    app.revoke_token(Token=phone["RefreshToken"], ClientId=pool.client_id)
    for access in (phone["AccessToken"], renewed["AccessToken"]):
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            app.get_user(AccessToken=access)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        pool.refresh(phone["RefreshToken"])
    app.get_user(AccessToken=laptop["AccessToken"])
    pool.refresh(laptop["RefreshToken"])
    # "If the token is already revoked, the request succeeds."
    app.revoke_token(Token=phone["RefreshToken"], ClientId=pool.client_id)


def test_delete_oneself(pool, ada, app):
    username, _ = ada
    result = pool.sign_in(username)
    app.delete_user(AccessToken=result["AccessToken"])
    with refused("UserNotFoundException", "User does not exist."):
        pool.admin_get(username)
    with refused("UserNotFoundException", "User does not exist."):
        pool.initiate(username)
    with refused("NotAuthorizedException"):
        pool.refresh(result["RefreshToken"])
