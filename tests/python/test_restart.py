"""What a restart keeps, what a wrong master key does, and that a second server sees the first one's writes."""

import os
import signal
import subprocess
import time

import pytest
import requests

from harness import serve, tokens
from harness.aws import idp_client, refused
from harness.mailbox import Mailbox
from harness.pools import PASSWORD, Pool, secret_hash, unique


def test_everything_is_there_after_a_restart(new_server):
    with new_server() as server:
        idp = idp_client(server.url)
        pool = Pool(idp, {"AutoVerifiedAttributes": ["email"]})
        secret = pool.add_client(GenerateSecret=True)
        username = pool.confirmed(name="Ada")
        idp.create_group(UserPoolId=pool.id, GroupName="staff")
        idp.admin_add_user_to_group(UserPoolId=pool.id, GroupName="staff", Username=username)
        result, gone = pool.sign_in(username), pool.sign_in(username)
        idp.revoke_token(Token=gone["RefreshToken"], ClientId=pool.client_id)
        email = unique("bob") + "@example.com"
        waiting, _ = pool.sign_up(email=email)
        code = Mailbox(server.url).code(email)
        before = idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]
        keys = tokens.jwks(server, pool.id)
        assert server.restart()
        assert idp.describe_user_pool(UserPoolId=pool.id)["UserPool"] == before
        assert tokens.jwks(server, pool.id) == keys
        assert idp.get_user(AccessToken=result["AccessToken"])["Username"] == username
        assert tokens.payload(pool.refresh(result["RefreshToken"])["AccessToken"])["cognito:groups"] == ["staff"]
        with refused("NotAuthorizedException"):
            pool.refresh(gone["RefreshToken"])
        pool.sign_in(username, client_id=secret["ClientId"],
                     SECRET_HASH=secret_hash(username, secret["ClientId"], secret["ClientSecret"]))
        idp.confirm_sign_up(ClientId=pool.client_id, Username=waiting, ConfirmationCode=code)
        assert username in {user["Username"] for user in idp.list_users(UserPoolId=pool.id)["Users"]}


def test_sessions_survive_a_restart_and_stay_used(new_server):
    with new_server() as server:
        pool = Pool(idp_client(server.url))
        username = unique("user")
        pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword="Temp-Horse-1",
                                   MessageAction="SUPPRESS")
        session = pool.initiate(username, "Temp-Horse-1")["Session"]

        def answer():
            return pool.idp.respond_to_auth_challenge(
                ClientId=pool.client_id, ChallengeName="NEW_PASSWORD_REQUIRED", Session=session,
                ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": PASSWORD})

        server.restart()
        assert answer()["AuthenticationResult"]
        server.restart()
        with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
            answer()


def test_two_servers_on_one_database(new_server, engine):
    if engine != "postgres":
        pytest.skip("SQLite has one server")
    # Nodes are told apart by nobody: one public URL for both.
    env = {"STEPWELL_PUBLIC_URL": "https://localhost:8443"}
    with new_server(env=env) as first, new_server(env=env, start=False) as second:
        extra, second.database, second.data = second.database, first.database, first.data
        try:
            second.start()
            here, there = Pool(idp_client(first.url)), idp_client(second.url)
            username = here.confirmed()
            app = idp_client(second.url, signed=False)
            result = app.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=here.client_id,
                                       AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD})
            access = result["AuthenticationResult"]["AccessToken"]
            assert here.idp.get_user(AccessToken=access)["Username"] == username
            app.global_sign_out(AccessToken=access)
            with refused("NotAuthorizedException", "Access Token has been revoked"):
                here.idp.get_user(AccessToken=access)
            # Lockout is in the database, so guessing at two servers is no faster than at one.
            for client in (here.idp, there, here.idp, there, here.idp):
                with refused("NotAuthorizedException", "Incorrect username or password."):
                    client.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=here.client_id,
                                         AuthParameters={"USERNAME": username, "PASSWORD": "Wrong-Horse-9"})
            with refused("NotAuthorizedException", "Password attempts exceeded"):
                app.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=here.client_id,
                                  AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD})
        finally:
            second.stop()
            second.database = extra


def test_a_graceful_end(new_server):
    with new_server() as server:
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 10
        server.start()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(10) == 0


def test_a_wrong_master_key_is_refused_at_once(new_server):
    env = serve.environment(STEPWELL_MASTER_KEY="11" * 32)
    with new_server(mode="serve", env=env) as server:
        Pool(serve.root_client(server))
        server.stop()
        server.env["STEPWELL_MASTER_KEY"] = "22" * 32
        server.spawn()
        assert server.process.wait(20) != 0
        assert "master key" in server.log().lower()
        server.env["STEPWELL_MASTER_KEY"] = "11" * 32
        server.start()
        assert len(serve.root_client(server).list_user_pools(MaxResults=10)["UserPools"]) == 1


def test_a_port_in_use(new_server):
    with new_server() as server:
        with new_server(start=False) as other:
            other.port = server.port
            other.spawn()
            assert other.process.wait(20) not in (0, -signal.SIGABRT)
            assert str(server.port) in other.log()
            other.process = None


def test_unknown_settings_are_refused_with_the_nearest_name(new_server, tmp_path):
    with new_server(mode="serve", env=serve.environment(STEPWELL_SMTP_HOSTT="x"), start=False) as server:
        server.spawn()
        assert server.process.wait(20) != 0
        assert "STEPWELL_SMTP_HOST" in server.log().replace("STEPWELL_SMTP_HOSTT", "")
        server.process = None
    path = tmp_path / "stepwell.toml"
    path.write_text('[email.smtp]\nhostt = "x"\n')
    with new_server(mode="serve", env=serve.environment(), args=["--config", str(path)], start=False) as server:
        server.spawn()
        assert server.process.wait(20) != 0
        assert "hostt" in server.log()
        server.process = None


def test_a_first_start_shows_its_key_once(new_server):
    with new_server(mode="serve") as server:
        import re
        first = server.log()
        key = re.search(r"\bAKIA[A-Z0-9]{16}\b", first).group()
        secret = re.search(r"(?i)secret[^\n]*?\b([A-Za-z0-9/+]{40})\b", first)
        assert secret, first
        client = idp_client(server.url, key=key, secret=secret.group(1))
        assert client.list_user_pools(MaxResults=1)["UserPools"] == []
        server.restart()
        assert secret.group(1) not in server.log()[len(first):]
        assert client.list_user_pools(MaxResults=1)["UserPools"] == []


def test_files_are_the_owners_alone(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        requests.get(server.url + "/readyz", timeout=5)
        for folder, _, files in os.walk(server.folder):
            for name in files:
                path = os.path.join(folder, name)
                if path != server.log_path:
                    assert os.stat(path).st_mode & 0o077 == 0, path


def test_dev_refuses_to_listen_for_others(new_server):
    with new_server(start=False) as server:
        command = server.command()
        command[command.index("--listen") + 1] = f"0.0.0.0:{server.port}"
        done = subprocess.run(command, env=server.environment(), cwd=server.folder, capture_output=True, text=True,
                              timeout=20)
        assert done.returncode != 0
        assert "--allow-remote" in done.stderr + done.stdout
