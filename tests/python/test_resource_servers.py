"""The five resource-server operations, custom scopes of app clients, and GetClientToken."""

import pytest

from harness import tokens
from harness.aws import refused
from harness.pools import unique

SCOPES = [{"ScopeName": "read", "ScopeDescription": "view"}, {"ScopeName": "write", "ScopeDescription": "change"}]
MACHINE = {"GenerateSecret": True, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"]}


def photos(pool, scopes=SCOPES, identifier="photos"):
    return pool.idp.create_resource_server(UserPoolId=pool.id, Identifier=identifier, Name="Photo API",
                                           Scopes=scopes)["ResourceServer"]


def machine(pool, *scopes):
    return pool.add_client(AllowedOAuthScopes=list(scopes), **MACHINE)


def get(api, client, **options):
    """The ClientAuthenticationResult."""
    return api.get_client_token(ClientId=client["ClientId"], Secret=client["ClientSecret"],
                                **options)["ClientAuthenticationResult"]


def scope(api, client, **options):
    return tokens.payload(get(api, client, **options)["AccessToken"])["scope"]


def test_create_describe_update_delete(pool, idp):
    expected = {"UserPoolId": pool.id, "Identifier": "photos", "Name": "Photo API", "Scopes": SCOPES}
    assert photos(pool) == expected
    named = {"UserPoolId": pool.id, "Identifier": "photos"}
    assert idp.describe_resource_server(**named)["ResourceServer"] == expected
    with refused("InvalidParameterException", part="already exists"):
        photos(pool)
    changed = idp.update_resource_server(**named, Name="Pictures", Scopes=SCOPES[:1])["ResourceServer"]
    assert changed == {**expected, "Name": "Pictures", "Scopes": SCOPES[:1]}
    emptied = idp.update_resource_server(**named, Name="Pictures")["ResourceServer"]
    assert emptied == {**expected, "Name": "Pictures", "Scopes": []}
    assert idp.describe_resource_server(**named)["ResourceServer"] == emptied
    idp.delete_resource_server(**named)
    for call, more in ((idp.describe_resource_server, {}), (idp.update_resource_server, {"Name": "x"}),
                       (idp.delete_resource_server, {})):
        with refused("ResourceNotFoundException"):
            call(**named, **more)


def test_limits(pool, idp):
    names = sorted(unique("server") for _ in range(25))
    for name in names:
        photos(pool, identifier=name)
    with refused("LimitExceededException"):
        photos(pool, identifier="one-more")
    pages = list(idp.get_paginator("list_resource_servers").paginate(UserPoolId=pool.id, MaxResults=10))
    assert [len(page["ResourceServers"]) for page in pages] == [10, 10, 5]
    assert [server["Identifier"] for page in pages for server in page["ResourceServers"]] == names
    with refused("InvalidParameterException"):
        idp.update_resource_server(
            UserPoolId=pool.id, Identifier=names[0], Name="x",
            Scopes=[{"ScopeName": f"s{index}", "ScopeDescription": "d"} for index in range(101)])


@pytest.mark.parametrize("identifier", ["with space", 'with"quote', "with\\backslash", "ünïcode", "x" * 257])
def test_identifiers_that_no_scope_can_hold(pool, identifier):
    with refused("InvalidParameterException"):
        photos(pool, identifier=identifier)


def test_client_scopes_must_exist(pool, new_pool, idp):
    photos(pool)
    client = machine(pool, "openid", "photos/read")
    assert client["AllowedOAuthScopes"] == ["openid", "photos/read"]
    for wrong in ("photos/none", "films/read", "read"):
        with refused("ScopeDoesNotExistException", f"Invalid scope requested: {wrong}"):
            machine(pool, "photos/read", wrong)
        with refused("ScopeDoesNotExistException"):
            idp.update_user_pool_client(UserPoolId=pool.id, ClientId=client["ClientId"], AllowedOAuthScopes=[wrong])
    with refused("ScopeDoesNotExistException"):
        machine(new_pool(), "photos/read")


def test_the_flow_of_machines_stands_alone_and_needs_a_secret(pool):
    for options in ({**MACHINE, "GenerateSecret": False},
                    {**MACHINE, "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]}):
        with refused("InvalidParameterException"):
            pool.add_client(**options)


def test_a_machine_gets_an_access_token(server, pool, app):
    photos(pool)
    photos(pool, identifier="https://films.example.com/v1")
    films = "https://films.example.com/v1/read"
    client = machine(pool, "photos/read", films, "photos/write", "openid")
    result = get(app, client)
    assert set(result) == {"AccessToken", "ExpiresIn", "TokenType"}
    assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 3600)
    claims = tokens.verified(server, pool.id, result["AccessToken"])
    assert set(claims) == {"sub", "client_id", "iss", "token_use", "scope", "auth_time", "iat", "exp", "jti", "version"}
    assert claims["sub"] == claims["client_id"] == client["ClientId"]
    assert (claims["token_use"], claims["version"]) == ("access", 2)
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["scope"] == f"photos/read {films} photos/write"
    assert scope(app, client, Scopes=[films]) == films


def test_neither_signature_nor_credentials_matter(server, pool, idp, app):
    photos(pool)
    client = machine(pool, "photos/read")
    # The model does not mark the operation unsigned, so SDKs sign it where they have keys.
    assert scope(idp, client) == scope(app, client, ClientMetadata={"environment": "dev"}) == "photos/read"
    for api in (idp, app):
        with refused("NotAuthorizedException", "Invalid client or secret"):
            get(api, {**client, "ClientSecret": "x" * 40})
    with refused("ResourceNotFoundException"):
        get(app, {**client, "ClientId": unique("nobody")})
    with refused("NotAuthorizedException"):
        get(app, pool.add_client(GenerateSecret=True, AllowedOAuthScopes=["photos/read"]))


def test_scopes_are_the_clients_own_and_never_a_users(pool, app):
    photos(pool)
    client = machine(pool, "photos/read", "openid", "aws.cognito.signin.user.admin")
    assert scope(app, client) == "photos/read"
    for wrong in ("photos/write", "openid", "aws.cognito.signin.user.admin"):
        with refused("InvalidParameterException", f"Invalid scope requested: {wrong}"):
            get(app, client, Scopes=[wrong])


def test_a_scope_that_is_gone_is_inactive_until_it_is_back(pool, idp, app):
    photos(pool)
    client = machine(pool, "photos/read", "photos/write")
    idp.update_resource_server(UserPoolId=pool.id, Identifier="photos", Name="x", Scopes=SCOPES[:1])
    assert scope(app, client) == scope(app, client, Scopes=["photos/write", "photos/read"]) == "photos/read"
    idp.delete_resource_server(UserPoolId=pool.id, Identifier="photos")
    assert scope(app, client) == ""
    shown = idp.describe_user_pool_client(UserPoolId=pool.id, ClientId=client["ClientId"])["UserPoolClient"]
    assert shown["AllowedOAuthScopes"] == ["photos/read", "photos/write"]
    photos(pool)
    assert scope(app, client) == "photos/read photos/write"


def test_a_machines_token_is_no_users(pool, app):
    photos(pool)
    token = get(app, machine(pool, "photos/read", "aws.cognito.signin.user.admin"))["AccessToken"]
    for call in (app.get_user, app.delete_user, app.global_sign_out):
        with refused("NotAuthorizedException"):
            call(AccessToken=token)
