"""Identity pools whose credentials come from another STS: MiniStack, which authorizes by roles and policies of its own."""

import json

import pytest

from harness.aws import client, refused
from harness.ministack import MiniStack, VerifyingSts
from harness.pools import PASSWORD, unique

SECRET = "/secrets/color"


@pytest.fixture
def ministack(tmp_path):
    running = MiniStack(tmp_path)
    yield running
    running.stop()


class World:
    """A server whose identity pools all go to MiniStack, and a role there for who has signed in to `pool`."""

    def __init__(self, new_server, ministack):
        self.ministack = ministack
        self.sts = VerifyingSts(ministack.url, self.issuer, None)
        self.server = new_server(env={"STEPWELL_EXTERNAL_STS": f"*={self.sts.url}",
                                      "STEPWELL_EXTERNAL_STS_SCOPE_DOWN_GUESTS": "false"})
        idp = client("cognito-idp", self.server.url)
        self.users = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
        self.app = idp.create_user_pool_client(UserPoolId=self.users, ClientName="c",
                                               ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]
        idp.admin_create_user(UserPoolId=self.users, Username="ann", MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=self.users, Username="ann", Password=PASSWORD, Permanent=True)
        self.idp = idp
        self.admin = client("cognito-identity", self.server.url)
        self.public = client("cognito-identity", self.server.url, signed=False)
        self.provider = f"cognito-idp.us-east-1.amazonaws.com/{self.users}"
        self.pool = self.identity_pool()
        self.sts.audience = self.pool
        self.iam = ministack.client("iam")
        ministack.client("ssm").put_parameter(Name=SECRET, Value="red", Type="String")

    def issuer(self):
        return self.server.url + "/identity"

    def identity_pool(self):
        return self.admin.create_identity_pool(
            IdentityPoolName="p", AllowUnauthenticatedIdentities=True,
            CognitoIdentityProviders=[{"ProviderName": self.provider, "ClientId": self.app["ClientId"]}])["IdentityPoolId"]

    def role(self, amr):
        """A role of MiniStack's that trusts the identity pool's issuer, and may read one parameter."""
        host = self.issuer().split("://")[1]
        name = unique("role-")
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::000000000000:oidc-provider/{host}"},
            "Condition": {"StringEquals": {f"{host}:aud": self.pool}, "ForAnyValue:StringLike": {f"{host}:amr": amr}},
        }]}
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        read = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}
        self.iam.put_role_policy(RoleName=name, PolicyName="p",
                                 PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [read]}))
        return arn

    def roles(self, pool, authenticated, guest):
        self.admin.set_identity_pool_roles(IdentityPoolId=pool,
                                           Roles={"authenticated": authenticated, "unauthenticated": guest})

    def logins(self):
        answer = self.idp.initiate_auth(ClientId=self.app["ClientId"], AuthFlow="USER_PASSWORD_AUTH",
                                        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD})
        return {self.provider: answer["AuthenticationResult"]["IdToken"]}

    def credentials(self, pool, logins):
        identity = self.public.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
        answer = self.public.get_credentials_for_identity(IdentityId=identity, Logins=logins)
        return identity, answer["Credentials"]

    def stop(self):
        self.server.stop()
        self.sts.close()


@pytest.fixture
def world(new_server, ministack):
    made = World(new_server, ministack)
    yield made
    made.stop()


@pytest.mark.timeout(300)
def test_credentials_of_another_sts(world):
    authenticated, guest = world.role("authenticated"), world.role("unauthenticated")
    world.roles(world.pool, authenticated, guest)
    for logins, role, amr in ((world.logins(), authenticated, "authenticated"), ({}, guest, "unauthenticated")):
        identity, credentials = world.credentials(world.pool, logins)
        # What it verified is the identity's own token, for the identity pool.
        assert (world.sts.seen[-1]["sub"], world.sts.seen[-1]["amr"][0]) == (identity, amr)
        theirs = [credentials[name] for name in ("AccessKeyId", "SecretKey", "SessionToken")]
        who = world.ministack.client("sts", *theirs).get_caller_identity()
        assert who["Arn"].endswith(f"{role.rsplit('/')[-1]}/CognitoIdentityCredentials")
        # They are credentials there, enforced there, and none here.
        ssm = world.ministack.client("ssm", *theirs)
        assert ssm.get_parameter(Name=SECRET)["Parameter"]["Value"] == "red"
        with pytest.raises(ssm.exceptions.ClientError, match="AccessDenied"):
            ssm.put_parameter(Name=SECRET, Value="blue", Type="String", Overwrite=True)
    assert not world.sts.refused


@pytest.mark.timeout(300)
def test_what_it_refuses_is_refused(world):
    authenticated, guest = world.role("authenticated"), world.role("unauthenticated")
    # A role for who has signed in, to guests: its trust policy says no.
    world.roles(world.pool, authenticated, authenticated)
    refusal = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
    with refused("InvalidIdentityPoolConfigurationException", refusal):
        world.credentials(world.pool, {})
    # Tokens of another identity pool are for another audience.
    other = world.identity_pool()
    world.roles(other, authenticated, guest)
    with refused("InvalidIdentityPoolConfigurationException", refusal):
        world.credentials(other, world.logins())
    assert len(world.sts.refused) == 1
    world.ministack.stop()
    world.roles(world.pool, authenticated, guest)
    with pytest.raises(world.public.exceptions.ExternalServiceException):
        world.credentials(world.pool, world.logins())
