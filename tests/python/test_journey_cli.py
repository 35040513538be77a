"""The journey with the AWS CLI, as its commands would be typed."""

import json
import os
import subprocess
import sys

import pytest

from harness.pools import PASSWORD, unique


@pytest.fixture
def aws(server, tmp_path):
    """Runs `aws cognito-idp …` and gives what it printed, read as JSON; `refused` gives the error text."""
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "test",
                   "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
                   "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": server.url, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}

    def run(*arguments, refused=None):
        done = subprocess.run([sys.executable, program, "cognito-idp", *arguments, "--output", "json"],
                              env=environment, capture_output=True, text=True, timeout=60)
        if refused:
            assert done.returncode != 0 and f"({refused})" in done.stderr, done.stderr
            return done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


@pytest.mark.timeout(300)
def test_journey(aws, mail):
    pool = aws("create-user-pool", "--pool-name", "cli", "--auto-verified-attributes", "email")["UserPool"]["Id"]
    client = aws("create-user-pool-client", "--user-pool-id", pool, "--client-name", "cli", "--explicit-auth-flows",
                 "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")["UserPoolClient"]["ClientId"]
    username, email = unique("ada"), unique("ada") + "@example.com"
    signed_up = aws("sign-up", "--client-id", client, "--username", username, "--password", PASSWORD,
                    "--user-attributes", f"Name=email,Value={email}", "Name=name,Value=Ada")
    assert signed_up["UserConfirmed"] is False
    aws("confirm-sign-up", "--client-id", client, "--username", username, "--confirmation-code", "000000x",
        refused="CodeMismatchException")
    aws("confirm-sign-up", "--client-id", client, "--username", username, "--confirmation-code", mail.code(email))
    result = aws("initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters",
                 f"USERNAME={username},PASSWORD={PASSWORD}")["AuthenticationResult"]
    refreshed = aws("initiate-auth", "--client-id", client, "--auth-flow", "REFRESH_TOKEN_AUTH", "--auth-parameters",
                    f"REFRESH_TOKEN={result['RefreshToken']}")["AuthenticationResult"]
    access = refreshed["AccessToken"]
    assert aws("get-user", "--access-token", access)["Username"] == username
    aws("update-user-attributes", "--access-token", access, "--user-attributes", "Name=name,Value=Lovelace")
    aws("change-password", "--access-token", access, "--previous-password", PASSWORD, "--proposed-password",
        "Fresh-Horse-2")
    aws("forgot-password", "--client-id", client, "--username", username)
    aws("confirm-forgot-password", "--client-id", client, "--username", username, "--password", "Third-Horse-3",
        "--confirmation-code", mail.code(email, count=2))
    aws("initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters",
        f"USERNAME={username},PASSWORD={PASSWORD}", refused="NotAuthorizedException")
    access = aws("initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH", "--auth-parameters",
                 f"USERNAME={username},PASSWORD=Third-Horse-3")["AuthenticationResult"]["AccessToken"]
    aws("create-group", "--user-pool-id", pool, "--group-name", "staff")
    assert aws("admin-add-user-to-group", "--user-pool-id", pool, "--group-name", "staff", "--username",
               username) is None
    listed = aws("list-users", "--user-pool-id", pool, "--filter", f'email = "{email}"')["Users"]
    assert [user["Username"] for user in listed] == [username]
    aws("global-sign-out", "--access-token", access)
    assert "Access Token has been revoked" in aws("get-user", "--access-token", access,
                                                  refused="NotAuthorizedException")
    aws("admin-delete-user", "--user-pool-id", pool, "--username", username)
    aws("delete-user-pool", "--user-pool-id", pool)
    aws("describe-user-pool", "--user-pool-id", pool, refused="ResourceNotFoundException")
