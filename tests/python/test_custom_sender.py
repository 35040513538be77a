"""Custom senders: a handler reads the code with Amazon's own encryption client, from a KMS that both sides reach."""

import base64
import html
import os
import re
import unittest.mock

import aws_encryption_sdk
import pytest
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy, ContentType

from harness import aws_endpoint, serve
from harness.aws import attributes, idp_client, refused
from harness.invoke_api import InvokeApi, function_arn, until
from harness.kms import REGION, Kms
from harness.mailbox import Mailbox
from harness.pools import PASSWORD, Pool, unique

BY_MAIL = {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": function_arn("sender")}}
BY_SMS = {"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": function_arn("sender")}}


class Sender:
    """The function: what the developer guide's example does, in Python. `sent` holds (event, secret, message header)."""

    def __init__(self, kms):
        self.client = aws_encryption_sdk.EncryptionSDKClient(
            commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
        # The provider makes its KMS client by itself; the environment says where, as it does at Lambda.
        environment = {"AWS_ENDPOINT_URL_KMS": kms.url, "AWS_ACCESS_KEY_ID": aws_endpoint.KEY_ID,
                       "AWS_SECRET_ACCESS_KEY": aws_endpoint.SECRET}
        with unittest.mock.patch.dict(os.environ, environment):
            self.keys = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[kms.key_arn])
            self.keys.master_key(kms.key_arn)
        self.sent = []

    def __call__(self, event):
        secret = header = None
        if event["request"]["code"] is not None:
            plain, header = self.client.decrypt(source=base64.b64decode(event["request"]["code"]),
                                                key_provider=self.keys)
            secret = plain.decode()
        self.sent.append((event, secret, header))

    def wait(self, count=1):
        until(lambda: len(self.sent) >= count)
        return self.sent[count - 1]


class Deployment:
    """`stepwell serve` without any transport of its own, a KMS, and the function."""

    def __init__(self, new_server):
        self.kms = Kms()
        self.sender = Sender(self.kms)
        self.functions = InvokeApi(sender=self.sender)
        env = serve.environment(**self.kms.settings(), **self.functions.settings())
        self.server = new_server(mode="serve", env=env)

    def __enter__(self):
        for part in (self.kms, self.functions, self.server):
            part.__enter__()
        self.root = serve.root_client(self.server)
        self.app = idp_client(self.server.url, signed=False)
        return self

    def __exit__(self, *error):
        for part in (self.server, self.functions, self.kms):
            part.__exit__(*error)

    def pool(self, senders=None, **settings):
        triggers = {"KMSKeyID": self.kms.key_arn, **(BY_MAIL if senders is None else senders)}
        return Pool(self.root, {"AutoVerifiedAttributes": ["email"], "LambdaConfig": triggers, **settings})

    def check(self):
        """Nothing went wrong unseen, and no secret is in the log."""
        assert not self.kms.bad and not self.functions.bad and not self.functions.failures
        assert {kind for _, kind in self.functions.calls} == {"Event"}
        # How long a request took can be any six digits, too.
        log = re.sub(r"\bmicros=\d+", "", self.server.log())
        for _, secret, _ in self.sender.sent:
            assert secret is None or not re.search(rf"\b{re.escape(secret)}\b", log)


@pytest.fixture
def deployment(new_server):
    with Deployment(new_server) as running:
        yield running
        running.check()


def test_a_handler_reads_the_code_of_a_sign_up(deployment):
    pool = deployment.pool()
    username = unique("user")
    answer = deployment.app.sign_up(ClientId=pool.client_id, Username=username, Password=PASSWORD,
                                    UserAttributes=attributes({"email": "ada@example.com", "given_name": "Ada"}),
                                    ClientMetadata={"theme": "dark"})
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    event, code, header = deployment.sender.wait()
    encrypted = event["request"].pop("code")
    assert encrypted.startswith("AYADe") and code not in encrypted
    assert event == {
        "version": "1", "triggerSource": "CustomEmailSender_SignUp", "region": "us-east-1", "userPoolId": pool.id,
        "userName": username,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client_id},
        "request": {
            "type": "customEmailSenderRequestV1", "clientMetadata": {"theme": "dark"},
            "userAttributes": {"sub": answer["UserSub"], "email": "ada@example.com", "email_verified": "false",
                               "given_name": "Ada", "cognito:user_status": "UNCONFIRMED"}}}
    # As Cognito's own messages are.
    assert header.algorithm == AlgorithmSuite.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384
    assert (header.content_type, header.frame_length) == (ContentType.FRAMED_DATA, 4096)
    assert header.encryption_context["userpool-id"] == pool.id
    assert set(header.encryption_context) == {"userpool-id", "aws-crypto-public-key"}
    # One data key, opened with the encryption context that it was made with.
    assert deployment.kms.calls == [("GenerateDataKey", header.encryption_context),
                                    ("Decrypt", header.encryption_context)]
    deployment.app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)
    assert pool.sign_in(username)["AccessToken"]


def test_each_occasion_has_its_source_and_its_secret(deployment):
    pool = deployment.pool()
    sender = deployment.sender
    username, _ = pool.sign_up(email="bob@example.com")
    sender.wait()
    deployment.app.resend_confirmation_code(ClientId=pool.client_id, Username=username, ClientMetadata={"a": "b"})
    event, code, _ = sender.wait(2)
    assert event["triggerSource"] == "CustomEmailSender_ResendCode"
    assert event["request"]["clientMetadata"] is None
    deployment.app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)

    deployment.app.forgot_password(ClientId=pool.client_id, Username=username, ClientMetadata={"a": "b"})
    event, code, _ = sender.wait(3)
    assert event["triggerSource"] == "CustomEmailSender_ForgotPassword"
    assert event["request"]["clientMetadata"] == {"a": "b"}
    assert event["request"]["userAttributes"]["email_verified"] == "true"
    deployment.app.confirm_forgot_password(ClientId=pool.client_id, Username=username, ConfirmationCode=code,
                                           Password="Another-Horse-9")

    token = pool.sign_in(username, "Another-Horse-9")["AccessToken"]
    deployment.app.update_user_attributes(AccessToken=token, UserAttributes=attributes({"email": "bob@example.org"}))
    event, code, _ = sender.wait(4)
    assert event["triggerSource"] == "CustomEmailSender_UpdateUserAttribute"
    assert event["request"]["userAttributes"]["email"] == "bob@example.org"
    deployment.app.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    event, code, _ = sender.wait(5)
    assert event["triggerSource"] == "CustomEmailSender_VerifyUserAttribute"
    deployment.app.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)


def test_an_invitation_by_text_message_holds_the_escaped_password(deployment):
    pool = deployment.pool({**BY_MAIL, **BY_SMS})
    username, password = unique("user"), "Temp<&>\"'1aA;"
    pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword=password,
                               DesiredDeliveryMediums=["SMS"],
                               UserAttributes=attributes({"phone_number": "+15555550123"}))
    event, secret, _ = deployment.sender.wait()
    assert event["triggerSource"] == "CustomSMSSender_AdminCreateUser"
    assert event["request"]["type"] == "customSMSSenderRequestV1"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"]["userAttributes"]["phone_number"] == "+15555550123"
    assert secret != password and html.unescape(secret) == password
    assert pool.initiate(username, html.unescape(secret))["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_what_is_away_is_asked_again(deployment):
    pool = deployment.pool()
    deployment.kms.available = False
    username, _ = pool.sign_up(email="cyd@example.com")
    until(lambda: "message not delivered" in deployment.server.log())
    deployment.kms.available, deployment.functions.available = True, False
    until(lambda: deployment.server.log().count("message not delivered") == 2, timeout=40)
    deployment.functions.available = True
    until(lambda: deployment.sender.sent, timeout=40)
    _, code, _ = deployment.sender.wait()
    deployment.app.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)


def test_a_key_may_be_named_by_its_alias(deployment):
    pool = deployment.pool({**BY_MAIL, "KMSKeyID": deployment.kms.alias_arn})
    pool.sign_up(email="dan@example.com")
    _, code, header = deployment.sender.wait()
    assert re.fullmatch(r"\d{6}", code)
    [key] = header.encrypted_data_keys
    assert key.key_provider.key_info.decode() == deployment.kms.key_arn


def test_an_unknown_key_is_given_up(deployment):
    pool = deployment.pool({**BY_MAIL, "KMSKeyID": deployment.kms.key_arn[:-1] + "x"})
    pool.sign_up(email="eve@example.com")
    until(lambda: "message not delivered" in deployment.server.log())
    assert "over=true" in re.sub(r"\x1b\[[0-9;]*m", "", deployment.server.log())
    pool.idp.update_user_pool(UserPoolId=pool.id, AutoVerifiedAttributes=["email"],
                              LambdaConfig={"KMSKeyID": deployment.kms.key_arn, **BY_MAIL})
    pool.sign_up(email="eve@example.com")
    assert deployment.sender.wait()[0]["triggerSource"] == "CustomEmailSender_SignUp"


def test_serve_without_a_kms_says_so(new_server):
    with InvokeApi() as functions, new_server(mode="serve", env=serve.environment(**functions.settings())) as server:
        triggers = {**BY_MAIL, "KMSKeyID": f"arn:aws:kms:{REGION}:111122223333:key/none"}
        pool = Pool(serve.root_client(server), {"AutoVerifiedAttributes": ["email"], "LambdaConfig": triggers})
        with refused("CodeDeliveryFailureException"):
            pool.sign_up(email="fay@example.com")
        assert not functions.calls


def test_dev_without_a_kms_shows_the_secret(idp, server):
    triggers = {**BY_MAIL, "KMSKeyID": f"arn:aws:kms:{REGION}:111122223333:key/none"}
    pool = Pool(idp, {"AutoVerifiedAttributes": ["email"], "LambdaConfig": triggers})
    address = f"{unique('gus')}@example.com"
    username, _ = pool.sign_up(email=address)
    [message] = Mailbox(server.url).wait(address)
    assert message["subject"] == "CustomEmailSender_SignUp"
    idp.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=message["code"])
