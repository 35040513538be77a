"""`stepwell dev` as a newcomer meets it: the screen it prints, the three commands on it, the seeded pool."""

import os
import re
import subprocess
import sys
import time

import requests

from harness.aws import idp_client


def test_the_printed_commands_work_when_pasted(new_server, tmp_path):
    with new_server(seed=True) as server:
        screen = ""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and len(commands(screen)) < 3:
            screen = server.log()
            time.sleep(0.1)
        assert server.url in screen
        assert re.search(r"us-east-1_[0-9A-Za-z]+", screen)
        found = commands(screen)
        assert len(found) == 3, screen
        path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
        for command in found:
            # No credentials and no region in the environment: as on a fresh machine.
            done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=tmp_path,
                                  env={"PATH": path, "HOME": str(tmp_path), "AWS_PAGER": ""})
            assert done.returncode == 0, (command, done.stderr)
            assert done.stdout.strip(), command
            assert "Exception" not in done.stdout and '"__type"' not in done.stdout, done.stdout


def commands(screen):
    """What is to be pasted: the lines that begin with a program."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"\x1b\[[0-9;]*m", "", screen))
    return [line.strip().removeprefix("$ ") for line in joined.splitlines()
            if re.match(r"\s*(\$ )?(AWS_\w+=\S+ )*(aws|curl) ", line)]


def test_seeding_happens_once(new_server):
    with new_server(seed=True) as server:
        idp = idp_client(server.url)
        before = idp.list_user_pools(MaxResults=10)["UserPools"]
        assert len(before) == 1
        assert idp.list_users(UserPoolId=before[0]["Id"])["Users"]
        assert idp.list_user_pool_clients(UserPoolId=before[0]["Id"], MaxResults=10)["UserPoolClients"]
        server.restart()
        assert [pool["Id"] for pool in idp.list_user_pools(MaxResults=10)["UserPools"]] == [before[0]["Id"]]


def test_without_a_seed_there_is_nothing(new_server):
    with new_server() as server:
        assert idp_client(server.url).list_user_pools(MaxResults=10)["UserPools"] == []


def test_the_mailbox_page(server, pool, mailbox):
    email = "page@example.com"
    pool.sign_up(email=email)
    [message, *_] = mailbox.wait(email)
    assert set(message) >= {"id", "channel", "to", "subject", "body", "code", "at"}
    assert message["channel"] == "email" and message["code"] in message["body"]
    page = requests.get(server.url + "/dev/mailbox", timeout=10)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    assert "script" in page.headers.get("Content-Security-Policy", "") or "default-src" in page.headers.get(
        "Content-Security-Policy", "")


def test_words_from_outside_do_not_become_markup(server, new_pool, mailbox):
    nasty = '<script>alert("x")</script>'
    pool = new_pool({"AutoVerifiedAttributes": ["email"], "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailSubject": "s" + nasty, "EmailMessage": nasty + " {####}"}})
    pool.sign_up(email="markup@example.com")
    mailbox.wait("markup@example.com")
    assert nasty not in requests.get(server.url + "/dev/mailbox", timeout=10).text
