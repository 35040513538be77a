"""Devices: device SRP by pycognito, unmodified, and the nine operations by boto3."""

import pycognito.aws_srp
import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device
from pycognito.exceptions import SoftwareTokenMFAChallengeException

from harness import tokens, totp
from harness.aws import refused
from harness.pools import PASSWORD, ROTATING_FLOWS

ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
OPT_IN = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}


@pytest.fixture
def devices_pool(new_pool):
    return new_pool({"DeviceConfiguration": ALWAYS})


@pytest.fixture
def srp(app):
    def make(pool, username, **options):
        return AWSSRP(username=username, password=PASSWORD, pool_id=pool.id, client_id=options.pop("client_id", pool.client_id),
                      client=app, **options)

    return make


@pytest.fixture
def to_us(monkeypatch, server):
    """pycognito confirms and forgets devices at Amazon's address, whatever its endpoint is: what it sends comes to us."""
    genuine = pycognito.aws_srp.requests.post
    monkeypatch.setattr(pycognito.aws_srp.requests, "post", lambda _url, **sent: genuine(server.url, **sent))


def register(app, result, **options):
    """Confirms the device of a sign-in; what pycognito needs to sign in with it."""
    made = result["NewDeviceMetadata"]
    secret, verifier = generate_hash_device(made["DeviceGroupKey"], made["DeviceKey"])
    app.confirm_device(AccessToken=result["AccessToken"], DeviceKey=made["DeviceKey"], DeviceSecretVerifierConfig=verifier,
                       **options)
    return {"device_key": made["DeviceKey"], "device_group_key": made["DeviceGroupKey"], "device_password": secret}


def keys(devices):
    return [device["DeviceKey"] for device in devices["Devices"]]


def test_pycognito_signs_in_with_its_device(devices_pool, srp, app, to_us):
    username = devices_pool.confirmed()
    user = srp(devices_pool, username)
    answer = user.authenticate_user()
    made = answer["AuthenticationResult"]["NewDeviceMetadata"]
    # It authorizes with a Bearer header besides the AccessToken member, which must not be taken for a signature.
    response, secret = user.confirm_device(answer, "a phone")
    assert response.status_code == 200 and response.json() == {"UserConfirmationNecessary": False}
    device = {"device_key": made["DeviceKey"], "device_group_key": made["DeviceGroupKey"], "device_password": secret}
    again = srp(devices_pool, username, **device).authenticate_user()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in again
    assert tokens.payload(again["AccessToken"])["device_key"] == made["DeviceKey"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        srp(devices_pool, username, **{**device, "device_password": "guess"}).authenticate_user()
    assert "200" in user.forget_device(again["AccessToken"], made["DeviceKey"])
    with refused("ResourceNotFoundException", "Device does not exist."):
        srp(devices_pool, username, **device).authenticate_user()


def test_pycognito_by_an_alias(new_pool, srp, app):
    pool = new_pool({"DeviceConfiguration": ALWAYS, "AliasAttributes": ["email"]})
    pool.confirmed("ada", email="ada@example.com", email_verified="true")
    device = register(app, srp(pool, "ada@example.com").authenticate_user()["AuthenticationResult"])
    result = srp(pool, "ada@example.com", **device).authenticate_user()["AuthenticationResult"]
    assert tokens.payload(result["AccessToken"])["device_key"] == device["device_key"]


def test_device_srp_many_times(devices_pool, srp, app):
    # Odd-length and zero-led numbers turn up once in a while: salts, secrets, A and B are new in each round.
    for _ in range(12):
        username = devices_pool.confirmed()
        device = register(app, srp(devices_pool, username).authenticate_user()["AuthenticationResult"])
        assert srp(devices_pool, username, **device).authenticate_user()["AuthenticationResult"]["AccessToken"]


def test_a_remembered_device_stands_in_for_the_second_factor(new_pool, srp, app):
    pool = new_pool({"DeviceConfiguration": OPT_IN})
    idp = pool.idp
    idp.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OPTIONAL",
                                 SoftwareTokenMfaConfiguration={"Enabled": True})
    username = pool.confirmed()
    access = pool.sign_in(username)["AccessToken"]
    secret = app.associate_software_token(AccessToken=access)["SecretCode"]
    app.verify_software_token(AccessToken=access, UserCode=totp.code(secret))
    idp.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    with pytest.raises(SoftwareTokenMFAChallengeException) as asked:
        srp(pool, username).authenticate_user()
    result = app.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="SOFTWARE_TOKEN_MFA", Session=asked.value.get_tokens()["Session"],
        ChallengeResponses={"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": totp.code(secret, later=1)},
    )["AuthenticationResult"]
    device = register(app, result)
    with pytest.raises(SoftwareTokenMFAChallengeException):
        srp(pool, username, **device).authenticate_user()
    app.update_device_status(AccessToken=result["AccessToken"], DeviceKey=device["device_key"],
                             DeviceRememberedStatus="remembered")
    assert srp(pool, username, **device).authenticate_user()["AuthenticationResult"]["IdToken"]
    idp.admin_update_device_status(UserPoolId=pool.id, Username=username, DeviceKey=device["device_key"],
                                   DeviceRememberedStatus="not_remembered")
    with pytest.raises(SoftwareTokenMFAChallengeException):
        srp(pool, username, **device).authenticate_user()


def test_device_srp_without_a_session_is_permitted_once(devices_pool, srp, app):
    username = devices_pool.confirmed()
    device = register(app, srp(devices_pool, username).authenticate_user()["AuthenticationResult"])
    user = srp(devices_pool, username, **device)

    def begin():
        return app.respond_to_auth_challenge(
            ClientId=devices_pool.client_id, ChallengeName="DEVICE_SRP_AUTH",
            ChallengeResponses={"USERNAME": username, "DEVICE_KEY": device["device_key"], "SRP_A": f"{user.large_a_value:x}"})

    with refused("NotAuthorizedException", "Invalid session for the user."):
        begin()
    user.authenticate_user()
    with refused("NotAuthorizedException", "Invalid session for the user."):
        begin()


def test_users_see_what_is_remembered_and_administrators_everything(new_pool, app):
    pool = new_pool({"DeviceConfiguration": OPT_IN})
    assert pool.idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["DeviceConfiguration"] == OPT_IN
    username = pool.confirmed()
    result = pool.sign_in(username)
    access, key = result["AccessToken"], result["NewDeviceMetadata"]["DeviceKey"]
    secret, verifier = generate_hash_device(result["NewDeviceMetadata"]["DeviceGroupKey"], key)
    with refused("InvalidParameterException", "Invalid device key given."):
        app.confirm_device(AccessToken=access, DeviceKey=pool.sign_in(username)["NewDeviceMetadata"]["DeviceKey"])
    with refused("InvalidParameterException"):
        app.confirm_device(AccessToken=access, DeviceKey=key, DeviceSecretVerifierConfig={**verifier, "Salt": "AA=="})
    confirmed = app.confirm_device(AccessToken=access, DeviceKey=key, DeviceName="a phone", DeviceSecretVerifierConfig=verifier)
    assert confirmed["UserConfirmationNecessary"] is True
    with refused("DeviceKeyExistsException"):
        app.confirm_device(AccessToken=access, DeviceKey=key, DeviceSecretVerifierConfig=verifier)
    assert keys(app.list_devices(AccessToken=access)) == []
    assert keys(pool.idp.admin_list_devices(UserPoolId=pool.id, Username=username)) == [key]

    app.update_device_status(AccessToken=access, DeviceKey=key, DeviceRememberedStatus="remembered")
    assert keys(app.list_devices(AccessToken=access, Limit=1)) == [key]
    seen = app.get_device(AccessToken=access, DeviceKey=key)["Device"]
    assert [attribute["Name"] for attribute in seen["DeviceAttributes"]] == ["device_status", "device_name", "last_ip_used"]
    assert seen["DeviceCreateDate"] <= seen["DeviceLastModifiedDate"]
    shown = pool.idp.admin_get_device(UserPoolId=pool.id, Username=username, DeviceKey=key)["Device"]
    attributes = {attribute["Name"]: attribute["Value"] for attribute in shown["DeviceAttributes"]}
    assert attributes["dev:device_remembered_status"] == "remembered"
    assert attributes["dev:device_owner"] == f"{username}.{pool.id}"
    pool.idp.admin_forget_device(UserPoolId=pool.id, Username=username, DeviceKey=key)
    for call in (app.get_device, app.forget_device, app.update_device_status):
        with refused("ResourceNotFoundException", "Device does not exist."):
            call(AccessToken=access, DeviceKey=key)


def test_refresh_tokens_belong_to_the_device(devices_pool, app):
    pool = devices_pool
    rotating = pool.add_client(ExplicitAuthFlows=ROTATING_FLOWS,
                               RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10})["ClientId"]
    username = pool.confirmed()
    for client_id in (pool.client_id, rotating):
        result = pool.sign_in(username, client_id=client_id)
        key, refresh = result["NewDeviceMetadata"]["DeviceKey"], result["RefreshToken"]
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            pool.rotate(refresh, client_id=client_id, DeviceKey=key)
        register(app, result)
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            pool.rotate(refresh, client_id=client_id)
        renewed = pool.rotate(refresh, client_id=client_id, DeviceKey=key)
        assert tokens.payload(renewed["AccessToken"])["device_key"] == key
        refresh = renewed.get("RefreshToken", refresh)
        app.forget_device(AccessToken=renewed["AccessToken"], DeviceKey=key)
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            pool.rotate(refresh, client_id=client_id, DeviceKey=key)
    result = pool.sign_in(username)
    register(app, result)
    assert pool.refresh(result["RefreshToken"], DEVICE_KEY=result["NewDeviceMetadata"]["DeviceKey"])["IdToken"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        pool.refresh(result["RefreshToken"])


def test_a_pool_without_devices(pool, app):
    result = pool.sign_in(pool.confirmed())
    assert "NewDeviceMetadata" not in result
    with refused("InvalidUserPoolConfigurationException"):
        app.list_devices(AccessToken=result["AccessToken"])
