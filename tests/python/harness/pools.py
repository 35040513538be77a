"""Pools, clients and users as tests want them."""

import base64
import hashlib
import hmac
import uuid

from harness.aws import attributes

PASSWORD = "Correct-Horse-9"
ALL_FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
             "ALLOW_REFRESH_TOKEN_AUTH"]
ROTATING_FLOWS = [flow for flow in ALL_FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"]


def unique(prefix):
    return f"{prefix}{uuid.uuid4().hex[:12]}"


def secret_hash(username, client_id, secret):
    """SECRET_HASH as the guide's "Computing secret hash values" gives it."""
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Pool:
    """A fresh pool with one app client, and the calls that tests repeat."""

    def __init__(self, idp, pool=None, client=None):
        self.idp = idp
        self.description = idp.create_user_pool(PoolName=unique("pool-"), **(pool or {}))["UserPool"]
        self.id = self.description["Id"]
        self.client = None
        if client is not False:
            self.client = self.add_client(**(client or {}))
        self.client_id = self.client and self.client["ClientId"]

    def add_client(self, **options):
        options = {"ClientName": unique("client-"), "ExplicitAuthFlows": ALL_FLOWS, **options}
        return self.idp.create_user_pool_client(UserPoolId=self.id, **options)["UserPoolClient"]

    def sign_up(self, username=None, password=PASSWORD, client_id=None, **user_attributes):
        username = username or unique("user")
        answer = self.idp.sign_up(ClientId=client_id or self.client_id, Username=username, Password=password,
                                  UserAttributes=attributes(user_attributes))
        return username, answer

    def confirmed(self, username=None, password=PASSWORD, **user_attributes):
        """A user made and confirmed by an administrator; no message is sent."""
        username = username or unique("user")
        self.idp.admin_create_user(UserPoolId=self.id, Username=username, MessageAction="SUPPRESS",
                                   UserAttributes=attributes(user_attributes))
        self.idp.admin_set_user_password(UserPoolId=self.id, Username=username, Password=password, Permanent=True)
        return username

    def initiate(self, username, password=PASSWORD, flow="USER_PASSWORD_AUTH", client_id=None, **parameters):
        return self.idp.initiate_auth(AuthFlow=flow, ClientId=client_id or self.client_id,
                                      AuthParameters={"USERNAME": username, "PASSWORD": password, **parameters})

    def sign_in(self, username, password=PASSWORD, client_id=None, **parameters):
        """The AuthenticationResult of a password sign-in."""
        answer = self.initiate(username, password, client_id=client_id, **parameters)
        assert "ChallengeName" not in answer, answer
        return answer["AuthenticationResult"]

    def admin_get(self, username):
        return self.idp.admin_get_user(UserPoolId=self.id, Username=username)

    def refresh(self, token, client_id=None, **parameters):
        """The AuthenticationResult of an InitiateAuth refresh."""
        answer = self.idp.initiate_auth(AuthFlow="REFRESH_TOKEN_AUTH", ClientId=client_id or self.client_id,
                                        AuthParameters={"REFRESH_TOKEN": token, **parameters})
        return answer["AuthenticationResult"]

    def rotate(self, token, client_id=None, **parameters):
        """The AuthenticationResult of GetTokensFromRefreshToken."""
        return self.idp.get_tokens_from_refresh_token(
            RefreshToken=token, ClientId=client_id or self.client_id, **parameters)["AuthenticationResult"]
