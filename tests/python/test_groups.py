"""The nine group operations, and the claims that groups put into tokens."""

from harness import tokens
from harness.aws import refused
from harness.pools import unique

ROLE = "arn:aws:iam::123456789012:role/"


def test_create_get_update_list_delete(pool, idp):
    made = idp.create_group(UserPoolId=pool.id, GroupName="staff", Description="d", Precedence=5,
                            RoleArn=ROLE + "staff")["Group"]
    assert (made["GroupName"], made["UserPoolId"], made["Description"], made["Precedence"], made["RoleArn"]) == (
        "staff", pool.id, "d", 5, ROLE + "staff")
    assert made["CreationDate"] and made["LastModifiedDate"]
    with refused("GroupExistsException", "A group with the name already exists."):
        idp.create_group(UserPoolId=pool.id, GroupName="staff")
    idp.update_group(UserPoolId=pool.id, GroupName="staff", Description="new", Precedence=0)
    seen = idp.get_group(UserPoolId=pool.id, GroupName="staff")["Group"]
    assert (seen["Description"], seen["Precedence"]) == ("new", 0)
    idp.create_group(UserPoolId=pool.id, GroupName="admins")
    listed = idp.list_groups(UserPoolId=pool.id)["Groups"]
    assert sorted(group["GroupName"] for group in listed) == ["admins", "staff"]
    idp.delete_group(UserPoolId=pool.id, GroupName="staff")
    for call in (idp.get_group, idp.update_group, idp.delete_group):
        with refused("ResourceNotFoundException"):
            call(UserPoolId=pool.id, GroupName="staff")


def test_groups_are_listed_page_by_page(pool, idp):
    names = {unique("g") for _ in range(7)}
    for name in names:
        idp.create_group(UserPoolId=pool.id, GroupName=name)
    seen, token = [], None
    for _ in range(10):
        page = idp.list_groups(UserPoolId=pool.id, Limit=3, **({"NextToken": token} if token else {}))
        assert len(page["Groups"]) <= 3
        seen += [group["GroupName"] for group in page["Groups"]]
        token = page.get("NextToken")
        if not token:
            break
    assert sorted(seen) == sorted(names)


def test_membership(pool, idp):
    username = pool.confirmed()
    idp.create_group(UserPoolId=pool.id, GroupName="staff")
    member = {"UserPoolId": pool.id, "GroupName": "staff", "Username": username}
    idp.admin_add_user_to_group(**member)
    idp.admin_add_user_to_group(**member)
    users = idp.list_users_in_group(UserPoolId=pool.id, GroupName="staff")["Users"]
    assert [user["Username"] for user in users] == [username]
    groups = idp.admin_list_groups_for_user(UserPoolId=pool.id, Username=username)["Groups"]
    assert [group["GroupName"] for group in groups] == ["staff"]
    idp.admin_remove_user_from_group(**member)
    assert idp.list_users_in_group(UserPoolId=pool.id, GroupName="staff")["Users"] == []
    assert idp.admin_list_groups_for_user(UserPoolId=pool.id, Username=username)["Groups"] == []
    with refused("UserNotFoundException", "User does not exist."):
        idp.admin_add_user_to_group(**{**member, "Username": "nobody"})
    with refused("ResourceNotFoundException"):
        idp.admin_add_user_to_group(**{**member, "GroupName": "nothing"})


def test_a_deleted_group_leaves_its_members_and_a_new_one_of_that_name_has_none(pool, idp):
    username = pool.confirmed()
    idp.create_group(UserPoolId=pool.id, GroupName="staff")
    idp.admin_add_user_to_group(UserPoolId=pool.id, GroupName="staff", Username=username)
    idp.delete_group(UserPoolId=pool.id, GroupName="staff")
    assert "cognito:groups" not in tokens.payload(pool.sign_in(username)["AccessToken"])
    idp.create_group(UserPoolId=pool.id, GroupName="staff")
    assert idp.list_users_in_group(UserPoolId=pool.id, GroupName="staff")["Users"] == []


def claims(pool, username):
    result = pool.sign_in(username)
    return tokens.payload(result["IdToken"]), tokens.payload(result["AccessToken"])


def join(pool, username, name, **options):
    pool.idp.create_group(UserPoolId=pool.id, GroupName=name, **options)
    pool.idp.admin_add_user_to_group(UserPoolId=pool.id, GroupName=name, Username=username)


def test_no_groups_no_claims(pool):
    for token in claims(pool, pool.confirmed()):
        assert not {"cognito:groups", "cognito:roles", "cognito:preferred_role"} & set(token)


def test_the_lowest_precedence_gives_the_preferred_role(pool):
    username = pool.confirmed()
    join(pool, username, "second", Precedence=2, RoleArn=ROLE + "second")
    join(pool, username, "first", Precedence=1, RoleArn=ROLE + "first")
    join(pool, username, "last", RoleArn=ROLE + "last")
    ids, access = claims(pool, username)
    assert sorted(ids["cognito:groups"]) == sorted(access["cognito:groups"]) == ["first", "last", "second"]
    assert sorted(ids["cognito:roles"]) == [ROLE + "first", ROLE + "last", ROLE + "second"]
    assert ids["cognito:preferred_role"] == ROLE + "first"
    assert not {"cognito:roles", "cognito:preferred_role"} & set(access)


def test_a_tie_between_different_roles_prefers_none(pool):
    username = pool.confirmed()
    join(pool, username, "one", Precedence=1, RoleArn=ROLE + "one")
    join(pool, username, "two", Precedence=1, RoleArn=ROLE + "two")
    ids, _ = claims(pool, username)
    assert sorted(ids["cognito:roles"]) == [ROLE + "one", ROLE + "two"]
    assert "cognito:preferred_role" not in ids


def test_a_refresh_sees_the_groups_of_now(pool, idp):
    username = pool.confirmed()
    refresh = pool.sign_in(username)["RefreshToken"]
    join(pool, username, "late")
    assert tokens.payload(pool.refresh(refresh)["IdToken"])["cognito:groups"] == ["late"]
    idp.admin_remove_user_from_group(UserPoolId=pool.id, GroupName="late", Username=username)
    assert "cognito:groups" not in tokens.payload(pool.refresh(refresh)["IdToken"])
