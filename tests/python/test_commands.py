"""`stepwell keys`, `stepwell check-config`, TLS by files, and limits per address: what an operator of `serve` uses."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness import serve, smtp, wire
from harness.aws import idp_client, refused
from harness.pools import Pool, unique
from harness.server import binary


def run(server, *arguments, **more_env):
    data = ["--data", server.data] + (["--database", server.database] if server.database else [])
    with_data = data if arguments[0] == "keys" else []
    return subprocess.run([binary(), *arguments, *with_data], env={**server.environment(), **more_env},
                          cwd=server.folder, capture_output=True, text=True, timeout=60)


def test_access_keys_come_and_go_while_the_server_runs(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        made = run(server, "keys", "create", "--description", "ci")
        assert made.returncode == 0, made.stderr
        key, secret = re.search(r"AWS_ACCESS_KEY_ID=(\S+)\nAWS_SECRET_ACCESS_KEY=(\S+)", made.stdout).groups()
        client = idp_client(server.url, key=key, secret=secret)
        assert client.list_user_pools(MaxResults=1)["UserPools"] == []
        listed = run(server, "keys", "list")
        assert key in listed.stdout and "ci" in listed.stdout and secret not in listed.stdout + listed.stderr
        assert run(server, "keys", "delete", key).returncode == 0
        # Revocation bypasses every cache.
        with refused("UnrecognizedClientException"):
            client.list_user_pools(MaxResults=1)
        assert key not in run(server, "keys", "list").stdout
        assert run(server, "keys", "delete", "AKIANOBODY0000000000").returncode != 0
        assert secret not in server.log()


def test_check_config_hides_secrets(new_server):
    with new_server(mode="serve", env=serve.environment(), start=False) as server:
        good = run(server, "check-config", STEPWELL_REGION="eu-north-1")
        assert good.returncode == 0, good.stderr
        assert "eu-north-1" in good.stdout and "STEPWELL_REGION" in good.stdout
        assert serve.SECRET not in good.stdout + good.stderr
        bad = run(server, "check-config", STEPWELL_LISTEN="nowhere")
        assert bad.returncode != 0 and "STEPWELL_LISTEN" in bad.stdout + bad.stderr


def test_serve_refuses_dev_settings(new_server):
    for name in ("STEPWELL_DEV_ALLOW_REMOTE", "STEPWELL_DEV_SEED"):
        with new_server(mode="serve", env=serve.environment(**{name: "true"}), start=False) as server:
            server.spawn()
            assert server.process.wait(20) != 0
            assert name in server.log()
            server.process = None


def test_serve_off_loopback_needs_its_public_url(new_server):
    with new_server(mode="serve", env=serve.environment(STEPWELL_LISTEN="0.0.0.0:1"), start=False) as server:
        command = [binary(), "serve", "--listen", f"0.0.0.0:{server.port}", "--data", server.data]
        done = subprocess.run(command, env=server.environment(), cwd=server.folder, capture_output=True, text=True,
                              timeout=20)
        assert done.returncode != 0 and "public_url" in done.stderr.lower()


def test_tls_by_files(new_server, tmp_path):
    _, authority = smtp.certificate(tmp_path)
    env = serve.environment(STEPWELL_TLS_CERT_FILE=str(tmp_path / "smtp.pem"),
                            STEPWELL_TLS_KEY_FILE=str(tmp_path / "smtp.key"))
    with new_server(mode="serve", env=env, start=False) as server:
        server.scheme, server.verify = "https", authority
        server.start()
        assert requests.get(f"https://127.0.0.1:{server.port}/healthz", verify=authority, timeout=10).ok
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"https://127.0.0.1:{server.port}/healthz", timeout=10)
        with pytest.raises(requests.RequestException):
            requests.get(f"http://127.0.0.1:{server.port}/healthz", timeout=10)


def test_a_flood_from_one_address_is_slowed_and_administrators_are_not(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        admin = serve.root_client(server, max_pool_connections=20)
        pool = Pool(admin)

        def sign_up(_):
            # Refused by the policy, and so as quick as can be.
            answer = wire.post(server.url, "SignUp", {"ClientId": pool.client_id, "Username": unique("u"), "Password": "x1"})
            assert answer.status_code == 400
            return wire.error(answer)

        with ThreadPoolExecutor(16) as workers:
            answers = list(workers.map(sign_up, range(400)))
            codes = {code for code, _ in answers}
            assert codes == {"InvalidPasswordException", "TooManyRequestsException"}, codes
            # Signed calls are not counted, however many.
            assert all(workers.map(lambda _: admin.describe_user_pool(UserPoolId=pool.id)["UserPool"], range(60)))
