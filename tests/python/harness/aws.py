"""boto3 clients of a server, and the one assertion that almost every test makes."""

import contextlib

import boto3
import botocore.config
import botocore.exceptions
import pytest

REGION = "us-east-1"


def idp_client(url, key="test", secret="test", token=None, signed=True, **config):
    """A boto3 client of user pools."""
    return client("cognito-idp", url, key, secret, token, signed, **config)


def client(service, url, key="test", secret="test", token=None, signed=True, **config):
    """A boto3 client; `signed=False` sends no credentials, as an app does."""
    options = {"retries": {"max_attempts": 1, "mode": "standard"}, **config}
    if not signed:
        options["signature_version"] = botocore.UNSIGNED
    return boto3.client(service, endpoint_url=url, region_name=REGION, aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token,
                        config=botocore.config.Config(**options))


@contextlib.contextmanager
def refused(code, message=None, part=None, status=400):
    """The call inside must be refused with exactly this error code, this status and, if given, this message.

    `part` is for texts that no AWS page gives: it must occur in the message.
    """
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status, error
    if message is not None:
        assert error["Message"] == message
    if part is not None:
        assert part.lower() in error["Message"].lower(), error


def attributes(pairs):
    """`{"email": "a@b.c"}` as the API wants it."""
    return [{"Name": name, "Value": value} for name, value in pairs.items()]


def as_dict(listed):
    """The API's attribute list as a dictionary."""
    return {item["Name"]: item.get("Value") for item in listed}
