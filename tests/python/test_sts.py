"""Temporary credentials in `serve`: boto3, the AWS CLI, and an OpenID provider elsewhere."""

import contextlib
import datetime
import json
import os
import re
import subprocess
import sys
import time

import botocore.auth
import jwt
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.signers import RequestSigner
from cryptography.hazmat.primitives.asymmetric import ec

from harness import serve
from harness.aws import client, refused
from harness.federation import policy, trust
from harness.listener import Listener
from harness.pools import Pool, unique
from harness.smtp import certificate

ROOT = {"key": serve.KEY_ID, "secret": serve.SECRET}
WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.fixture(scope="module")
def serving(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        yield server


@pytest.fixture(scope="module")
def iam(serving):
    return client("iam", serving.url, **ROOT)


@pytest.fixture(scope="module")
def account(serving):
    return client("sts", serving.url, **ROOT).get_caller_identity()["Account"]


def trusting(account, *actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": actions or ["sts:AssumeRole"]}]})


def new_role(iam, document, *actions, **options):
    name = unique("role")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **options)["Role"]["Arn"]
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*actions))
    return arn


def with_credentials(service, server, credentials):
    return client(service, server.url, credentials["AccessKeyId"], credentials["SecretAccessKey"],
                  credentials["SessionToken"])


def test_assume_role(serving, iam, account):
    role = new_role(iam, trusting(account), "cognito-idp:ListUserPools", Path="/apps/", MaxSessionDuration=7200)
    sts = client("sts", serving.url, **ROOT)
    answer = sts.assume_role(RoleArn=role, RoleSessionName="one", DurationSeconds=7200)
    name = role.rsplit("/", 1)[1]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/one"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert abs(credentials["Expiration"].timestamp() - time.time() - 7200) < 60
    assert "PackedPolicySize" not in answer
    who = with_credentials("sts", serving, credentials).get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (arn, answer["AssumedRoleUser"]["AssumedRoleId"])
    idp = with_credentials("cognito-idp", serving, credentials)
    idp.list_user_pools(MaxResults=1)
    with refused("AccessDeniedException", f"User: {arn} is not authorized to perform: cognito-idp:CreateUserPool on "
                 "resource: * because no identity-based policy allows the cognito-idp:CreateUserPool action"):
        idp.create_user_pool(PoolName="x")
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
        sts.assume_role(RoleArn=role, RoleSessionName="one", DurationSeconds=7201)
    with refused("ValidationError", part="at 'roleSessionName' failed to satisfy constraint"):
        sts.assume_role(RoleArn=role, RoleSessionName="with space")


def test_session_policies_tags_and_chains(serving, iam, account):
    document = trusting(account, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    first = new_role(iam, document, "sts:*", "cognito-idp:List*")
    second = new_role(iam, document, "cognito-idp:List*")
    sts = client("sts", serving.url, **ROOT)
    answer = sts.assume_role(
        RoleArn=first, RoleSessionName="one", SourceIdentity="ada", TransitiveTagKeys=["team"],
        Tags=[{"Key": "team", "Value": "réd"}, {"Key": "empty", "Value": ""}],
        Policy=policy("sts:*", "cognito-idp:ListUsers"))
    assert 0 < answer["PackedPolicySize"] < 20 and answer["SourceIdentity"] == "ada"
    narrow = with_credentials("cognito-idp", serving, answer["Credentials"])
    with refused("AccessDeniedException", part="because no session policy allows the cognito-idp:ListUserPools action"):
        narrow.list_user_pools(MaxResults=1)
    chained = with_credentials("sts", serving, answer["Credentials"])
    with refused("ValidationError", part="1 hour session limit for roles assumed by role chaining"):
        chained.assume_role(RoleArn=second, RoleSessionName="two", DurationSeconds=3601)
    with refused("AccessDenied", status=403):
        chained.assume_role(RoleArn=second, RoleSessionName="two", SourceIdentity="bob")
    answer = chained.assume_role(RoleArn=second, RoleSessionName="two")
    assert answer["SourceIdentity"] == "ada"
    with_credentials("cognito-idp", serving, answer["Credentials"]).list_user_pools(MaxResults=1)
    with refused("MalformedPolicyDocument"):
        sts.assume_role(RoleArn=first, RoleSessionName="one", Policy="{}")
    with refused("PackedPolicyTooLarge", part="Packed size of session policy and tags consumes "):
        sts.assume_role(RoleArn=first, RoleSessionName="one", Policy=policy("s3:" + "x" * 2048))


def test_session_token(serving, iam):
    name = unique("user")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy())
    key = iam.create_access_key(UserName=name)["AccessKey"]
    sts = client("sts", serving.url, key["AccessKeyId"], key["SecretAccessKey"])
    credentials = sts.get_session_token()["Credentials"]
    session = with_credentials("sts", serving, credentials)
    assert session.get_caller_identity()["Arn"].endswith(f":user/{name}")
    with_credentials("cognito-idp", serving, credentials).list_user_pools(MaxResults=1)
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", status=403):
        session.get_session_token()
    with refused("InvalidClientTokenId", status=403):
        with_credentials("iam", serving, credentials).list_users()
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", status=403):
        sts.get_caller_identity()


def test_nobody_is_vouched_for_who_is_gone(serving, iam, account):
    """Sessions of a role that was deleted, and made anew under its name."""
    role = new_role(iam, trusting(account))
    name = role.rsplit("/", 1)[1]
    sts = client("sts", serving.url, **ROOT)
    session = with_credentials("sts", serving, sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"])
    assert session.get_caller_identity()["Arn"].endswith(f":assumed-role/{name}/one")
    iam.delete_role(RoleName=name)
    for again in (False, True):
        if again:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(account))
        with refused("InvalidClientTokenId", "The security token included in the request is invalid.", status=403):
            session.get_caller_identity()


def test_tampered_and_foreign_session_tokens(serving, iam, account):
    role = new_role(iam, trusting(account))
    sts = client("sts", serving.url, **ROOT)
    one = sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    two = sts.assume_role(RoleArn=role, RoleSessionName="two")["Credentials"]
    flipped = "A" if one["SessionToken"][-5] != "A" else "B"
    for changed in [{"SessionToken": two["SessionToken"]},
                    {"SessionToken": one["SessionToken"][:-5] + flipped + one["SessionToken"][-4:]},
                    {"SessionToken": "IQoJb3JpZ2luX2VjEXAMPLE"}, {"AccessKeyId": two["AccessKeyId"]}]:
        with refused("InvalidClientTokenId", status=403):
            with_credentials("sts", serving, {**one, **changed}).get_caller_identity()
        with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
            with_credentials("cognito-idp", serving, {**one, **changed}).list_user_pools(MaxResults=1)
    with refused("SignatureDoesNotMatch", status=403):
        with_credentials("sts", serving, {**one, "SecretAccessKey": two["SecretAccessKey"]}).get_caller_identity()


def presigned(server, credentials, headers=None, expires=60, operation="GetCallerIdentity", service="sts", method="GET"):
    """A URL as `aws eks get-token` and aws-iam-authenticator make it."""
    version = {"sts": "2011-06-15", "iam": "2010-05-08"}[service]
    request = {"method": method, "url": f"{server.url}/?Action={operation}&Version={version}", "body": {},
               "headers": dict(headers or {}), "context": {}}
    events = HierarchicalEmitter()  # The signer holds it weakly.
    signer = RequestSigner(ServiceId(service), "us-east-1", service, "v4", credentials, events)
    return signer.generate_presigned_url(request, operation_name="", region_name="us-east-1", expires_in=expires)


def code(answer):
    found = re.search("<Code>(.*)</Code>", answer.text)
    return (answer.status_code, found and found.group(1))


def test_a_presigned_url_says_who_signed_it(serving, iam, account):
    role = new_role(iam, trusting(account))
    sts = client("sts", serving.url, **ROOT)
    session = sts.assume_role(RoleArn=role, RoleSessionName="one")
    signer = with_credentials("sts", serving, session["Credentials"])
    arn = session["AssumedRoleUser"]["Arn"]
    # boto3's own, by GET and by the POST that it presigns unless told otherwise.
    for method in ["GET", "POST"]:
        url = signer.generate_presigned_url("get_caller_identity", HttpMethod=method)
        answer = requests.request(method, url, timeout=30)
        assert answer.status_code == 200 and f"<Arn>{arn}</Arn>" in answer.text, answer.text
        assert code(requests.request("POST" if method == "GET" else "GET", url, timeout=30)) == (403, "SignatureDoesNotMatch")
    assert code(requests.head(url, timeout=30))[0] == 400

    # EKS: the cluster's name is signed along.
    key = Credentials(serve.KEY_ID, serve.SECRET)
    url = presigned(serving, key, {"x-k8s-aws-id": "blue"})
    answer = requests.get(url, headers={"x-k8s-aws-id": "blue", "accept": "application/json"}, timeout=30)
    assert answer.status_code == 200 and f"<Account>{account}</Account>" in answer.text, answer.text
    assert answer.headers["cache-control"] == "no-store"
    for headers in [{"x-k8s-aws-id": "green"}, {}]:
        assert code(requests.get(url, headers=headers, timeout=30)) == (403, "SignatureDoesNotMatch")


def test_a_signed_post_says_who_signed_it(serving, account):
    """HashiCorp Vault: URL, body and headers of a signed request travel, and Vault sends it."""
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("POST", serving.url + "/", data=body, headers={
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-Vault-AWS-IAM-Server-ID": "vault.example.com"})
    SigV4Auth(Credentials(serve.KEY_ID, serve.SECRET), "sts", "us-east-1").add_auth(request)
    headers = dict(request.prepare().headers)
    answer = requests.post(serving.url + "/", data=body, headers=headers, timeout=30)
    assert answer.status_code == 200 and f"<Account>{account}</Account>" in answer.text, answer.text
    changed = {**headers, "X-Vault-AWS-IAM-Server-ID": "other.example.com"}
    assert code(requests.post(serving.url + "/", data=body, headers=changed, timeout=30)) == (403, "SignatureDoesNotMatch")


def test_hostile_urls(serving, monkeypatch):
    key = Credentials(serve.KEY_ID, serve.SECRET)
    url = presigned(serving, key)
    signature = SigV4Auth(key, "sts", "us-east-1")
    signed = AWSRequest("GET", serving.url + "/?Action=GetCallerIdentity&Version=2011-06-15")
    signature.add_auth(signed)
    both = dict(signed.prepare().headers)
    for hostile, headers, expected in [
            (url.replace("GetCallerIdentity", "GetAccessKeyInfo&AccessKeyId=AKIAAAAAAAAAAAAAAAAA"), {}, (403, "SignatureDoesNotMatch")),
            (url.replace("Expires=60", "Expires=900"), {}, (403, "SignatureDoesNotMatch")),
            (url + "&X-Amz-Expires=60", {}, (400, "MalformedInput")),
            (url + "&X-Amz-Anything=1", {}, (400, "IncompleteSignature")),
            (url + "&x=1", {}, (403, "SignatureDoesNotMatch")),
            (url.replace("SignedHeaders=host", "SignedHeaders=accept"), {}, (403, "SignatureDoesNotMatch")),
            (url, {"Host": "evil.example"}, (403, "SignatureDoesNotMatch")),
            (url, {"X-Amz-Date": "20270115T080000Z"}, (403, "SignatureDoesNotMatch")),
            (url, both, (403, "SignatureDoesNotMatch")),
            (presigned(serving, key, operation="GetSessionToken"), {}, (400, "InvalidAction")),
            (presigned(serving, key, operation="CreateUser", service="iam"), {}, (400, "InvalidAction")),
            (url.split("&X-Amz")[0], {}, (403, "MissingAuthenticationToken"))]:
        assert code(requests.get(hostile, headers=headers, timeout=30)) == expected, hostile
    assert requests.get(url, timeout=30).status_code == 200
    assert requests.get(presigned(serving, key, operation="ListUsers", service="iam"), timeout=30).status_code == 200
    # STS takes a URL for fifteen minutes after its signing, however long it asks for; IAM for as long as it says.
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    for ago, expires, service, status in [(870, 60, "sts", 200), (930, 86_400, "sts", 403), (90, 60, "iam", 403),
                                          (870, 86_400, "iam", 200), (-420, 60, "sts", 403)]:
        then = now - datetime.timedelta(seconds=ago)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True, then=then: then)
        operation = {"sts": "GetCallerIdentity", "iam": "ListUsers"}[service]
        answer = requests.get(presigned(serving, key, expires=expires, service=service, operation=operation), timeout=30)
        assert answer.status_code == status, (ago, expires, service, answer.text)


@pytest.fixture(scope="module")
def user_pool(serving, iam):
    """A user pool that is an OpenID provider in IAM, and its address without the scheme."""
    pool = Pool(client("cognito-idp", serving.url, **ROOT))
    address = serving.url.split("://")[1] + "/" + pool.id
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{address}", ClientIDList=[pool.client_id])["OpenIDConnectProviderArn"]
    return pool, address, arn


def test_web_identity_of_a_user_pool(serving, iam, account, user_pool):
    pool, address, provider = user_pool
    role = new_role(iam, trust(provider, {"StringEquals": {f"{address}:aud": pool.client_id}}), "cognito-idp:ListUserPools")
    username = pool.confirmed()
    tokens = pool.sign_in(username)
    sts = client("sts", serving.url, signed=False)
    answer = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="app", WebIdentityToken=tokens["IdToken"], Policy=policy("cognito-idp:*"))
    claims = jwt.decode(tokens["IdToken"], options={"verify_signature": False})
    assert answer["SubjectFromWebIdentityToken"] == claims["sub"]
    assert (answer["Audience"], answer["Provider"]) == (pool.client_id, claims["iss"])
    with_credentials("cognito-idp", serving, answer["Credentials"]).list_user_pools(MaxResults=1)
    for token, code in [(tokens["AccessToken"], "InvalidIdentityToken"), (tokens["IdToken"] + "x", "InvalidIdentityToken"),
                        ("arbitrary", "InvalidIdentityToken")]:
        with refused(code) as caught:
            sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="app", WebIdentityToken=token)
        # botocore knows the error as a class of its own.
        assert isinstance(caught.value, sts.exceptions.InvalidIdentityTokenException)
    # A token that another app client had made for this one is not this one's.
    service = pool.add_client(ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"], GenerateSecret=True)
    derived = pool.idp.get_derived_token(
        ClientId=service["ClientId"], SubjectToken=tokens["IdToken"], SubjectTokenType="ID_TOKEN",
        RequestedTokenType="ID_TOKEN", Audiences=[address])["IssuedToken"]
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=provider, ClientID=address)
    open_role = new_role(iam, trust(provider, {"StringLike": {f"{address}:aud": "*"}}))
    sts.assume_role_with_web_identity(RoleArn=open_role, RoleSessionName="app", WebIdentityToken=tokens["IdToken"])
    with refused("InvalidIdentityToken"):
        sts.assume_role_with_web_identity(RoleArn=open_role, RoleSessionName="app", WebIdentityToken=derived)
    other = new_role(iam, trust(provider, {"StringEquals": {f"{address}:aud": "another"}}))
    for denied in [other, role + "x"]:
        with refused("AccessDenied", f"Not authorized to perform {WEB}", status=403):
            sts.assume_role_with_web_identity(RoleArn=denied, RoleSessionName="app", WebIdentityToken=tokens["IdToken"])


def test_the_cli_with_a_token_file(serving, iam, account, user_pool, tmp_path):
    pool, address, provider = user_pool
    role = new_role(iam, trust(provider, {"StringEquals": {f"{address}:aud": pool.client_id}}), "cognito-idp:ListUserPools")
    token = tmp_path / "token"
    token.write_text(pool.sign_in(pool.confirmed())["IdToken"])
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
                   "AWS_ROLE_ARN": role, "AWS_ROLE_SESSION_NAME": "cli", "AWS_DEFAULT_REGION": "us-east-1",
                   "AWS_ENDPOINT_URL": serving.url, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
                   "AWS_EC2_METADATA_DISABLED": "true"}

    def aws(*arguments):
        return subprocess.run([sys.executable, program, *arguments, "--output", "json"], env=environment,
                              capture_output=True, text=True, timeout=60)

    done = aws("sts", "get-caller-identity")
    assert done.returncode == 0, done.stderr
    name = role.rsplit("/", 1)[1]
    assert json.loads(done.stdout)["Arn"] == f"arn:aws:sts::{account}:assumed-role/{name}/cli"
    assert aws("cognito-idp", "list-user-pools", "--max-results", "1").returncode == 0
    done = aws("cognito-idp", "create-user-pool", "--pool-name", "x")
    assert done.returncode != 0 and "(AccessDeniedException)" in done.stderr, done.stderr
    token.write_text("arbitrary")
    done = aws("sts", "get-caller-identity")
    assert done.returncode != 0 and "(InvalidIdentityToken)" in done.stderr, done.stderr


class Elsewhere(Listener):
    """An OpenID provider of ten lines: discovery, one elliptic key, tokens."""

    def __init__(self, tls=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.seen = []
        super().__init__(tls)
        self.address = f"127.0.0.1:{self.port}/realm"
        self.url = f"https://{self.address}"

    def answer(self, request, body):
        self.seen.append(request.path)
        return 200, {}, json.dumps(self.documents().get(request.path, {})).encode()

    def documents(self):
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {"/realm/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"},
                "/realm/jwks": {"keys": [{**jwk, "kid": "one", "use": "sig"}]}}

    def token(self, **claims):
        now = int(time.time())
        return jwt.encode({"iss": self.url, "sub": "user-1", "aud": "app", "iat": now, "exp": now + 600, **claims},
                          self.key, "ES256", headers={"kid": "one"})


@contextlib.contextmanager
def elsewhere(server, tls=None):
    """The provider, registered in the server's IAM, and a role that trusts it."""
    op = Elsewhere(tls)
    iam = client("iam", server.url, **ROOT)
    arn = iam.create_open_id_connect_provider(Url=f"https://{op.address}", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    document = trust(arn, {"StringEquals": {f"{op.address}:aud": "app"}}, [WEB, "sts:TagSession"])
    try:
        yield op, new_role(iam, document, "cognito-idp:ListUserPools")
    finally:
        op.close()


def test_a_provider_elsewhere_that_the_operator_trusts(new_server, tmp_path):
    tls, authority = certificate(tmp_path)
    environment = serve.environment(STEPWELL_EGRESS_TRUSTED_HOSTS="127.0.0.1", SSL_CERT_FILE=authority)
    with new_server(mode="serve", env=environment) as server, elsewhere(server, tls) as (op, role):
        sts = client("sts", server.url, signed=False)
        tags = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}}
        answer = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xx", WebIdentityToken=op.token(**tags))
        with_credentials("cognito-idp", server, answer["Credentials"]).list_user_pools(MaxResults=1)
        assert answer["PackedPolicySize"] == 1
        sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xx", WebIdentityToken=op.token())
        assert op.seen == ["/realm/.well-known/openid-configuration", "/realm/jwks"]
        now = int(time.time())
        for claims, code in [({"exp": now - 1}, "ExpiredTokenException"), ({"aud": "other"}, "InvalidIdentityToken"),
                             ({"azp": "other"}, "InvalidIdentityToken"), ({"nbf": now + 3600}, "InvalidIdentityToken"),
                             ({"iss": op.url + "/other"}, "InvalidIdentityToken"),
                             ({"iss": f"http://{op.address}"}, "InvalidIdentityToken")]:
            with refused(code):
                sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xx", WebIdentityToken=op.token(**claims))
        forger = Elsewhere()
        forger.url = op.url
        with refused("InvalidIdentityToken"):
            sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xx", WebIdentityToken=forger.token())
        forger.server.shutdown()


def test_nobody_makes_the_server_fetch_from_inside(serving):
    with elsewhere(serving) as (op, role):
        sts = client("sts", serving.url, signed=False)
        with refused("IDPCommunicationError"):
            sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xx", WebIdentityToken=op.token())
        assert op.seen == []
