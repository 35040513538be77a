"""Users made by administrators: invitations, temporary passwords, NEW_PASSWORD_REQUIRED, states."""

import json
import re

import pytest

from harness.aws import as_dict, attributes, refused
from harness.pools import PASSWORD, unique

TEMPORARY = "Temp-Horse-1"
FRESH = "Fresh-Horse-2"


@pytest.fixture
def invited(pool):
    username = unique("user")
    answer = pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword=TEMPORARY,
                                        MessageAction="SUPPRESS", UserAttributes=attributes({"name": "Ada"}))["User"]
    assert (answer["UserStatus"], answer["Enabled"], answer["Username"]) == ("FORCE_CHANGE_PASSWORD", True, username)
    return username


def challenge(pool, username, password=TEMPORARY):
    answer = pool.initiate(username, password)
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED" and "AuthenticationResult" not in answer
    return answer


def answer(pool, username, session, password=FRESH, client_id=None, **responses):
    return pool.idp.respond_to_auth_challenge(
        ClientId=client_id or pool.client_id, ChallengeName="NEW_PASSWORD_REQUIRED", Session=session,
        ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": password, **responses})


def test_a_temporary_password_must_be_changed(pool, invited):
    asked = challenge(pool, invited)
    parameters = asked["ChallengeParameters"]
    assert json.loads(parameters["userAttributes"])["name"] == "Ada"
    assert json.loads(parameters["requiredAttributes"]) == []
    with refused("InvalidPasswordException"):
        answer(pool, invited, asked["Session"], "weak-one")
    # A refused new password does not use the Session up.
    result = answer(pool, invited, asked["Session"], **{"userAttributes.name": "Ada L."})["AuthenticationResult"]
    assert result["AccessToken"]
    user = pool.admin_get(invited)
    assert user["UserStatus"] == "CONFIRMED" and as_dict(user["UserAttributes"])["name"] == "Ada L."
    pool.sign_in(invited, FRESH)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.initiate(invited, TEMPORARY)


def test_a_session_is_used_once(pool, invited):
    session = challenge(pool, invited)["Session"]
    answer(pool, invited, session)
    with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
        answer(pool, invited, session, "Third-Horse-3")
    pool.sign_in(invited, FRESH)


def test_a_session_is_one_users_and_one_clients(pool, invited):
    session = challenge(pool, invited)["Session"]
    other = pool.confirmed()
    with refused("NotAuthorizedException"):
        answer(pool, other, session)
    with refused("NotAuthorizedException"):
        answer(pool, invited, session, client_id=pool.add_client()["ClientId"])
    pool.sign_in(other)
    answer(pool, invited, session)


def test_a_session_offers_one_challenge(pool, invited):
    session = challenge(pool, invited)["Session"]
    for name, responses in (("SMS_MFA", {"SMS_MFA_CODE": "123456"}),
                            ("SOFTWARE_TOKEN_MFA", {"SOFTWARE_TOKEN_MFA_CODE": "123456"}),
                            ("SELECT_MFA_TYPE", {"ANSWER": "SMS_MFA"}), ("CUSTOM_CHALLENGE", {"ANSWER": "x"})):
        with pytest.raises(pool.idp.exceptions.ClientError) as caught:
            pool.idp.respond_to_auth_challenge(ClientId=pool.client_id, ChallengeName=name, Session=session,
                                               ChallengeResponses={"USERNAME": invited, **responses})
        assert caught.value.response["Error"]["Code"] in ("NotAuthorizedException", "InvalidParameterException",
                                                          "CodeMismatchException")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert pool.admin_get(invited)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_without_a_session_no_new_password(pool, invited):
    with pytest.raises(pool.idp.exceptions.ClientError) as caught:
        pool.idp.respond_to_auth_challenge(ClientId=pool.client_id, ChallengeName="NEW_PASSWORD_REQUIRED",
                                           ChallengeResponses={"USERNAME": invited, "NEW_PASSWORD": FRESH})
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "NotAuthorizedException")
    assert pool.admin_get(invited)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_required_attributes_are_asked_for(new_pool):
    pool = new_pool({"Schema": [{"Name": "name", "Required": True, "Mutable": True}]})
    username = unique("user")
    pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword=TEMPORARY,
                               MessageAction="SUPPRESS")
    asked = challenge(pool, username)
    assert json.loads(asked["ChallengeParameters"]["requiredAttributes"]) == ["userAttributes.name"]
    with refused("InvalidParameterException", "Invalid attributes given, name is missing"):
        answer(pool, username, asked["Session"])
    answer(pool, username, asked["Session"], **{"userAttributes.name": "Ada"})
    assert as_dict(pool.admin_get(username)["UserAttributes"])["name"] == "Ada"


def test_what_is_required_and_there_is_not_for_change(new_pool):
    pool = new_pool({"Schema": [{"Name": "email", "Required": True, "Mutable": True}]})
    username = unique("user")
    pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword=TEMPORARY,
                               MessageAction="SUPPRESS", UserAttributes=attributes({"email": "a@example.com"}))
    session = challenge(pool, username)["Session"]
    for email in ("a@example.com", "b@example.com"):
        with refused("NotAuthorizedException", "Cannot modify an already provided email"):
            answer(pool, username, session, **{"userAttributes.email": email})
    with refused("InvalidParameterException", "Cannot modify the non-mutable attribute email_verified"):
        answer(pool, username, session, **{"userAttributes.email_verified": "true"})
    answer(pool, username, session, **{"userAttributes.name": "Ada"})
    seen = as_dict(pool.admin_get(username)["UserAttributes"])
    assert (seen["email"], seen["name"]) == ("a@example.com", "Ada") and "email_verified" not in seen


def test_a_temporary_password_follows_the_policy(pool):
    with refused("InvalidPasswordException",
                 "Password did not conform with password policy: Password must have uppercase characters"):
        pool.idp.admin_create_user(UserPoolId=pool.id, Username=unique("user"), TemporaryPassword="temp-horse-1")


def temporary_password(message):
    """What the default invitation says: "Your username is … and temporary password is …"."""
    return re.search(r"password is (\S+)\s*$", message["body"]).group(1)


def test_an_invitation_by_mail(pool, mailbox, idp):
    username, email = unique("user"), unique("ada") + "@example.com"
    idp.admin_create_user(UserPoolId=pool.id, Username=username, DesiredDeliveryMediums=["EMAIL"],
                          UserAttributes=attributes({"email": email, "email_verified": "true"}))
    [message] = mailbox.wait(email)
    assert username in message["body"]
    asked = challenge(pool, username, temporary_password(message))
    with refused("UsernameExistsException"):
        idp.admin_create_user(UserPoolId=pool.id, Username=username)
    idp.admin_create_user(UserPoolId=pool.id, Username=username, MessageAction="RESEND",
                          DesiredDeliveryMediums=["EMAIL"])
    second = temporary_password(mailbox.wait(email, count=2)[-1])
    answer(pool, username, challenge(pool, username, second)["Session"])
    assert asked["Session"]
    with pytest.raises(idp.exceptions.ClientError) as caught:
        idp.admin_create_user(UserPoolId=pool.id, Username=username, MessageAction="RESEND")
    assert caught.value.response["Error"]["Code"] == "UnsupportedUserStateException"
    with refused("UserNotFoundException"):
        idp.admin_create_user(UserPoolId=pool.id, Username=unique("nobody"), MessageAction="RESEND")


def test_admin_set_user_password(pool, idp, invited):
    idp.admin_set_user_password(UserPoolId=pool.id, Username=invited, Password="Other-Horse-4", Permanent=False)
    challenge(pool, invited, "Other-Horse-4")
    idp.admin_set_user_password(UserPoolId=pool.id, Username=invited, Password=PASSWORD, Permanent=True)
    assert pool.admin_get(invited)["UserStatus"] == "CONFIRMED"
    pool.sign_in(invited)
    with refused("InvalidPasswordException", part="Password not long enough"):
        idp.admin_set_user_password(UserPoolId=pool.id, Username=invited, Password="Sh0rt-x", Permanent=True)


def test_a_password_reset_by_an_administrator(pool, idp, app, mailbox):
    email = unique("ada") + "@example.com"
    username = pool.confirmed(email=email, email_verified="true")
    idp.admin_reset_user_password(UserPoolId=pool.id, Username=username)
    assert pool.admin_get(username)["UserStatus"] == "RESET_REQUIRED"
    with refused("PasswordResetRequiredException", part="Password reset required for the user"):
        pool.initiate(username)
    app.confirm_forgot_password(ClientId=pool.client_id, Username=username, Password=FRESH,
                                ConfirmationCode=mailbox.code(email))
    assert pool.admin_get(username)["UserStatus"] == "CONFIRMED"
    pool.sign_in(username, FRESH)


def test_an_administrator_confirms_a_sign_up(pool, idp):
    username, _ = pool.sign_up(email=unique("ada") + "@example.com")
    idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=username)
    user = pool.admin_get(username)
    # Confirmed, but nobody has proven that the address is theirs.
    assert user["UserStatus"] == "CONFIRMED"
    assert as_dict(user["UserAttributes"]).get("email_verified", "false") == "false"
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=username)
    pool.sign_in(username)


def test_disabling_a_user_revokes_for_good(pool, idp, app):
    username = pool.confirmed()
    result = pool.sign_in(username)
    idp.admin_disable_user(UserPoolId=pool.id, Username=username)
    with refused("NotAuthorizedException"):
        app.get_user(AccessToken=result["AccessToken"])
    with refused("NotAuthorizedException"):
        pool.refresh(result["RefreshToken"])
    idp.admin_enable_user(UserPoolId=pool.id, Username=username)
    with refused("NotAuthorizedException"):
        pool.refresh(result["RefreshToken"])
    pool.sign_in(username)


def test_sign_up_where_only_administrators_create_users(new_pool):
    pool = new_pool({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}})
    with refused("NotAuthorizedException", part="SignUp is not permitted for this user pool"):
        pool.sign_up()


def test_administrator_edits_attributes(pool, idp):
    username = pool.confirmed(name="Ada", nickname="al")
    idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username, UserAttributes=attributes({"name": "A"}))
    idp.admin_delete_user_attributes(UserPoolId=pool.id, Username=username, UserAttributeNames=["nickname"])
    seen = as_dict(pool.admin_get(username)["UserAttributes"])
    assert seen["name"] == "A" and "nickname" not in seen
    with refused("InvalidParameterException", "user.custom:a: Attribute does not exist in the schema.\n"):
        idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username,
                                         UserAttributes=attributes({"custom:a": "b"}))
    with refused("InvalidParameterException", "Cannot modify the non-mutable attribute sub"):
        idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username, UserAttributes=attributes({"sub": "b"}))
    for call in (lambda: pool.admin_get("nobody"),
                 lambda: idp.admin_delete_user(UserPoolId=pool.id, Username="nobody"),
                 lambda: idp.admin_disable_user(UserPoolId=pool.id, Username="nobody"),
                 lambda: idp.admin_enable_user(UserPoolId=pool.id, Username="nobody"),
                 lambda: idp.admin_user_global_sign_out(UserPoolId=pool.id, Username="nobody")):
        with refused("UserNotFoundException", "User does not exist."):
            call()


@pytest.mark.parametrize("password,part", [
    ("Sh0rt-x", "Password not long enough"), ("nouppercase-1", "uppercase"), ("NOLOWERCASE-1", "lowercase"),
    ("NoNumber-here", "numeric"), ("NoSymbol1here", "symbol")])
def test_the_password_policy(pool, password, part):
    with refused("InvalidPasswordException", part=part) as caught:
        pool.sign_up(password=password)
    assert password not in str(caught.value)


def test_spaces_inside_a_password(pool):
    username = pool.confirmed(password="Correct Horse 9")
    pool.sign_in(username, "Correct Horse 9")
