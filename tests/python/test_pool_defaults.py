"""What DescribeUserPool returns when nothing was set, and what an update does to what it leaves out."""

import re

import pytest

from harness.aws import idp_client, refused
from harness.pools import unique

STANDARD = ["sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale",
            "phone_number", "phone_number_verified", "address", "updated_at"]

POLICY = {"MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True, "RequireNumbers": True,
          "RequireSymbols": True, "TemporaryPasswordValidityDays": 7}


@pytest.fixture
def described(new_pool, idp):
    pool = new_pool(client=False)
    return idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]


def test_identity(described):
    assert re.fullmatch(r"us-east-1_[0-9a-zA-Z]{9,}", described["Id"])
    assert re.fullmatch(rf"arn:aws:cognito-idp:us-east-1:\d{{12}}:userpool/{described['Id']}", described["Arn"])
    assert described["CreationDate"] == described["LastModifiedDate"]


def test_policies(described):
    assert described["Policies"]["PasswordPolicy"] == POLICY
    assert described["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD"]}


def test_settings(described):
    expected = {
        "DeletionProtection": "INACTIVE", "LambdaConfig": {}, "MfaConfiguration": "OFF", "EstimatedNumberOfUsers": 0,
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "UserPoolTier": "ESSENTIALS", "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"},
                                                          {"Priority": 2, "Name": "verified_phone_number"}]},
        "UserPoolTags": {},
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
    }
    assert {name: described.get(name) for name in expected} == expected
    assert set(described["AcrConfiguration"]) == {"Level1", "Level2", "Level3", "Level4"}
    # Never set, never shown.
    assert not {"AutoVerifiedAttributes", "AliasAttributes", "UsernameAttributes", "SmsConfiguration",
                "DeviceConfiguration", "UserPoolAddOns", "Domain", "CustomDomain"} & set(described)


def test_schema(described):
    attributes = described["SchemaAttributes"]
    # Newer pools also list `identities`.
    assert [a["Name"] for a in attributes if a["Name"] != "identities"] == STANDARD
    by_name = {a["Name"]: a for a in attributes}
    string = {"AttributeDataType": "String", "DeveloperOnlyAttribute": False, "Mutable": True, "Required": False}
    assert by_name["sub"] == {**string, "Name": "sub", "Required": True, "Mutable": False,
                              "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"}}
    assert by_name["email"] == {**string, "Name": "email",
                                "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"}}
    assert by_name["birthdate"]["StringAttributeConstraints"] == {"MinLength": "10", "MaxLength": "10"}
    for name in ("email_verified", "phone_number_verified"):
        assert by_name[name]["AttributeDataType"] == "Boolean"
        assert "StringAttributeConstraints" not in by_name[name]
    assert by_name["updated_at"]["AttributeDataType"] == "Number"
    assert by_name["updated_at"]["NumberAttributeConstraints"] == {"MinValue": "0"}


def test_create_answers_what_describe_answers(new_pool, idp):
    pool = new_pool(client=False)
    assert pool.description == idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]


FULL = {
    "Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireUppercase": False, "RequireLowercase": True,
                                    "RequireNumbers": True, "RequireSymbols": False,
                                    "TemporaryPasswordValidityDays": 3}},
    "DeletionProtection": "ACTIVE",
    "AutoVerifiedAttributes": ["email"],
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailSubject": "Your code",
                                    "EmailMessage": "It is {####}."},
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True,
                              "InviteMessageTemplate": {"EmailMessage": "{username} {####}", "EmailSubject": "Come"}},
    "UserPoolTags": {"team": "identity"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
    "UserPoolTier": "LITE",
}


def test_everything_set_comes_back(new_pool, idp):
    pool = new_pool(FULL, client=False)
    described = idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert described["Policies"]["PasswordPolicy"] == FULL["Policies"]["PasswordPolicy"]
    for name in ("DeletionProtection", "AutoVerifiedAttributes", "UserAttributeUpdateSettings", "UserPoolTags",
                 "AccountRecoverySetting", "UserPoolTier"):
        assert described[name] == FULL[name], name
    template = described["VerificationMessageTemplate"]
    assert template["EmailSubject"] == "Your code" and template["EmailMessage"] == "It is {####}."
    invitation = described["AdminCreateUserConfig"]
    assert invitation["AllowAdminCreateUserOnly"] is True
    assert invitation["InviteMessageTemplate"] == FULL["AdminCreateUserConfig"]["InviteMessageTemplate"]


def test_an_update_resets_what_it_leaves_out(new_pool, idp):
    pool = new_pool(FULL, client=False)
    idp.update_user_pool(UserPoolId=pool.id, UserPoolTags={"team": "identity"})
    described = idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert described["Policies"]["PasswordPolicy"] == POLICY
    assert described["UserPoolTags"] == {"team": "identity"}
    assert described["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7}
    assert described["VerificationMessageTemplate"] == {"DefaultEmailOption": "CONFIRM_WITH_CODE"}
    assert described["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": []}
    assert "AutoVerifiedAttributes" not in described
    assert described["LastModifiedDate"] >= described["CreationDate"]


def test_a_missing_boolean_inside_a_given_policy_is_false(new_pool, idp):
    # The Go SDK, hence Terraform, leaves false booleans out.
    pool = new_pool({"Policies": {"PasswordPolicy": {"MinimumLength": 6}}}, client=False)
    policy = idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["Policies"]["PasswordPolicy"]
    assert policy == {"MinimumLength": 6, "RequireUppercase": False, "RequireLowercase": False,
                      "RequireNumbers": False, "RequireSymbols": False, "TemporaryPasswordValidityDays": 7}


def test_deletion_protection(new_pool, idp):
    pool = new_pool({"DeletionProtection": "ACTIVE"}, client=False)
    with refused("InvalidParameterException"):
        idp.delete_user_pool(UserPoolId=pool.id)
    idp.update_user_pool(UserPoolId=pool.id, DeletionProtection="INACTIVE")
    idp.delete_user_pool(UserPoolId=pool.id)
    with refused("ResourceNotFoundException", part=f"User pool {pool.id} does not exist."):
        idp.describe_user_pool(UserPoolId=pool.id)


def test_a_deleted_pool_takes_its_clients_and_users_along(new_pool, idp, app):
    pool = new_pool()
    result = pool.sign_in(pool.confirmed())
    idp.delete_user_pool(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        idp.list_users(UserPoolId=pool.id)
    with refused("ResourceNotFoundException", part=f"User pool client {pool.client_id} does not exist."):
        app.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=pool.client_id,
                          AuthParameters={"USERNAME": "a", "PASSWORD": "b"})
    for call in (lambda: app.get_user(AccessToken=result["AccessToken"]), lambda: pool.refresh(result["RefreshToken"])):
        with pytest.raises(app.exceptions.ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] in ("NotAuthorizedException", "ResourceNotFoundException")


def test_pools_are_listed_page_by_page(new_pool, idp):
    made = {new_pool(client=False).id for _ in range(3)}
    seen, token = [], None
    for _ in range(1000):
        page = idp.list_user_pools(MaxResults=2, **({"NextToken": token} if token else {}))
        assert len(page["UserPools"]) <= 2
        seen += page["UserPools"]
        token = page.get("NextToken")
        if not token:
            break
    assert made <= {pool["Id"] for pool in seen}
    assert len(seen) == len({pool["Id"] for pool in seen})
    assert {"Id", "Name", "LambdaConfig", "LastModifiedDate", "CreationDate"} <= set(seen[0])


def test_estimated_number_of_users(pool, idp):
    for _ in range(3):
        pool.confirmed()
    assert idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["EstimatedNumberOfUsers"] == 3


@pytest.mark.parametrize("options", [
    {"UsernameAttributes": ["email"], "AliasAttributes": ["email"]},
    {"Policies": {"PasswordPolicy": {"MinimumLength": 5}}},
    {"Policies": {"PasswordPolicy": {"MinimumLength": 100}}},
    {"AutoVerifiedAttributes": ["name"]},
    {"Schema": [{"Name": "x" * 21, "AttributeDataType": "String"}]},
    {"Schema": [{"Name": "level", "AttributeDataType": "String", "Required": True}]},
    {"UserPoolTier": "GOLD"},
    {"DeletionProtection": "MAYBE"},
], ids=str)
def test_impossible_pools_are_refused(server, idp, options):
    # boto3's own checks off: it is the server's that count.
    unchecked = idp_client(server.url, parameter_validation=False)
    before = len(idp.list_user_pools(MaxResults=60)["UserPools"])
    with refused("InvalidParameterException"):
        unchecked.create_user_pool(PoolName=unique("bad-"), **options)
    assert len(idp.list_user_pools(MaxResults=60)["UserPools"]) == before


def test_the_wording_of_constraints(idp):
    with refused("InvalidParameterException") as caught:
        idp.create_user_pool(PoolName="bad*name", UserPoolTier="GOLD")
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: ")
    assert "Value 'bad*name' at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: " \
           in message
    assert "Value 'GOLD' at 'userPoolTier' failed to satisfy constraint: Member must satisfy enum value set: " in message
    assert "; " in message
