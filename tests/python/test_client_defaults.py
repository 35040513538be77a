"""What DescribeUserPoolClient returns when nothing was set; illegal settings; secrets of a client."""

import re

import pytest

from harness.aws import idp_client, refused
from harness.pools import PASSWORD, secret_hash, unique


def describe(pool, client_id):
    return pool.idp.describe_user_pool_client(UserPoolId=pool.id, ClientId=client_id)["UserPoolClient"]


def test_defaults(pool, idp):
    made = idp.create_user_pool_client(UserPoolId=pool.id, ClientName="web")["UserPoolClient"]
    described = describe(pool, made["ClientId"])
    assert described == made
    assert re.fullmatch(r"[a-z0-9]{26}", described["ClientId"])
    expected = {"UserPoolId": pool.id, "ClientName": "web", "RefreshTokenValidity": 30,
                "EnableTokenRevocation": True, "AllowedOAuthFlowsUserPoolClient": False, "AuthSessionValidity": 3}
    assert {name: described.get(name) for name in expected} == expected
    # LEGACY is the API's default; it may be shown or not.
    assert described.get("PreventUserExistenceErrors", "LEGACY") == "LEGACY"
    assert set(described.get("ExplicitAuthFlows", ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH",
                                                   "ALLOW_CUSTOM_AUTH"])) == {
        "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"}
    assert not {"ClientSecret", "ReadAttributes", "WriteAttributes", "CallbackURLs", "LogoutURLs",
                "AllowedOAuthFlows", "AllowedOAuthScopes", "AnalyticsConfiguration"} & set(described)


def test_without_flows_a_client_has_srp_and_refresh_but_no_passwords(pool, app):
    client = pool.idp.create_user_pool_client(UserPoolId=pool.id, ClientName="web")["UserPoolClient"]["ClientId"]
    username = pool.confirmed()
    with refused("InvalidParameterException", part="USER_PASSWORD_AUTH flow not enabled for this client"):
        pool.initiate(username, client_id=client)
    answer = app.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=client,
                               AuthParameters={"USERNAME": username, "SRP_A": "ab" * 384})
    assert answer["ChallengeName"] == "PASSWORD_VERIFIER"


FULL = {
    "RefreshTokenValidity": 10, "AccessTokenValidity": 30, "IdTokenValidity": 45,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    "ReadAttributes": ["email", "name"], "WriteAttributes": ["name"], "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"], "CallbackURLs": ["https://app.example.com/cb"],
    "LogoutURLs": ["https://app.example.com/out"], "DefaultRedirectURI": "https://app.example.com/cb",
    "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"], "AllowedOAuthFlowsUserPoolClient": True,
    "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": False, "AuthSessionValidity": 15,
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
    "AnalyticsConfiguration": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:123456789012:apps/x",
                               "UserDataShared": False},
}


def test_everything_set_comes_back(pool):
    client = pool.add_client(**FULL)
    described = describe(pool, client["ClientId"])
    for name, value in FULL.items():
        found = described.get(name)
        if isinstance(value, list):
            assert sorted(found) == sorted(value), name
        elif isinstance(value, dict):
            assert {k: found.get(k) for k in value} == value, name
        else:
            assert found == value, name


def test_an_update_resets_what_it_leaves_out(pool, idp):
    client = pool.add_client(**FULL)["ClientId"]
    updated = idp.update_user_pool_client(UserPoolId=pool.id, ClientId=client, ClientName="renamed")["UserPoolClient"]
    described = describe(pool, client)
    assert described == updated
    assert described["ClientName"] == "renamed"
    assert (described["RefreshTokenValidity"], described["AuthSessionValidity"]) == (30, 3)
    assert described["EnableTokenRevocation"] is True
    assert described["AllowedOAuthFlowsUserPoolClient"] is False
    assert described.get("PreventUserExistenceErrors", "LEGACY") == "LEGACY"
    assert not {"ReadAttributes", "WriteAttributes", "CallbackURLs", "AllowedOAuthFlows",
                "AnalyticsConfiguration"} & set(described)


def test_list_and_delete(pool, idp):
    names = {unique("c") for _ in range(4)}
    for name in names:
        pool.add_client(ClientName=name)
    seen, token = [], None
    for _ in range(10):
        page = idp.list_user_pool_clients(UserPoolId=pool.id, MaxResults=2, **({"NextToken": token} if token else {}))
        assert len(page["UserPoolClients"]) <= 2
        seen += page["UserPoolClients"]
        token = page.get("NextToken")
        if not token:
            break
    assert names <= {client["ClientName"] for client in seen}
    assert all(set(client) == {"ClientId", "UserPoolId", "ClientName"} for client in seen)
    idp.delete_user_pool_client(UserPoolId=pool.id, ClientId=pool.client_id)
    for call in (idp.describe_user_pool_client, idp.delete_user_pool_client):
        with refused("ResourceNotFoundException", part=f"User pool client {pool.client_id} does not exist."):
            call(UserPoolId=pool.id, ClientId=pool.client_id)


def test_a_client_of_another_pool_is_not_found(pool, new_pool, idp):
    other = new_pool()
    with refused("ResourceNotFoundException"):
        idp.describe_user_pool_client(UserPoolId=other.id, ClientId=pool.client_id)
    with refused("ResourceNotFoundException"):
        idp.delete_user_pool_client(UserPoolId=other.id, ClientId=pool.client_id)
    assert describe(pool, pool.client_id)


@pytest.mark.parametrize("options", [
    {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"]},
    {"ExplicitAuthFlows": ["NO_SUCH_FLOW"]},
    {"AccessTokenValidity": 25},
    {"AccessTokenValidity": 4, "TokenValidityUnits": {"AccessToken": "minutes"}},
    {"IdTokenValidity": 25},
    {"RefreshTokenValidity": 3651},
    {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
    {"AuthSessionValidity": 2},
    {"AuthSessionValidity": 16},
    {"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 61}},
    {"ReadAttributes": ["no_such_attribute"]},
    {"WriteAttributes": ["custom:nothing"]},
    {"CallbackURLs": ["http://app.example.com/cb"]},
], ids=str)
def test_impossible_clients_are_refused(server, pool, options):
    # boto3's own checks off: it is the server's that count.
    unchecked = idp_client(server.url, parameter_validation=False)
    before = len(pool.idp.list_user_pool_clients(UserPoolId=pool.id, MaxResults=60)["UserPoolClients"])
    with pytest.raises(pool.idp.exceptions.ClientError) as caught:
        unchecked.create_user_pool_client(UserPoolId=pool.id, ClientName="x", **options)
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "InvalidOAuthFlowException")
    assert len(pool.idp.list_user_pool_clients(UserPoolId=pool.id, MaxResults=60)["UserPoolClients"]) == before


def test_secret_hash(pool, app):
    client = pool.add_client(GenerateSecret=True)
    client_id, secret = client["ClientId"], client["ClientSecret"]
    assert re.fullmatch(r"[\w+]{24,64}", secret)
    assert describe(pool, client_id)["ClientSecret"] == secret
    username = pool.confirmed()
    with refused("NotAuthorizedException",
                 part=f"Client {client_id} is configured with secret but SECRET_HASH was not received"):
        pool.initiate(username, client_id=client_id)
    with refused("NotAuthorizedException", message=f"SecretHash does not match for the client: {client_id}"):
        pool.initiate(username, client_id=client_id, SECRET_HASH=secret_hash("someone", client_id, secret))
    proof = secret_hash(username, client_id, secret)
    result = pool.sign_in(username, client_id=client_id, SECRET_HASH=proof)
    with refused("NotAuthorizedException"):
        pool.refresh(result["RefreshToken"], client_id=client_id)
    pool.refresh(result["RefreshToken"], client_id=client_id, SECRET_HASH=proof)
    pool.rotate(result["RefreshToken"], client_id=client_id, ClientSecret=secret)
    with refused("NotAuthorizedException"):
        pool.rotate(result["RefreshToken"], client_id=client_id, ClientSecret="x" * 30)
    with refused("NotAuthorizedException"):
        app.sign_up(ClientId=client_id, Username=unique("u"), Password=PASSWORD)
    with refused("NotAuthorizedException"):
        app.forgot_password(ClientId=client_id, Username=username, SecretHash="AAAA")


def test_two_live_secrets(pool, idp):
    client = pool.add_client(GenerateSecret=True)
    client_id, old = client["ClientId"], client["ClientSecret"]
    added = idp.add_user_pool_client_secret(UserPoolId=pool.id, ClientId=client_id)["ClientSecretDescriptor"]
    new = added["ClientSecretValue"]
    username = pool.confirmed()
    for secret in (old, new):
        pool.sign_in(username, client_id=client_id, SECRET_HASH=secret_hash(username, client_id, secret))
    with refused("LimitExceededException"):
        idp.add_user_pool_client_secret(UserPoolId=pool.id, ClientId=client_id)
    listed = idp.list_user_pool_client_secrets(UserPoolId=pool.id, ClientId=client_id)["ClientSecrets"]
    assert len(listed) == 2
    # The value is shown when it is made, and never again.
    assert all("ClientSecretValue" not in secret for secret in listed)
    [first] = [secret for secret in listed if secret["ClientSecretId"] != added["ClientSecretId"]]
    idp.delete_user_pool_client_secret(UserPoolId=pool.id, ClientId=client_id,
                                       ClientSecretId=first["ClientSecretId"])
    with refused("NotAuthorizedException", part="SecretHash does not match"):
        pool.sign_in(username, client_id=client_id, SECRET_HASH=secret_hash(username, client_id, old))
    pool.sign_in(username, client_id=client_id, SECRET_HASH=secret_hash(username, client_id, new))
    with pytest.raises(idp.exceptions.ClientError):
        idp.delete_user_pool_client_secret(UserPoolId=pool.id, ClientId=client_id,
                                           ClientSecretId=added["ClientSecretId"])


def test_a_secret_of_ones_own(pool):
    own = "abcdefghijklmnopqrstuvwxyz0123"
    client = pool.add_client(ClientSecret=own)
    username = pool.confirmed()
    pool.sign_in(username, client_id=client["ClientId"], SECRET_HASH=secret_hash(username, client["ClientId"], own))


@pytest.mark.parametrize("flows,flow,message", [
    (["ALLOW_USER_SRP_AUTH"], "USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
    (["ALLOW_USER_PASSWORD_AUTH"], "USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
    (["USER_PASSWORD_AUTH"], "ADMIN_USER_PASSWORD_AUTH", "Auth flow not enabled for this client"),
])
def test_a_flow_that_the_client_lacks(pool, flows, flow, message):
    client = pool.add_client(ExplicitAuthFlows=flows)["ClientId"]
    username = pool.confirmed()
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD, "SRP_A": "ab" * 384}
    with refused("InvalidParameterException", message):
        if flow.startswith("ADMIN"):
            pool.idp.admin_initiate_auth(UserPoolId=pool.id, ClientId=client, AuthFlow=flow, AuthParameters=parameters)
        else:
            pool.idp.initiate_auth(ClientId=client, AuthFlow=flow, AuthParameters=parameters)
