"""Races over the wire: however many arrive at once, one wins, and the others are told so properly."""

from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import pytest

from harness import tokens
from harness.aws import as_dict, attributes, idp_client
from harness.pools import PASSWORD, unique

AT_ONCE = 8


@pytest.fixture(scope="module")
def together(server):
    """Runs a call in several threads at once; gives the answers and the error codes."""
    client = idp_client(server.url, max_pool_connections=AT_ONCE)

    def run(call, times=AT_ONCE):
        def attempt(number):
            try:
                return call(client, number), None
            except botocore.exceptions.ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error
                return None, error.response["Error"]["Code"]

        with ThreadPoolExecutor(times) as workers:
            results = list(workers.map(attempt, range(times)))
        return [answer for answer, code in results if code is None], [code for _, code in results if code]

    return run


def test_sign_ups_for_one_username(together, pool):
    for _ in range(5):
        username = unique("user")
        won, lost = together(lambda idp, _, name=username: idp.sign_up(
            ClientId=pool.client_id, Username=name, Password=PASSWORD))
        assert len(won) == 1 and set(lost) == {"UsernameExistsException"}, (won, lost)


def test_sign_ups_for_one_email_as_the_username(together, new_pool):
    pool = new_pool({"UsernameAttributes": ["email"]})
    for _ in range(5):
        email = unique("ada") + "@example.com"
        won, lost = together(lambda idp, _, name=email: idp.sign_up(
            ClientId=pool.client_id, Username=name, Password=PASSWORD))
        assert len(won) == 1 and set(lost) == {"UsernameExistsException"}, (won, lost)
        assert len(pool.idp.list_users(UserPoolId=pool.id, Filter=f'email = "{email}"')["Users"]) == 1


def test_one_alias_confirmed_by_many(together, new_pool, mailbox):
    pool = new_pool({"AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]})
    email = unique("ada") + "@example.com"
    users = []
    for number in range(4):
        username, _ = pool.sign_up(email=email)
        users.append((username, mailbox.code(email, count=number + 1)))
    won, lost = together(lambda idp, number: idp.confirm_sign_up(
        ClientId=pool.client_id, Username=users[number][0], ConfirmationCode=users[number][1]), times=4)
    assert len(won) == 1 and set(lost) == {"AliasExistsException"}, (won, lost)
    verified = [as_dict(pool.admin_get(username)["UserAttributes"]).get("email_verified") for username, _ in users]
    assert verified.count("true") == 1


def test_one_code_redeemed_by_many(together, pool, mailbox):
    email = unique("ada") + "@example.com"
    username = pool.confirmed(email=email, email_verified="true")
    pool.idp.forgot_password(ClientId=pool.client_id, Username=username)
    code = mailbox.code(email)
    won, lost = together(lambda idp, number: (idp.confirm_forgot_password(
        ClientId=pool.client_id, Username=username, ConfirmationCode=code, Password=f"Fresh-Horse-{number}"), number))
    assert len(won) == 1, (won, lost)
    assert set(lost) <= {"ExpiredCodeException", "CodeMismatchException", "LimitExceededException"}, lost
    pool.sign_in(username, f"Fresh-Horse-{won[0][1]}")


def test_one_session_answered_by_many(together, pool):
    username = unique("user")
    pool.idp.admin_create_user(UserPoolId=pool.id, Username=username, TemporaryPassword="Temp-Horse-1",
                               MessageAction="SUPPRESS")
    session = pool.initiate(username, "Temp-Horse-1")["Session"]
    won, lost = together(lambda idp, number: (idp.respond_to_auth_challenge(
        ClientId=pool.client_id, ChallengeName="NEW_PASSWORD_REQUIRED", Session=session,
        ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": f"Fresh-Horse-{number}"}), number))
    assert len(won) == 1 and set(lost) == {"NotAuthorizedException"}, (won, lost)
    pool.sign_in(username, f"Fresh-Horse-{won[0][1]}")


def test_many_writers_of_one_user_lose_nothing(together, pool):
    username = pool.confirmed()
    names = ["name", "given_name", "family_name", "middle_name", "nickname", "profile", "website", "locale"]
    won, lost = together(lambda idp, number: idp.admin_update_user_attributes(
        UserPoolId=pool.id, Username=username, UserAttributes=attributes({names[number]: f"value {number}"})))
    seen = as_dict(pool.admin_get(username)["UserAttributes"])
    # Each write either happened or was refused with an error that says to try again.
    assert sum(name in seen for name in names) == len(won), (seen, lost)
    assert set(lost) <= {"TooManyRequestsException", "ConcurrentModificationException"}, lost


def test_members_and_groups_come_and_go(together, pool):
    username = pool.confirmed()
    pool.idp.create_group(UserPoolId=pool.id, GroupName="staff")

    def step(idp, number):
        if number % 2:
            return idp.admin_add_user_to_group(UserPoolId=pool.id, GroupName="staff", Username=username)
        if number == 4:
            return idp.delete_group(UserPoolId=pool.id, GroupName="staff")
        return idp.admin_remove_user_from_group(UserPoolId=pool.id, GroupName="staff", Username=username)

    _, lost = together(step)
    assert set(lost) <= {"ResourceNotFoundException", "TooManyRequestsException"}, lost
    assert pool.idp.admin_list_groups_for_user(UserPoolId=pool.id, Username=username)["Groups"] == []
    assert "cognito:groups" not in tokens.payload(pool.sign_in(username)["AccessToken"])


def test_a_sign_out_ends_the_refreshes_that_race_with_it(together, pool):
    username = pool.confirmed()
    result = pool.sign_in(username)

    def step(idp, number):
        if number == 3:
            return idp.global_sign_out(AccessToken=result["AccessToken"])
        return idp.get_tokens_from_refresh_token(RefreshToken=result["RefreshToken"], ClientId=pool.client_id)

    won, lost = together(step)
    assert set(lost) <= {"NotAuthorizedException"}, lost
    for answer in won:
        if "AuthenticationResult" in answer:
            with pytest.raises(pool.idp.exceptions.NotAuthorizedException):
                pool.idp.get_user(AccessToken=answer["AuthenticationResult"]["AccessToken"])
