"""The attribute schema: custom and developer attributes, required, mutable, bounds; who may read and write what."""

import pytest

from harness import tokens
from harness.aws import as_dict, attributes, refused
from harness.pools import PASSWORD, unique


def schema(pool):
    described = pool.idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["SchemaAttributes"]
    return {attribute["Name"]: attribute for attribute in described}


def test_custom_attributes(new_pool, idp):
    pool = new_pool({"Schema": [
        {"Name": "level", "AttributeDataType": "Number", "Mutable": True,
         "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"}},
        {"Name": "badge", "AttributeDataType": "String", "Mutable": False,
         "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"}}]})
    assert schema(pool)["custom:level"]["NumberAttributeConstraints"] == {"MinValue": "1", "MaxValue": "9"}
    assert schema(pool)["custom:badge"]["Mutable"] is False
    idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[{"Name": "late", "AttributeDataType": "Boolean"}])
    assert schema(pool)["custom:late"]["AttributeDataType"] == "Boolean"
    with refused("InvalidParameterException"):
        idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[{"Name": "late", "AttributeDataType": "String"}])
    username = pool.confirmed(**{"custom:level": "5", "custom:badge": "abc", "custom:late": "true"})
    seen = as_dict(pool.admin_get(username)["UserAttributes"])
    assert (seen["custom:level"], seen["custom:badge"], seen["custom:late"]) == ("5", "abc", "true")
    for name, value in (("custom:level", "0"), ("custom:level", "10"), ("custom:level", "many"),
                        ("custom:badge", "x"), ("custom:badge", "abcde"), ("custom:nothing", "x"),
                        ("no_such", "x")):
        with refused("InvalidParameterException"):
            pool.confirmed(**{name: value})


def test_an_immutable_attribute_is_written_once(new_pool, idp):
    pool = new_pool({"Schema": [{"Name": "badge", "AttributeDataType": "String", "Mutable": False}]})
    username = pool.confirmed(**{"custom:badge": "abc"})
    with refused("InvalidParameterException"):
        idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username,
                                         UserAttributes=attributes({"custom:badge": "new"}))
    with refused("InvalidParameterException"):
        idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username,
                                         UserAttributes=attributes({"sub": "x"}))
    assert as_dict(pool.admin_get(username)["UserAttributes"])["custom:badge"] == "abc"


def test_required_attributes(new_pool):
    pool = new_pool({"Schema": [{"Name": "email", "Required": True, "Mutable": True},
                                {"Name": "name", "Required": True, "Mutable": True}]})
    assert schema(pool)["email"]["Required"] is True
    with refused("InvalidParameterException", part="name"):
        pool.sign_up(email="a@example.com")
    pool.sign_up(email="a@example.com", name="Ada")
    username = pool.confirmed(email="b@example.com", name="Bob")
    access = pool.sign_in(username)["AccessToken"]
    with refused("InvalidParameterException"):
        pool.idp.delete_user_attributes(AccessToken=access, UserAttributeNames=["name"])


def test_developer_attributes_are_the_administrators_alone(new_pool, idp):
    pool = new_pool({"Schema": [{"Name": "tier", "AttributeDataType": "String", "Mutable": True,
                                 "DeveloperOnlyAttribute": True}]})
    [name] = [name for name in schema(pool) if name.endswith("tier")]
    assert schema(pool)[name]["DeveloperOnlyAttribute"] is True and name.startswith("dev:")
    username = pool.confirmed(**{name: "gold"})
    assert as_dict(pool.admin_get(username)["UserAttributes"])[name] == "gold"
    access = pool.sign_in(username)["AccessToken"]
    with refused("NotAuthorizedException"):
        idp.update_user_attributes(AccessToken=access, UserAttributes=attributes({name: "platinum"}))
    with pytest.raises(idp.exceptions.ClientError) as caught:
        pool.sign_up(**{name: "platinum"})
    assert caught.value.response["Error"]["Code"] in ("NotAuthorizedException", "InvalidParameterException")
    idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username,
                                     UserAttributes=attributes({name: "silver"}))
    assert as_dict(pool.admin_get(username)["UserAttributes"])[name] == "silver"


def test_fifty_custom_attributes_and_no_more(new_pool, idp):
    pool = new_pool(client=False)
    for start in (0, 25):
        idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[
            {"Name": f"a{number}", "AttributeDataType": "String"} for number in range(start, start + 25)])
    with pytest.raises(idp.exceptions.ClientError) as caught:
        idp.add_custom_attributes(UserPoolId=pool.id, CustomAttributes=[{"Name": "more", "AttributeDataType": "String"}])
    assert caught.value.response["Error"]["Code"] in ("InvalidParameterException", "LimitExceededException")


@pytest.mark.parametrize("name,value", [("email", "not an email"), ("phone_number", "12345"),
                                        ("birthdate", "1.1.2000"),
                                        ("updated_at", "yesterday"), ("name", "x" * 2049)])
def test_ill_formed_values(pool, name, value):
    with refused("InvalidParameterException"):
        pool.sign_up(**{name: value})


def test_write_permissions_of_a_client(pool, idp):
    client = pool.add_client(WriteAttributes=["name"])["ClientId"]
    with refused("NotAuthorizedException"):
        pool.sign_up(client_id=client, email="a@example.com", name="Ada")
    username = pool.confirmed(nickname="al")
    access = pool.sign_in(username, client_id=client)["AccessToken"]
    with refused("NotAuthorizedException"):
        idp.update_user_attributes(AccessToken=access, UserAttributes=attributes({"name": "A", "nickname": "x"}))
    with refused("NotAuthorizedException"):
        idp.delete_user_attributes(AccessToken=access, UserAttributeNames=["nickname"])
    idp.update_user_attributes(AccessToken=access, UserAttributes=attributes({"name": "A"}))
    seen = as_dict(pool.admin_get(username)["UserAttributes"])
    # Nothing is half-written: the refused update left `name` alone, the allowed one set it.
    assert (seen["name"], seen["nickname"]) == ("A", "al")


def test_read_permissions_of_a_client(pool, idp):
    client = pool.add_client(ReadAttributes=["name"])["ClientId"]
    username = pool.confirmed(name="Ada", nickname="al", email="a@example.com")
    result = pool.sign_in(username, client_id=client)
    seen = as_dict(idp.get_user(AccessToken=result["AccessToken"])["UserAttributes"])
    assert seen.get("name") == "Ada" and not {"nickname", "email"} & set(seen)
    assert not {"nickname", "email"} & set(tokens.payload(result["IdToken"]))


def test_nobody_verifies_their_own_email_by_writing_it(pool, idp):
    with refused("NotAuthorizedException"):
        pool.sign_up(email="a@example.com", email_verified="true")
    username = pool.confirmed(email="a@example.com")
    access = pool.sign_in(username)["AccessToken"]
    with refused("InvalidParameterException", "Cannot modify the non-mutable attribute email_verified"):
        idp.update_user_attributes(AccessToken=access, UserAttributes=attributes({"email_verified": "true"}))
    idp.admin_update_user_attributes(UserPoolId=pool.id, Username=username,
                                     UserAttributes=attributes({"email_verified": "true"}))
    assert as_dict(pool.admin_get(username)["UserAttributes"])["email_verified"] == "true"


def test_an_email_that_needs_verification_stays_until_verified(new_pool, idp, mailbox):
    pool = new_pool({"AutoVerifiedAttributes": ["email"], "UserAttributeUpdateSettings": {
        "AttributesRequireVerificationBeforeUpdate": ["email"]}})
    old, new = unique("old") + "@example.com", unique("new") + "@example.com"
    username = pool.confirmed(email=old, email_verified="true")
    access = pool.sign_in(username, PASSWORD)["AccessToken"]
    idp.update_user_attributes(AccessToken=access, UserAttributes=attributes({"email": new}))
    seen = as_dict(idp.get_user(AccessToken=access)["UserAttributes"])
    assert (seen["email"], seen["email_verified"]) == (old, "true")
    idp.verify_user_attribute(AccessToken=access, AttributeName="email", Code=mailbox.code(new))
    seen = as_dict(idp.get_user(AccessToken=access)["UserAttributes"])
    assert (seen["email"], seen["email_verified"]) == (new, "true")
