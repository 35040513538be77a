"""MiniStack: an independent STS, IAM and S3 on PyPI. It is in a virtual environment of its own, because it pins another
botocore than the tests do.

It asks a role's trust policy of the claims of a web identity token, but does not verify the token's signature. So
`VerifyingSts` stands before it: like AWS, MinIO or Ceph, it takes only tokens that the keys behind the issuer's discovery
document verify (with PyJWT), and passes everything else through.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.parse

import jwt
import pytest
import requests

from harness.aws import client
from harness.listener import Listener
from harness.ports import free_port

VERSION = "1.5.33"


def install():
    """The program's path, installed on first use."""
    folder = pathlib.Path(os.environ.get("HOME", "/tmp")) / ".cache" / "stepwell" / f"ministack-{VERSION}"
    program = folder / "bin" / "ministack"
    if program.exists():
        return program
    for command in ([sys.executable, "-m", "venv", folder],
                    [folder / "bin" / "pip", "install", "--quiet", f"ministack=={VERSION}"]):
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if ended.returncode:
            pytest.skip(f"MiniStack cannot be installed here: {ended.stderr[-300:]}")
    return program


class MiniStack:
    """A running MiniStack that authorizes every call by IAM policies."""

    def __init__(self, folder):
        self.port = free_port(1)
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GATEWAY_PORT": str(self.port),
                       "AUTH": "true", "MINISTACK_HOST": "127.0.0.1"}
        self.log = open(folder / "ministack.log", "wb")  # noqa: SIM115
        self.process = subprocess.Popen([install()], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while True:
            try:
                requests.get(self.url, timeout=5)
                return
            except requests.RequestException:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.1)

    def client(self, service, key="test", secret="test", token=None, **config):
        return client(service, self.url, key, secret, token, **config)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class VerifyingSts(Listener):
    """Passes requests on to an STS, after the token of AssumeRoleWithWebIdentity has been verified."""

    def __init__(self, behind, issuer, audience):
        self.behind, self.issuer, self.audience = behind, issuer, audience
        self.seen, self.refused = [], []
        super().__init__()

    def answer(self, request, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        kind = {"Content-Type": "text/xml"}
        try:
            self.seen.append(self.verify(form["WebIdentityToken"]))
        except jwt.PyJWTError as error:
            self.refused.append(error)
            return 400, kind, b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"
        answer = requests.post(self.behind, data=body, timeout=10,
                               headers={"content-type": "application/x-www-form-urlencoded"})
        return answer.status_code, kind, answer.content

    def verify(self, token):
        document = requests.get(self.issuer() + "/.well-known/openid-configuration", timeout=5).json()
        key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=document["id_token_signing_alg_values_supported"],
                          audience=self.audience, issuer=document["issuer"])
