"""A user pool, an identity pool that takes its tokens, and IAM roles that trust the identity pool, in `serve`."""

import contextlib
import json

from harness import serve
from harness.aws import client, refused
from harness.pools import Pool, unique

IDENTITIES = "cognito-identity.amazonaws.com"
VERSION = "2012-10-17"


def statement(actions="*", resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": actions, "Resource": resource, **more}


def policy(*statements):
    """A policy document; with nothing but actions it is one Allow of them."""
    if not statements or isinstance(statements[0], str):
        statements = (statement(list(statements) or "*"),)
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def trust(federated, condition, actions="sts:AssumeRoleWithWebIdentity"):
    return json.dumps({"Version": VERSION, "Statement": [
        {"Effect": "Allow", "Principal": {"Federated": federated}, "Action": actions, "Condition": condition}]})


class Federation:
    """Everything is made by the administrator's key; who signs in and guests call without a signature."""

    def __init__(self, server, pool=None, **identity_pool):
        self.server = server
        root = {"key": serve.KEY_ID, "secret": serve.SECRET}
        self.idp = client("cognito-idp", server.url, **root)
        self.identity = client("cognito-identity", server.url, **root)
        self.iam = client("iam", server.url, **root)
        self.account = client("sts", server.url, **root).get_caller_identity()["Account"]
        self.app = client("cognito-identity", server.url, signed=False)
        self.sts = client("sts", server.url, signed=False)
        self.users = Pool(self.idp, pool)
        self.provider = f"cognito-idp.us-east-1.amazonaws.com/{self.users.id}"
        self.settings = {
            "IdentityPoolName": unique("identities"), "AllowUnauthenticatedIdentities": True,
            "CognitoIdentityProviders": [{"ProviderName": self.provider, "ClientId": self.users.client_id}],
            **identity_pool}
        self.id = self.identity.create_identity_pool(**self.settings)["IdentityPoolId"]

    def pool_arn(self, pool_id=None):
        return f"arn:aws:cognito-idp:us-east-1:{self.account}:userpool/{pool_id or self.users.id}"

    def trust(self, amr="authenticated", tagging=False):
        actions = ["sts:AssumeRoleWithWebIdentity", *(["sts:TagSession"] if tagging else [])]
        return trust(IDENTITIES, {"StringEquals": {f"{IDENTITIES}:aud": self.id},
                                  "ForAnyValue:StringLike": {f"{IDENTITIES}:amr": amr}}, actions)

    def role(self, *actions, document=None, amr="authenticated", tagging=False, trust=None, **options):
        """A role of these actions, or of this policy document, which the identity pool may give; its ARN."""
        name = unique("role")
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust or self.trust(amr, tagging), **options)
        if actions or document:
            self.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document or policy(*actions))
        return made["Role"]["Arn"]

    def set_roles(self, authenticated=None, guest=None, mapping=None):
        roles = {"authenticated": authenticated, "unauthenticated": guest}
        mappings = {f"{self.provider}:{self.users.client_id}": mapping} if mapping else {}
        self.identity.set_identity_pool_roles(IdentityPoolId=self.id, RoleMappings=mappings,
                                              Roles={kind: arn for kind, arn in roles.items() if arn})

    def logins(self, username):
        """A fresh ID token, as `Logins`."""
        return {self.provider: self.users.sign_in(username)["IdToken"]}

    def identity_of(self, logins=None):
        return self.app.get_id(IdentityPoolId=self.id, Logins=logins or {})["IdentityId"]

    def enhanced(self, username=None, logins=None, **options):
        """The enhanced flow: credentials of a user who signs in for it, or of a new guest."""
        logins = logins or (self.logins(username) if username else {})
        return self.app.get_credentials_for_identity(IdentityId=self.identity_of(logins), Logins=logins,
                                                     **options)["Credentials"]

    def open_id_token(self, username=None):
        """The first half of the basic flow."""
        logins = self.logins(username) if username else {}
        return self.app.get_open_id_token(IdentityId=self.identity_of(logins), Logins=logins)["Token"]

    def classic(self, role, username=None, **options):
        """The basic flow: an OpenID token of the identity pool, taken to STS."""
        return self.sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="classic", WebIdentityToken=self.open_id_token(username), **options)["Credentials"]

    def client(self, credentials, service="cognito-idp"):
        """A client with temporary credentials, which identity pools and STS spell differently."""
        secret = credentials.get("SecretKey") or credentials["SecretAccessKey"]
        return client(service, self.server.url, credentials["AccessKeyId"], secret, credentials["SessionToken"])

    def lists_users(self, credentials, pool_id=None):
        """`ListUsers` with these credentials: whether it is allowed. Anything but a denial is an error."""
        idp = self.client(credentials)
        try:
            idp.list_users(UserPoolId=pool_id or self.users.id)
        except idp.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
            return False
        return True

    @contextlib.contextmanager
    def denied(self, role, action, why=None, resource=None, session="CognitoIdentityCredentials", **options):
        """The call inside must be denied to a session of this role, in AWS's words."""
        name = role.rsplit("/", 1)[1]
        why = why or f"because no identity-based policy allows the {action} action"
        message = (f"User: arn:aws:sts::{self.account}:assumed-role/{name}/{session} is not authorized to perform: "
                   f"{action} on resource: {resource or self.pool_arn()} {why}")
        with refused(options.pop("code", "AccessDeniedException"), message, **options):
            yield
