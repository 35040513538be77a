"""Identity pools by boto3: the enhanced and the basic flow, and what the credentials may do."""

import json
import time

import jwt
import pytest
import requests

from harness.aws import client, refused
from harness.pools import unique
from harness.tokens import payload

READ = {"Effect": "Allow", "Action": "cognito-idp:DescribeUserPool", "Resource": "*"}
LOGINS = "Logins don't match. Please include at least one valid login for this identity or identity pool."
ROLES = "Invalid identity pool configuration. Check assigned IAM roles for this pool."


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(pool_id, amr, *more):
    """The trust policy that AWS's console makes."""
    return policy({
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": ["sts:AssumeRoleWithWebIdentity", *more],
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool_id},
                      "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}},
    })


@pytest.fixture
def admin(server):
    return client("cognito-identity", server.url)


@pytest.fixture
def public(server):
    return client("cognito-identity", server.url, signed=False)


@pytest.fixture
def iam(server):
    return client("iam", server.url)


class World:
    """A user pool, an identity pool that accepts its tokens, and a role for either kind of identity."""

    def __init__(self, server, users, admin, iam, **settings):
        self.server, self.users, self.iam, self.admin = server, users, iam, admin
        self.provider = f"cognito-idp.us-east-1.amazonaws.com/{users.id}"
        made = admin.create_identity_pool(**{
            "IdentityPoolName": unique("pool"), "AllowUnauthenticatedIdentities": True,
            "CognitoIdentityProviders": [{"ProviderName": self.provider, "ClientId": users.client_id}], **settings})
        self.id = made["IdentityPoolId"]
        self.authenticated = self.role("authenticated")
        self.guest = self.role("unauthenticated")
        self.roles()

    def role(self, amr, *statements, tagging=False):
        """The ARN of a new role that trusts the identity pool."""
        name = unique("role-")
        more = ["sts:TagSession"] if tagging else []
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(self.id, amr, *more))
        self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*(statements or (READ,))))
        return made["Role"]["Arn"]

    def roles(self, **options):
        roles = {"authenticated": self.authenticated, "unauthenticated": self.guest}
        self.admin.set_identity_pool_roles(IdentityPoolId=self.id, Roles=roles, **options)

    def logins(self, user):
        return {self.provider: self.users.sign_in(user)["IdToken"]}

    def idp(self, credentials):
        """A client of user pools with an identity's credentials."""
        return client("cognito-idp", self.server.url, credentials["AccessKeyId"], credentials["SecretKey"],
                      credentials["SessionToken"])

    def reads(self, credentials):
        return self.idp(credentials).describe_user_pool(UserPoolId=self.users.id)["UserPool"]["Id"] == self.users.id


@pytest.fixture
def world(server, pool, admin, iam):
    return World(server, pool, admin, iam)


def enhanced(public, world, logins):
    identity = public.get_id(IdentityPoolId=world.id, Logins=logins)["IdentityId"]
    answer = public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
    assert answer["IdentityId"] == identity
    return answer["Credentials"]


def test_enhanced_flow(world, public):
    user = world.users.confirmed()
    for logins, role in (({}, world.guest), (world.logins(user), world.authenticated)):
        credentials = enhanced(public, world, logins)
        assert 3500 < credentials["Expiration"].timestamp() - time.time() < 3700
        assert world.reads(credentials)
        with refused("AccessDeniedException", part=f"assumed-role/{role.rsplit('/')[-1]}/CognitoIdentityCredentials"):
            world.idp(credentials).list_users(UserPoolId=world.users.id)
        who = client("sts", world.server.url, credentials["AccessKeyId"], credentials["SecretKey"],
                     credentials["SessionToken"]).get_caller_identity()
        assert who["Arn"].endswith(f"{role.rsplit('/')[-1]}/CognitoIdentityCredentials")


def test_basic_flow(server, pool, admin, iam, public):
    world = World(server, pool, admin, iam, AllowClassicFlow=True)
    sts = client("sts", server.url, signed=False)
    logins = world.logins(world.users.confirmed())
    identity = public.get_id(IdentityPoolId=world.id, Logins=logins)["IdentityId"]
    token = public.get_open_id_token(IdentityId=identity, Logins=logins)["Token"]
    claims = payload(token)
    assert (claims["aud"], claims["sub"], claims["amr"][0]) == (world.id, identity, "authenticated")
    assert claims["exp"] - claims["iat"] == 600
    answer = sts.assume_role_with_web_identity(RoleArn=world.authenticated, RoleSessionName="mine",
                                               WebIdentityToken=token)
    assert answer["Provider"] == claims["iss"]
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"]) == (identity, world.id)
    credentials = answer["Credentials"]
    assert world.reads({**credentials, "SecretKey": credentials["SecretAccessKey"]})
    # A role for guests is not for who has signed in, and a user pool's token is not an identity's.
    with refused("AccessDenied", status=403):
        sts.assume_role_with_web_identity(RoleArn=world.guest, RoleSessionName="mine", WebIdentityToken=token)
    [id_token] = logins.values()
    with refused("InvalidIdentityToken"):
        sts.assume_role_with_web_identity(RoleArn=world.authenticated, RoleSessionName="mine",
                                          WebIdentityToken=id_token)
    # Such credentials never call identity pools, whatever the role says.
    world.iam.put_role_policy(RoleName=world.authenticated.rsplit("/")[-1], PolicyName="all",
                              PolicyDocument=policy({"Effect": "Allow", "Action": "*", "Resource": "*"}))
    mine = client("cognito-identity", server.url, credentials["AccessKeyId"], credentials["SecretAccessKey"],
                  credentials["SessionToken"])
    with refused("AccessDeniedException"):
        mine.describe_identity_pool(IdentityPoolId=world.id)


def test_the_basic_flow_is_off_at_first(world, public):
    identity = public.get_id(IdentityPoolId=world.id)["IdentityId"]
    with refused("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow."):
        public.get_open_id_token(IdentityId=identity)


def test_anybody_can_verify_the_token(server, pool, admin, iam, public):
    """PyJWT, by discovery, as any relying party would."""
    world = World(server, pool, admin, iam, AllowClassicFlow=True)
    identity = public.get_id(IdentityPoolId=world.id)["IdentityId"]
    token = public.get_open_id_token(IdentityId=identity)["Token"]
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    document = requests.get(issuer + "/.well-known/openid-configuration", timeout=5).json()
    assert document["issuer"] == issuer
    key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=document["id_token_signing_alg_values_supported"], audience=world.id,
                        issuer=issuer)
    assert claims["sub"] == identity and claims["amr"] == ["unauthenticated"]


def test_groups_and_rules_choose_the_role(world, public):
    editor = world.role("authenticated", READ, {"Effect": "Allow", "Action": "cognito-idp:ListUsers", "Resource": "*"})
    world.users.idp.create_group(UserPoolId=world.users.id, GroupName="editors", RoleArn=editor, Precedence=1)
    ann, bob = world.users.confirmed(email="ann@corp.example"), world.users.confirmed(email="bob@other.example")
    world.users.idp.admin_add_user_to_group(UserPoolId=world.users.id, Username=ann, GroupName="editors")
    key = f"{world.provider}:{world.users.client_id}"

    def lists(user):
        idp = world.idp(enhanced(public, world, world.logins(user)))
        try:
            idp.list_users(UserPoolId=world.users.id)
        except idp.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException"
            return False
        return True

    assert not lists(ann)
    world.roles(RoleMappings={key: {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}})
    assert lists(ann) and not lists(bob)
    rule = {"Claim": "email", "MatchType": "Contains", "Value": "@other.", "RoleARN": editor}
    world.roles(RoleMappings={key: {"Type": "Rules", "AmbiguousRoleResolution": "Deny",
                                    "RulesConfiguration": {"Rules": [rule]}}})
    assert lists(bob)
    with refused("NotAuthorizedException", f"The ambiguous role mapping rules for: {key} denied this request."):
        lists(ann)


def test_custom_role(world, public):
    ours, theirs = world.role("authenticated"), world.role("authenticated")
    for name, role, precedence in (("a", ours, 1), ("b", world.authenticated, 2)):
        world.users.idp.create_group(UserPoolId=world.users.id, GroupName=name, RoleArn=role, Precedence=precedence)
    user = world.users.confirmed()
    for name in ("a", "b"):
        world.users.idp.admin_add_user_to_group(UserPoolId=world.users.id, Username=user, GroupName=name)
    world.roles(RoleMappings={f"{world.provider}:{world.users.client_id}":
                              {"Type": "Token", "AmbiguousRoleResolution": "Deny"}})
    logins = world.logins(user)
    identity = public.get_id(IdentityPoolId=world.id, Logins=logins)["IdentityId"]
    for role in (ours, world.authenticated):
        public.get_credentials_for_identity(IdentityId=identity, Logins=logins, CustomRoleArn=role)
    with refused("NotAuthorizedException", f"Access to Role '{theirs}' is forbidden."):
        public.get_credentials_for_identity(IdentityId=identity, Logins=logins, CustomRoleArn=theirs)


def test_attributes_for_access_control(world, public, admin):
    condition = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    world.authenticated = world.role("authenticated", {**READ, "Condition": condition}, tagging=True)
    world.roles()
    admin.set_principal_tag_attribute_map(IdentityPoolId=world.id, IdentityProviderName=world.provider,
                                          PrincipalTags={"team": "nickname"})
    red, blue = world.users.confirmed(nickname="red"), world.users.confirmed(nickname="blue")
    assert world.reads(enhanced(public, world, world.logins(red)))
    with refused("AccessDeniedException"):
        world.reads(enhanced(public, world, world.logins(blue)))


def test_two_logins_must_agree_on_a_tag(server, new_pool, admin, iam, public):
    users, others = new_pool(), new_pool()
    other = f"cognito-idp.us-east-1.amazonaws.com/{others.id}"
    world = World(server, users, admin, iam, CognitoIdentityProviders=[
        {"ProviderName": f"cognito-idp.us-east-1.amazonaws.com/{users.id}", "ClientId": users.client_id},
        {"ProviderName": other, "ClientId": others.client_id}])
    world.authenticated = world.role("authenticated", {**READ, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}},
                                     tagging=True)
    world.roles()
    for provider, tag in ((world.provider, "team"), (other, "Team")):
        admin.set_principal_tag_attribute_map(IdentityPoolId=world.id, IdentityProviderName=provider,
                                              PrincipalTags={tag: "nickname"})

    def both(one, two):
        return {**world.logins(users.confirmed(nickname=one)),
                other: others.sign_in(others.confirmed(nickname=two))["IdToken"]}

    assert world.reads(enhanced(public, world, both("red", "red")))
    with refused("InvalidIdentityPoolConfigurationException", part="different values for the principal tag"):
        enhanced(public, world, both("red", "blue"))


def test_refusals(world, public, admin):
    ann, bob = (world.logins(world.users.confirmed()) for _ in range(2))
    anns = public.get_id(IdentityPoolId=world.id, Logins=ann)["IdentityId"]
    with refused("NotAuthorizedException", LOGINS):
        public.get_credentials_for_identity(IdentityId=anns, Logins=bob)
    with refused("NotAuthorizedException", f"Access to Identity '{anns}' is forbidden."):
        public.get_credentials_for_identity(IdentityId=anns)
    with refused("NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token."):
        public.get_id(IdentityPoolId=world.id, Logins={world.provider: "arbitrary"})
    with refused("ResourceNotFoundException", "IdentityPool 'us-east-1:0' not found."):
        public.get_id(IdentityPoolId="us-east-1:0")
    # A user pool's id in its place: what the model forbids has a common error here, as AWS's answers have.
    with refused("ValidationException", "1 validation error detected: Value 'us-east-1_x' at 'identityPoolId' failed to "
                 "satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+"):
        public.get_id(IdentityPoolId="us-east-1_x")
    world.iam.update_assume_role_policy(RoleName=world.authenticated.rsplit("/")[-1],
                                        PolicyDocument=trust("us-east-1:other", "authenticated"))
    with refused("InvalidIdentityPoolConfigurationException", ROLES):
        public.get_credentials_for_identity(IdentityId=anns, Logins=ann)
    unsigned = client("cognito-identity", world.server.url, signed=False)
    with refused("MissingAuthenticationTokenException"):
        unsigned.list_identity_pools(MaxResults=1)


def test_signed_out_users_get_nothing(server, pool, admin, iam, public):
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    checked = {"ProviderName": provider, "ClientId": pool.client_id, "ServerSideTokenCheck": True}
    world = World(server, pool, admin, iam, CognitoIdentityProviders=[checked])
    user = pool.confirmed()
    tokens = pool.sign_in(user)
    logins = {provider: tokens["IdToken"]}
    assert world.reads(enhanced(public, world, logins))
    pool.idp.admin_user_global_sign_out(UserPoolId=pool.id, Username=user)
    with refused("NotAuthorizedException", part="Invalid login token."):
        enhanced(public, world, logins)


def test_developer_identities(server, pool, admin, iam, public):
    world = World(server, pool, admin, iam, DeveloperProviderName="login.example")
    vouch = lambda user, **more: admin.get_open_id_token_for_developer_identity(  # noqa: E731
        IdentityPoolId=world.id, Logins={"login.example": user}, **more)
    first, other = vouch("u1", TokenDuration=60), vouch("u2")
    assert payload(first["Token"])["exp"] - payload(first["Token"])["iat"] == 60
    logins = {"cognito-identity.amazonaws.com": first["Token"]}
    answer = public.get_credentials_for_identity(IdentityId=first["IdentityId"], Logins=logins)
    assert world.reads(answer["Credentials"])
    with refused("NotAuthorizedException", LOGINS):
        public.get_credentials_for_identity(IdentityId=other["IdentityId"], Logins=logins)
    merged = admin.merge_developer_identities(SourceUserIdentifier="u1", DestinationUserIdentifier="u2",
                                              DeveloperProviderName="login.example", IdentityPoolId=world.id)
    assert merged["IdentityId"] == other["IdentityId"]
    found = admin.lookup_developer_identity(IdentityPoolId=world.id, IdentityId=other["IdentityId"])
    assert found["DeveloperUserIdentifierList"] == ["u1", "u2"]
    admin.unlink_developer_identity(IdentityId=other["IdentityId"], IdentityPoolId=world.id,
                                    DeveloperProviderName="login.example", DeveloperUserIdentifier="u1")
    with refused("ResourceNotFoundException"):
        admin.lookup_developer_identity(IdentityPoolId=world.id, DeveloperUserIdentifier="u1")


def test_identities_and_pools_come_and_go(world, public, admin):
    guests = {public.get_id(IdentityPoolId=world.id)["IdentityId"] for _ in range(3)}
    pages = admin.get_paginator("list_identity_pools").paginate(PaginationConfig={"PageSize": 1})
    assert world.id in [item["IdentityPoolId"] for page in pages for item in page["IdentityPools"]]
    listed = admin.list_identities(IdentityPoolId=world.id, MaxResults=60)["Identities"]
    assert {item["IdentityId"] for item in listed} == guests
    assert admin.delete_identities(IdentityIdsToDelete=list(guests))["UnprocessedIdentityIds"] == []
    admin.delete_identity_pool(IdentityPoolId=world.id)
    with refused("ResourceNotFoundException", f"IdentityPool '{world.id}' not found."):
        admin.describe_identity_pool(IdentityPoolId=world.id)


def test_cognito_sync_says_that_it_is_closed(server, world):
    sync = client("cognito-sync", server.url)
    with refused("UnknownOperationException", part="closed to new customers"):
        sync.list_identity_pool_usage()
    with refused("UnknownOperationException", part="closed to new customers"):
        sync.describe_identity_pool_usage(IdentityPoolId=world.id)
