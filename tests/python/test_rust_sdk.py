"""AWS's Rust SDK (`tests/rust-sdk`): its web-identity provider gets credentials, and they do what the role says."""

import json
import os
import shutil
import subprocess

import pytest

from harness import serve
from harness.federation import Federation
from harness.server import ROOT
from harness.web_identity import ISSUERS, WebIdentity

MANIFEST = os.path.join(ROOT, "tests", "rust-sdk", "Cargo.toml")


@pytest.fixture(scope="session")
def program():
    """Builds it; a matter of seconds once its dependencies are compiled. Skips where they are not to be had."""
    cargo = os.environ.get("CARGO") or shutil.which("cargo")
    if not cargo:
        pytest.skip("cargo is not installed")
    fetched = subprocess.run([cargo, "fetch", "--locked", "--quiet", "--manifest-path", MANIFEST],
                             capture_output=True, text=True, timeout=600)
    if fetched.returncode:
        # A lock file that does not fit is a mistake in the checkout and no reason to skip.
        assert "--locked" not in fetched.stderr, fetched.stderr
        why = next((line for line in fetched.stderr.splitlines() if line.startswith("error")), fetched.stderr)
        pytest.skip(f"AWS's Rust SDK cannot be downloaded here: {why}")
    target = os.path.join(ROOT, os.environ.get("CARGO_TARGET_DIR", "target"), "rust-sdk")
    built = subprocess.run([cargo, "build", "--locked", "--offline", "--quiet", "--manifest-path", MANIFEST,
                            "--target-dir", target], capture_output=True, text=True, timeout=1200)
    assert built.returncode == 0, built.stderr
    return os.path.join(target, "debug", "stepwell-rust-sdk-test")


@pytest.fixture(scope="module")
def world(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        made = Federation(server, AllowClassicFlow=True)
        made.users.confirmed("ann")
        yield made


@pytest.fixture
def web_identity(world, tmp_path, request):
    return WebIdentity(world, tmp_path, getattr(request, "param", ISSUERS[0]))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("web_identity", ISSUERS, indirect=True)
@pytest.mark.parametrize("endpoint", ["AWS_ENDPOINT_URL", "of each service"])
def test_web_identity(program, web_identity, endpoint):
    environment = web_identity.environment()
    if endpoint != "AWS_ENDPOINT_URL":
        url = environment.pop("AWS_ENDPOINT_URL")
        environment |= {"AWS_ENDPOINT_URL_STS": url, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": url}
    done = subprocess.run([program, web_identity.world.users.id], env=environment, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers["GetCallerIdentity"] == {"result": web_identity.session_arn}
    assert answers["ListUsers"] == {"result": ["ann"]}
    assert answers["DeleteUserPool"]["code"] == "AccessDeniedException"
    assert answers["DeleteUserPool"]["message"] == web_identity.denial("cognito-idp:DeleteUserPool")


@pytest.mark.timeout(1800)
def test_a_token_that_is_not_trusted_gives_nothing(program, web_identity):
    web_identity.token_file.write_text("not-a-token")
    done = subprocess.run([program, web_identity.world.users.id], env=web_identity.environment(), capture_output=True,
                          text=True, timeout=120)
    answers = json.loads(done.stdout)
    for answer in answers.values():
        assert "InvalidIdentityToken" in answer["causes"] and "result" not in answer, answers
