"""ListUsers: every filter of the guide, AttributesToGet, and pages that survive writes."""

import pytest

from harness.aws import as_dict, refused


@pytest.fixture
def people(pool, idp):
    pool.confirmed("ada", email="Ada@example.com", name="Ada Lovelace", given_name="Ada", family_name="Lovelace",
                   phone_number="+15550001111", preferred_username="countess")
    pool.confirmed("alan", email="alan@example.org", name="Alan Turing", given_name="Alan", family_name="Turing",
                   phone_number="+15550002222")
    pool.confirmed("grace", email="grace@example.com", name="Grace Hopper", given_name="Grace", family_name="Hopper",
                   phone_number="+4930123456")
    idp.admin_create_user(UserPoolId=pool.id, Username="new", MessageAction="SUPPRESS")
    idp.admin_disable_user(UserPoolId=pool.id, Username="grace")

    def find(text=None, **options):
        if text is not None:
            options["Filter"] = text
        return [user["Username"] for user in idp.list_users(UserPoolId=pool.id, **options)["Users"]]

    return find


@pytest.mark.parametrize("text,expected", [
    ('username = "ada"', {"ada"}),
    ('username ^= "a"', {"ada", "alan"}),
    ('username = "ADA"', set()),
    ('email = "Ada@example.com"', {"ada"}),
    ('email ^= "alan@"', {"alan"}),
    ('phone_number ^= "+1555"', {"ada", "alan"}),
    ('phone_number = "+4930123456"', {"grace"}),
    ('name = "Ada Lovelace"', {"ada"}),
    ('given_name ^= "A"', {"ada", "alan"}),
    ('family_name = "Hopper"', {"grace"}),
    ('preferred_username ^= "count"', {"ada"}),
    ('cognito:user_status = "CONFIRMED"', {"ada", "alan", "grace"}),
    ('cognito:user_status = "force_change_password"', {"new"}),
    ('cognito:user_status ^= "FORCE"', {"new"}),
    ('status = "Disabled"', {"grace"}),
    ('status = "Enabled"', {"ada", "alan", "new"}),
    ('status = "disabled"', set()),
    ('name="Alan Turing"', {"alan"}),
    ('email = "nobody@example.com"', set()),
])
def test_filters(people, text, expected):
    assert set(people(text)) == expected


def test_by_sub(people, pool):
    sub = as_dict(pool.admin_get("alan")["UserAttributes"])["sub"]
    assert people(f'sub = "{sub}"') == ["alan"]


@pytest.mark.parametrize("text", [
    "email", 'email > "a"', 'email = a', 'email = "a', 'gender = "x"', 'custom:x = "y"', 'email = "a" and name = "b"',
    'nickname = "al"', '= "x"', 'email == "x"', "email = 'x'", 'email = "x" --', '"; drop table users; --',
])
def test_refused_filters(people, text):
    with refused("InvalidParameterException"):
        people(text)


@pytest.mark.parametrize("value", ['%', '_', 'a%', "ada'", "ada' or '1'='1", 'ada\\\\', '*', '\u00e4', '\uffff'])
def test_a_value_is_a_value_and_no_pattern(people, value):
    assert people(f'username = "{value}"') == []
    assert people(f'name ^= "{value}"') == []


def test_quotes_in_a_value_are_escaped(pool, idp):
    pool.confirmed("quoted", name='Ada "the first"')
    found = idp.list_users(UserPoolId=pool.id, Filter='name = "Ada \\"the first\\""')["Users"]
    assert [user["Username"] for user in found] == ["quoted"]


def test_results_are_in_the_order_of_the_attribute(people):
    assert people('given_name ^= "A"') == ["ada", "alan"]
    assert people('phone_number ^= "+"') == ["ada", "alan", "grace"]


def test_what_a_listed_user_looks_like(people, pool, idp):
    [user] = idp.list_users(UserPoolId=pool.id, Filter='username = "grace"')["Users"]
    assert (user["Username"], user["Enabled"], user["UserStatus"]) == ("grace", False, "CONFIRMED")
    assert user["UserCreateDate"] <= user["UserLastModifiedDate"]
    assert as_dict(user["Attributes"])["email"] == "grace@example.com"


def test_attributes_to_get(people, pool, idp):
    users = idp.list_users(UserPoolId=pool.id, AttributesToGet=["sub"])["Users"]
    assert len(users) == 4
    assert all([a["Name"] for a in user["Attributes"]] == ["sub"] for user in users)
    [user] = idp.list_users(UserPoolId=pool.id, AttributesToGet=["email", "name"], Filter='username = "ada"')["Users"]
    assert as_dict(user["Attributes"]) == {"email": "Ada@example.com", "name": "Ada Lovelace"}
    with refused("InvalidParameterException"):
        idp.list_users(UserPoolId=pool.id, AttributesToGet=["no_such"])


def test_pages_survive_writes(pool, idp):
    names = [f"user{number:02}" for number in range(11)]
    for name in names:
        idp.admin_create_user(UserPoolId=pool.id, Username=name, MessageAction="SUPPRESS")
    seen, token, pages = [], None, 0
    while True:
        page = idp.list_users(UserPoolId=pool.id, Limit=3, **({"PaginationToken": token} if token else {}))
        assert len(page["Users"]) <= 3
        seen += [user["Username"] for user in page["Users"]]
        pages += 1
        token = page.get("PaginationToken")
        if not token or pages > 20:
            break
        if pages == 2:
            # The user at the end of the page just read goes, and another one comes.
            idp.admin_delete_user(UserPoolId=pool.id, Username=seen[-1])
            idp.admin_create_user(UserPoolId=pool.id, Username="user99", MessageAction="SUPPRESS")
    assert len(seen) == len(set(seen))
    assert set(names) <= set(seen)


def test_a_page_token_belongs_to_its_query(people, pool, new_pool, idp):
    token = idp.list_users(UserPoolId=pool.id, Limit=1)["PaginationToken"]
    other = new_pool(client=False)
    for options in ({"UserPoolId": other.id}, {"UserPoolId": pool.id, "Filter": 'email ^= "a"'}):
        with refused("InvalidParameterException"):
            idp.list_users(PaginationToken=token, Limit=1, **options)
    with refused("InvalidParameterException"):
        idp.list_users(UserPoolId=pool.id, PaginationToken=token[:-3] + "xyz", Limit=1)


def test_the_limits_of_limit(pool, idp):
    with refused("InvalidParameterException", part="limit"):
        idp.list_users(UserPoolId=pool.id, Limit=61)
    assert idp.list_users(UserPoolId=pool.id, Limit=60)["Users"] == []


def test_users_of_another_pool_are_not_listed(people, new_pool, idp):
    assert idp.list_users(UserPoolId=new_pool(client=False).id)["Users"] == []
