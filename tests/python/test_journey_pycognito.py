"""pycognito, unmodified: SRP, verify_token against the published keys, and its administrator calls."""

import pytest
from pycognito import Cognito
from pycognito.exceptions import ForceChangePasswordException, TokenVerificationException

from harness import tokens
from harness.aws import refused
from harness.pools import PASSWORD, secret_hash, unique


@pytest.fixture
def cognito(server, pool, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def make(username=None, url=server.url, client_id=None, **options):
        # pycognito expects the issuer to be <endpoint_url>/<pool id>.
        return Cognito(pool.id, client_id or pool.client_id, user_pool_region="us-east-1", username=username,
                       boto3_client_kwargs={"endpoint_url": url}, **options)

    return make


def test_srp_sign_in_verifies_its_tokens(cognito, pool):
    username = pool.confirmed(email="ada@example.com", email_verified="true")
    user = cognito(username)
    user.authenticate(password=PASSWORD)  # verifies both tokens on the way
    assert user.id_claims["cognito:username"] == username
    assert user.access_claims["client_id"] == pool.client_id
    assert user.verify_token(user.id_token, "id_token", "id")["email"] == "ada@example.com"
    with pytest.raises(TokenVerificationException):
        user.verify_token(user.id_token[:-8] + "AAAAAAAA", "id_token", "id")


def test_srp_with_a_wrong_password(cognito, pool):
    username = pool.confirmed()
    with refused("NotAuthorizedException", "Incorrect username or password."):
        cognito(username).authenticate(password="Wrong-Horse-9")
    cognito(username).authenticate(password=PASSWORD)


def test_srp_with_a_client_secret(cognito, pool):
    client = pool.add_client(GenerateSecret=True)
    username = pool.confirmed()
    user = cognito(username, client_id=client["ClientId"], client_secret=client["ClientSecret"])
    user.authenticate(password=PASSWORD)
    user.renew_access_token()
    assert user.access_claims["username"] == username
    assert secret_hash("a", "b", "c")


def test_srp_many_times(cognito, pool):
    # Odd-length and zero-led numbers turn up once in a while: salts, A, B and S are new in each round.
    for _ in range(20):
        username = pool.confirmed()
        cognito(username).authenticate(password=PASSWORD)


def test_srp_with_a_new_password_required(cognito, pool, idp):
    username = unique("user")
    idp.admin_create_user(UserPoolId=pool.id, Username=username, MessageAction="SUPPRESS", TemporaryPassword="Temp-Horse-1")
    user = cognito(username)
    with pytest.raises(ForceChangePasswordException):
        user.authenticate(password="Temp-Horse-1")
    user.new_password_challenge("Temp-Horse-1", "Fresh-Horse-2")
    again = cognito(username)
    again.authenticate(password="Fresh-Horse-2")
    assert again.access_claims["username"] == username


def test_journey_from_sign_up_to_log_out(cognito, pool, mail):
    username, email = unique("ada"), unique("ada") + "@example.com"
    user = cognito()
    user.set_base_attributes(email=email, name="Ada")
    answer = user.register(username, PASSWORD)
    assert answer["UserConfirmed"] is False
    cognito().confirm_sign_up(mail.code(email), username=username)
    user = cognito(username)
    user.authenticate(password=PASSWORD)
    seen = user.get_user()
    assert (seen.email, seen.name) == (email, "Ada")
    user.update_profile({"name": "Ada L."})
    assert user.get_user()._data["name"] == "Ada L."
    user.change_password(PASSWORD, "Fresh-Horse-2")
    before = tokens.payload(user.access_token)["jti"]
    user.renew_access_token()
    assert tokens.payload(user.access_token)["jti"] != before
    user.initiate_forgot_password()
    user.confirm_forgot_password(mail.code(email, count=2), "Third-Horse-3")
    again = cognito(username)
    again.authenticate(password="Third-Horse-3")
    access = again.access_token
    again.logout()
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        pool.idp.get_user(AccessToken=access)


def test_administrator_calls(cognito, pool):
    username = unique("user")
    admin = cognito(username)
    admin.admin_create_user(username, temporary_password="Temp-Horse-1", email="a@example.com")
    assert cognito(username).admin_get_user()._data["email"] == "a@example.com"
    assert cognito(username).admin_get_user().user_status == "FORCE_CHANGE_PASSWORD"
    pool.idp.admin_set_user_password(UserPoolId=pool.id, Username=username, Password=PASSWORD, Permanent=True)
    admin.admin_authenticate(password=PASSWORD)
    assert admin.access_claims["username"] == username
    admin.admin_update_profile({"name": "Ada"})
    assert username in {user.username for user in admin.get_users()}
    pool.idp.create_group(UserPoolId=pool.id, GroupName="staff")
    admin.admin_add_user_to_group(username, "staff")
    assert admin.admin_list_groups_for_user(username) == ["staff"]
    assert admin.get_group("staff").group_name == "staff"
    admin.admin_remove_user_from_group(username, "staff")
    admin.admin_disable_user(username)
    with refused("NotAuthorizedException", "User is disabled."):
        pool.initiate(username)
    admin.admin_enable_user(username)
    admin.admin_update_profile({"email_verified": True})
    admin.admin_reset_password(username)
    assert pool.admin_get(username)["UserStatus"] == "RESET_REQUIRED"
    cognito(username).admin_delete_user()
    with refused("UserNotFoundException", "User does not exist."):
        pool.admin_get(username)
