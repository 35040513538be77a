"""Confirmation by a link instead of a code."""

import urllib.parse

import pytest
import requests

from harness.aws import as_dict
from harness.pools import unique


@pytest.fixture
def link(new_pool, mailbox):
    """A user who signed up, and the link in their mail: (pool, username, url)."""
    pool = new_pool({"AutoVerifiedAttributes": ["email"], "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailSubjectByLink": "Welcome",
        "EmailMessageByLink": "Please {##press here##}."}})
    email = unique("ada") + "@example.com"
    username, _ = pool.sign_up(email=email)
    [message] = mailbox.wait(email)
    assert message["subject"] == "Welcome" and "press here" in message["body"]
    return pool, username, message["code"]


def test_the_link_confirms_once(link):
    pool, username, url = link
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    user = pool.admin_get(username)
    assert user["UserStatus"] == "CONFIRMED"
    assert as_dict(user["UserAttributes"])["email_verified"] == "true"
    pool.sign_in(username)
    assert 400 <= requests.get(url, timeout=10).status_code < 500


def test_a_changed_link_confirms_nobody(link):
    pool, username, url = link
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    other, _ = pool.sign_up(email=unique("bob") + "@example.com")
    for change in ({"user_name": other}, {"user_name": "nobody"}, {"confirmation_code": "000000"}, {"client_id": "x"},
                   {"client_id": pool.add_client()["ClientId"] + "x"}, {"confirmation_code": "<script>alert(1)</script>"},
                   {"user_name": "a\x00b"}, {"confirmation_code": ""}):
        changed = parts._replace(query=urllib.parse.urlencode({**query, **change})).geturl()
        answer = requests.get(changed, timeout=10)
        assert 400 <= answer.status_code < 500, (change, answer.status_code)
        assert "<script>alert" not in answer.text
    for missing in query:
        rest = {name: value for name, value in query.items() if name != missing}
        answer = requests.get(parts._replace(query=urllib.parse.urlencode(rest)).geturl(), timeout=10)
        assert 400 <= answer.status_code < 500, missing
    assert pool.admin_get(username)["UserStatus"] == pool.admin_get(other)["UserStatus"] == "UNCONFIRMED"
