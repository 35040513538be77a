"""`Stepwell.VerifyRequest`: what boto3's S3 client sends elsewhere is verified and decided, as an object store would have it done."""

import hashlib
import json
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials

from harness.aws import client
from harness.federation import Federation, policy, statement
from harness.pools import unique

REGION = "us-east-1"


def user(iam, statements):
    """A user with these statements, and its access key."""
    name = unique("user")
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="module")
def iam(server):
    return client("iam", server.url)


@pytest.fixture(scope="module")
def store(server, iam):
    """What the object store asks with."""
    return user(iam, [{"Effect": "Allow", "Action": "stepwell:VerifyRequest", "Resource": "arn:aws:stepwell:*:*:service/s3"}])


@pytest.fixture(scope="module")
def reader(server, iam):
    """Who may read below `mine/`, for an hour, by way of STS."""
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/mine/*"}
    key = user(iam, [allowed])
    sts = boto3.client("sts", endpoint_url=server.url, region_name=REGION,
                       aws_access_key_id=key.access_key, aws_secret_access_key=key.secret_key)
    given = sts.get_session_token()["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def sent(credentials, call):
    """What boto3 sends to an object store, which is not there."""
    s3 = boto3.client("s3", endpoint_url="https://objects.example.com", region_name=REGION,
                      aws_access_key_id=credentials.access_key, aws_secret_access_key=credentials.secret_key,
                      aws_session_token=credentials.token,
                      config=Config(signature_version="s3v4", retries={"max_attempts": 0}, s3={"addressing_style": "path"}))
    seen = []

    def grab(request, **_):
        seen.append(request)
        return AWSResponse(request.url, 400, {}, None)

    s3.meta.events.register("before-send", grab)
    try:
        call(s3)
    except Exception:
        pass
    return received(seen[0].method, seen[0].url, seen[0].headers.items())


def received(method, url, headers=()):
    parts = urlsplit(url)
    headers = [{"Name": name, "Value": value.decode() if isinstance(value, bytes) else value} for name, value in headers]
    if not any(header["Name"].lower() == "host" for header in headers):
        headers.append({"Name": "Host", "Value": parts.netloc})
    hashes = [header["Value"] for header in headers if header["Name"].lower() == "x-amz-content-sha256"]
    return {"Method": method, "Path": parts.path, "Query": parts.query, "Headers": headers,
            "PayloadHash": hashes[0] if hashes else "UNSIGNED-PAYLOAD"}


def ask(server, store, request, key, action="s3:GetObject", bucket="photos", **context):
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    body = json.dumps({"Request": request, "Service": "s3", "Action": action, "Resources": [resource],
                       "Context": [{"Key": f"s3:{name}", "Value": value} for name, value in context.items()]})
    signed = AWSRequest("POST", server.url + "/", data=body, headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Stepwell.VerifyRequest"})
    SigV4Auth(store, "stepwell", REGION).add_auth(signed)
    prepared = signed.prepare()
    return requests.post(server.url + "/", data=body, headers=dict(prepared.headers), timeout=10)


@pytest.mark.parametrize("key", ["mine/a.jpg", "mine/a b+ü.jpg", "mine/x//y/../z", "mine/100%25"])
def test_boto3_reads_what_it_may(server, store, reader, key):
    request = sent(reader, lambda s3: s3.get_object(Bucket="photos", Key=key))
    verdict = ask(server, store, request, key)
    assert verdict.status_code == 200, verdict.text
    assert verdict.json()["Decision"] == "Allow", verdict.text
    assert verdict.json()["Principal"]["AccessKeyId"] == reader.access_key
    assert reader.secret_key not in verdict.text
    other = ask(server, store, request, "theirs/a.jpg").json()
    assert other["Decision"] == "Deny"
    assert other["Reason"]["Message"].endswith("because no identity-based policy allows the s3:GetObject action")


def test_a_presigned_url(server, store, reader):
    s3 = boto3.client("s3", endpoint_url="https://objects.example.com", region_name=REGION,
                      aws_access_key_id=reader.access_key, aws_secret_access_key=reader.secret_key,
                      aws_session_token=reader.token, config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "mine/a b"}, ExpiresIn=900)
    assert ask(server, store, received("GET", url), "mine/a b").json()["Decision"] == "Allow"
    verdict = ask(server, store, received("GET", url.replace("Expires=900", "Expires=901")), "mine/a b").json()
    assert verdict["Decision"] == "Deny" and "Principal" not in verdict


def test_what_was_changed_on_the_way(server, store, reader):
    genuine = sent(reader, lambda s3: s3.get_object(Bucket="photos", Key="mine/a.jpg"))
    for change in ({"Path": "/photos/mine/b.jpg"}, {"Path": "/photos/mine%2Fa.jpg"}, {"Method": "DELETE"},
                   {"PayloadHash": hashlib.sha256(b"x").hexdigest()}, {"Query": "acl"}):
        verdict = ask(server, store, {**genuine, **change}, "mine/a.jpg").json()
        assert verdict["Decision"] == "Deny" and "Principal" not in verdict, change
        assert verdict["Reason"]["Code"] == "InvalidSignatureException", change


def test_a_session_of_credentials_that_dev_does_not_know(server, store):
    given = client("sts", server.url).get_session_token()["Credentials"]
    session = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    request = sent(session, lambda s3: s3.get_object(Bucket="photos", Key="a"))
    assert ask(server, store, request, "a").json()["Decision"] == "Allow"


def test_who_is_gone_has_signed_nothing(server, store, iam):
    key = user(iam, [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}])
    sts = client("sts", server.url, key.access_key, key.secret_key)
    name = sts.get_caller_identity()["Arn"].rsplit("/", 1)[1]
    given = sts.get_session_token()["Credentials"]
    session = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    request = sent(session, lambda s3: s3.get_object(Bucket="photos", Key="a"))
    assert ask(server, store, request, "a").json()["Decision"] == "Allow"
    iam.delete_access_key(UserName=name, AccessKeyId=key.access_key)
    iam.delete_user_policy(UserName=name, PolicyName="p")
    iam.delete_user(UserName=name)
    verdict = ask(server, store, request, "a").json()
    assert verdict["Decision"] == "Deny" and "Principal" not in verdict
    assert verdict["Reason"]["Code"] == "UnrecognizedClientException"


def test_only_who_may_asks(server, iam, reader):
    request = sent(reader, lambda s3: s3.get_object(Bucket="photos", Key="mine/a.jpg"))
    nobody = user(iam, [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
    answer = ask(server, nobody, request, "mine/a.jpg")
    assert answer.status_code == 400 and answer.json()["__type"] == "AccessDeniedException"


def test_documented_policies_for_identities(server, store):
    """The developer guide's own policies: "IAM roles", example 2, and "Using attributes for access control policy example"."""
    schema = [{"Name": name, "AttributeDataType": "String", "Mutable": True} for name in ("department", "clearance")]
    world = Federation(server, {"Schema": schema})
    sub = "${cognito-identity.amazonaws.com:sub}"
    department, clearance = "${aws:PrincipalTag/department}", "${aws:PrincipalTag/clearance}"
    document = policy(
        statement("s3:ListBucket", "arn:aws:s3:::mybucket", Condition={"StringLike": {"s3:prefix": [f"{sub}/*"]}}),
        statement(["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::mybucket/{sub}/*"]),
        statement("s3:List*", f"arn:aws:s3:::*-{department}"),
        statement("s3:GetObject*", f"arn:aws:s3:::*-{department}/*",
                  Condition={"StringEquals": {"s3:ExistingObjectTag/clearance": clearance}}))
    world.set_roles(world.role(document=document, tagging=True), world.role(document=document, amr="unauthenticated"))
    world.identity.set_principal_tag_attribute_map(
        IdentityPoolId=world.id, IdentityProviderName=world.provider,
        PrincipalTags={"department": "custom:department", "clearance": "custom:clearance"})
    lawyer = world.users.confirmed(**{"custom:department": "legal", "custom:clearance": "confidential"})

    def may(logins):
        """The identity's id, and whether it may do what is asked."""
        identity = world.identity_of(logins)
        given = world.app.get_credentials_for_identity(IdentityId=identity, Logins=logins)["Credentials"]
        signer = Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
        request = sent(signer, lambda s3: s3.get_object(Bucket="any", Key="any"))

        def decide(*asked, **context):
            answer = ask(server, store, request, *asked, **context)
            assert answer.status_code == 200, answer.text
            return answer.json()["Decision"] == "Allow"

        return identity, decide

    tag = "ExistingObjectTag/clearance"
    mine, lawyers = may(world.logins(lawyer))
    guest, guests = may({})
    for identity, decide in ((mine, lawyers), (guest, guests)):
        assert decide(f"{identity}/a", bucket="mybucket")
        assert decide(f"{identity}/a", "s3:PutObject", "mybucket")
        assert decide(None, "s3:ListBucket", "mybucket", prefix=f"{identity}/docs")
        for refused in ((f"{identity}x/a",), ("a",), (f"{identity}/a", "s3:DeleteObject")):
            assert not decide(*refused, bucket="mybucket")
        assert not decide(None, "s3:ListBucket", "mybucket")
        assert not decide(None, "s3:ListBucket", "mybucket", prefix="")
    assert not lawyers(f"{guest}/a", bucket="mybucket") and not guests(f"{mine}/a", bucket="mybucket")
    assert lawyers(None, "s3:ListBucket", "acme-legal") and not lawyers(None, "s3:ListBucket", "acme-hr")
    assert lawyers("x", bucket="acme-legal", **{tag: "confidential"})
    assert not lawyers("x", bucket="acme-legal", **{tag: "secret"}) and not lawyers("x", bucket="acme-legal")
    # Without the tag the variable has no value, and the statement no resource.
    for bucket in ("acme-legal", "acme-", "acme-${aws:PrincipalTag/department}"):
        assert not guests(None, "s3:ListBucket", bucket)
