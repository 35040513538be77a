"""IAM by boto3: the whole life of users, roles, policies and providers, and AWS's words when it refuses."""

import datetime
import json
import re

import botocore.exceptions
import pytest

from harness import serve
from harness.aws import client, refused
from harness.pools import unique

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST_ACCOUNT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
METADATA = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><!-- %s --></IDPSSODescriptor>
</EntityDescriptor>""" % ("x" * 1000)


def allow(**changed):
    return json.dumps({**ALLOW, "Statement": [{**ALLOW["Statement"][0], **changed}]})


def trust(principal, **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def web_identity(condition=None):
    more = {"Condition": condition} if condition else {}
    return trust({"Federated": "cognito-identity.amazonaws.com"}, Action="sts:AssumeRoleWithWebIdentity", **more)


@pytest.fixture(scope="session")
def iam(server):
    return client("iam", server.url)


@pytest.fixture
def new_user(iam):
    """Makes users, and removes them with everything they have at the end of the test."""
    made = []

    def make(**options):
        name = options.pop("UserName", None) or unique("user")
        made.append(name)
        return iam.create_user(UserName=name, **options)["User"]

    yield make
    for name in made:
        try:
            for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
                iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
            for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
                iam.delete_user_policy(UserName=name, PolicyName=policy)
            for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
            iam.delete_user(UserName=name)
        except iam.exceptions.NoSuchEntityException:
            pass


@pytest.fixture
def new_role(iam):
    made = []

    def make(**options):
        name = options.pop("RoleName", None) or unique("role")
        made.append(name)
        options.setdefault("AssumeRolePolicyDocument", json.dumps(TRUST_ACCOUNT))
        return iam.create_role(RoleName=name, **options)["Role"]

    yield make
    for name in made:
        try:
            for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
            iam.delete_role(RoleName=name)
        except iam.exceptions.NoSuchEntityException:
            pass


@pytest.fixture
def new_policy(iam):
    made = []

    def make(**options):
        options.setdefault("PolicyName", unique("policy"))
        options.setdefault("PolicyDocument", json.dumps(ALLOW))
        policy = iam.create_policy(**options)["Policy"]
        made.append(policy["Arn"])
        return policy

    yield make
    for arn in made:
        try:
            for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
            iam.delete_policy(PolicyArn=arn)
        except iam.exceptions.NoSuchEntityException:
            pass


def test_the_life_of_a_user(iam, new_user):
    name = unique("ann")
    user = new_user(UserName=name, Path="/staff/", Tags=[{"Key": "team", "Value": "one"}])
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", user["UserId"])
    assert user["Arn"] == f"arn:aws:iam::{account(user)}:user/staff/{name}"
    assert user["CreateDate"].tzinfo and abs(datetime.datetime.now(datetime.UTC) - user["CreateDate"]).seconds < 60
    assert iam.get_user(UserName=name)["User"] == user
    with refused("EntityAlreadyExists", f"User with name {name.upper()} already exists.", status=409):
        iam.create_user(UserName=name.upper(), Path="/other/")
    # Policies name users exactly, so another case is another name.
    with refused("NoSuchEntity", f"The user with name {name.upper()} cannot be found.", status=404):
        iam.get_user(UserName=name.upper())

    [listed] = iam.list_users(PathPrefix="/staff/")["Users"]
    assert listed == {key: value for key, value in user.items() if key != "Tags"}
    iam.tag_user(UserName=name, Tags=[{"Key": "TEAM", "Value": "two"}, {"Key": "x", "Value": ""}])
    assert iam.list_user_tags(UserName=name)["Tags"] == [{"Key": "TEAM", "Value": "two"}, {"Key": "x", "Value": ""}]
    iam.untag_user(UserName=name, TagKeys=["Team", "unknown"])
    assert iam.get_user(UserName=name)["User"]["Tags"] == [{"Key": "x", "Value": ""}]
    with refused("InvalidInput", part="case insensitive"):
        iam.tag_user(UserName=name, Tags=[{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}])

    key = iam.create_access_key(UserName=name)["AccessKey"]
    renamed = unique("bob")
    iam.update_user(UserName=name, NewUserName=renamed, NewPath="/")
    moved = iam.get_user(UserName=renamed)["User"]
    assert (moved["UserId"], moved["Path"]) == (user["UserId"], "/")
    [kept] = iam.list_access_keys(UserName=renamed)["AccessKeyMetadata"]
    assert (kept["AccessKeyId"], kept["UserName"]) == (key["AccessKeyId"], renamed)
    with refused("NoSuchEntity", status=404):
        iam.list_access_keys(UserName=name)
    with refused("DeleteConflict", "Cannot delete entity, must delete access keys first.", status=409):
        iam.delete_user(UserName=renamed)
    iam.delete_access_key(UserName=renamed, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=renamed)
    with refused("NoSuchEntity", f"The user with name {renamed} cannot be found.", status=404):
        iam.delete_user(UserName=renamed)


def account(described):
    return described["Arn"].split(":")[4]


def test_the_keys_of_a_user(iam, new_user):
    name, other = new_user()["UserName"], new_user()["UserName"]
    first = iam.create_access_key(UserName=name)["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", first["AccessKeyId"]) and len(first["SecretAccessKey"]) == 40
    assert (first["UserName"], first["Status"]) == (name, "Active")
    iam.create_access_key(UserName=name)
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", status=409):
        iam.create_access_key(UserName=name)
    iam.update_access_key(UserName=name, AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert {key["AccessKeyId"]: key["Status"] for key in listed}[first["AccessKeyId"]] == "Inactive"
    assert all("SecretAccessKey" not in key for key in listed)
    gone = f"The Access Key with id {first['AccessKeyId']} cannot be found."
    for change in (iam.delete_access_key, lambda **key: iam.update_access_key(**key, Status="Active")):
        with refused("NoSuchEntity", gone, status=404):
            change(UserName=other, AccessKeyId=first["AccessKeyId"])
    with refused("InvalidInput"):
        iam.update_access_key(UserName=name, AccessKeyId=first["AccessKeyId"], Status="Expired")
    iam.delete_access_key(UserName=name, AccessKeyId=first["AccessKeyId"])
    with refused("NoSuchEntity", gone, status=404):
        iam.delete_access_key(UserName=name, AccessKeyId=first["AccessKeyId"])


def test_what_users_never_have(iam, new_user):
    name = new_user()["UserName"]
    lists = {"list_groups_for_user": "Groups", "list_mfa_devices": "MFADevices", "list_ssh_public_keys": "SSHPublicKeys",
             "list_service_specific_credentials": "ServiceSpecificCredentials",
             "list_signing_certificates": "Certificates"}
    for operation, member in lists.items():
        answer = getattr(iam, operation)(UserName=name)
        assert answer[member] == []
        with refused("NoSuchEntity", status=404):
            getattr(iam, operation)(UserName="nobody-of-this-name")
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Any")["VirtualMFADevices"] == []
    everybody = {"AllUsers": True, "ServiceName": "codecommit.amazonaws.com"}
    assert iam.list_service_specific_credentials(**everybody)["ServiceSpecificCredentials"] == []
    with refused("ValidationError", part="AllUsers"):
        iam.list_service_specific_credentials(UserName=name, **everybody)
    for operation in (iam.get_login_profile, iam.delete_login_profile):
        with refused("NoSuchEntity", f"Login Profile for User {name} cannot be found.", status=404):
            operation(UserName=name)
        with refused("NoSuchEntity", "The user with name nobody-of-this-name cannot be found.", status=404):
            operation(UserName="nobody-of-this-name")


def test_inline_policies(iam, new_user, new_role):
    user, role = new_user()["UserName"], new_role()["RoleName"]
    holders = [("user", {"UserName": user}, "2048"), ("role", {"RoleName": role}, "10240")]
    for kind, name, size in holders:
        call = lambda operation, **more: getattr(iam, operation.format(kind))(**name, **more)
        document = json.dumps({**ALLOW, "Statement": {**ALLOW["Statement"][0], "Sid": "A9"}}, indent=4)
        call("put_{}_policy", PolicyName="own", PolicyDocument=document)
        read = call("get_{}_policy", PolicyName="own")
        # boto3 decodes the document; the text is what was given.
        assert read["PolicyDocument"] == json.loads(document) and read["PolicyName"] == "own"
        call("put_{}_policy", PolicyName="own", PolicyDocument=allow(Effect="Deny"))
        call("put_{}_policy", PolicyName="another", PolicyDocument=allow())
        answer = iam.list_user_policies(**name) if kind == "user" else iam.list_role_policies(**name)
        assert (answer["PolicyNames"], answer["IsTruncated"]) == (["another", "own"], False)
        large = allow(Resource=[f"arn:aws:s3:::bucket-{number:010}" for number in range(400)])
        with refused("LimitExceeded", status=409, part=f"Maximum policy size of {size} bytes exceeded for {kind}"):
            call("put_{}_policy", PolicyName="large", PolicyDocument=large)
        for malformed in ("{", "[]", '{"Version":"2012-10-17"}', allow(Effect="Perhaps"), allow(Principal="*"),
                          allow(Condition={"StringEqual": {"aws:username": "x"}})):
            with refused("MalformedPolicyDocument"):
                call("put_{}_policy", PolicyName="bad", PolicyDocument=malformed)
        with refused("DeleteConflict", "Cannot delete entity, must delete policies first.", status=409):
            call("delete_{}")
        missing = f"The {kind} policy with name bad cannot be found."
        for operation in ("get_{}_policy", "delete_{}_policy"):
            with refused("NoSuchEntity", missing, status=404):
                call(operation, PolicyName="bad")
        for policy in ("own", "another"):
            call("delete_{}_policy", PolicyName=policy)
        call("delete_{}")


def test_managed_policies_and_their_versions(iam, new_policy):
    policy = new_policy(Path="/team/", Description="Reads", Tags=[{"Key": "a", "Value": "b"}])
    arn, name = policy["Arn"], policy["PolicyName"]
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", policy["PolicyId"])
    assert arn == f"arn:aws:iam::{account(policy)}:policy/team/{name}"
    assert (policy["DefaultVersionId"], policy["AttachmentCount"], policy["IsAttachable"]) == ("v1", 0, True)
    assert iam.get_policy(PolicyArn=arn)["Policy"] == policy
    with refused("EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed.",
                 status=409):
        iam.create_policy(PolicyName=name, PolicyDocument=allow())
    with refused("NoSuchEntity", status=404):
        iam.get_policy(PolicyArn=arn.replace("/team/", "/"))

    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(Action="s3:*"))["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(
        allow(Action="s3:*"))
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    with refused("DeleteConflict", "Cannot delete the default version of a policy.", status=409):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    with refused("DeleteConflict", status=409, part="more than one version"):
        iam.delete_policy(PolicyArn=arn)
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(), SetAsDefault=True)
    with refused("LimitExceeded", status=409, part="up to 5 versions"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow())
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [version["VersionId"] for version in versions] == ["v5", "v4", "v3", "v2", "v1"]
    assert [version["IsDefaultVersion"] for version in versions] == [True, False, False, False, False]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v4")
    again = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow())["PolicyVersion"]
    assert again["VersionId"] == "v6", "numbers are not used again"
    gone = f"Policy {arn} version v4 does not exist or is not attachable."
    for operation in (iam.get_policy_version, iam.delete_policy_version, iam.set_default_policy_version):
        with refused("NoSuchEntity", gone, status=404):
            operation(PolicyArn=arn, VersionId="v4")

    with refused("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater."):
        iam.create_policy(PolicyName=unique("old"), PolicyDocument=json.dumps({**ALLOW, "Version": "2008-10-17"}))
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", status=409):
        iam.create_policy(PolicyName=unique("large"), PolicyDocument=allow(Resource=["arn:aws:s3:::" + "x" * 6144]))
    with refused("InvalidInput"):
        iam.get_policy(PolicyArn="arn:aws:iam::aws:role/somebody")


def test_attaching(iam, new_user, new_role, new_policy):
    policy, user, role = new_policy(), new_user()["UserName"], new_role(Path="/apps/")["RoleName"]
    arn = policy["Arn"]
    for _ in range(2):
        iam.attach_user_policy(UserName=user, PolicyArn=arn)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR_ACCESS)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR_ACCESS},
                        {"PolicyName": policy["PolicyName"], "PolicyArn": arn}]
    first = iam.list_attached_role_policies(RoleName=role, MaxItems=1)
    assert (first["IsTruncated"], first["AttachedPolicies"]) == (True, attached[:1])
    rest = iam.list_attached_role_policies(RoleName=role, Marker=first["Marker"])
    assert (rest["IsTruncated"], rest["AttachedPolicies"]) == (False, attached[1:])

    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=arn)
    assert iam.get_user(UserName=user)["User"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    described = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (described["AttachmentCount"], described["PermissionsBoundaryUsageCount"]) == (2, 1)
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert [found["UserName"] for found in entities["PolicyUsers"]] == [user]
    assert [found["RoleName"] for found in entities["PolicyRoles"]] == [role]
    bounded = iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter="PermissionsBoundary")
    assert (len(bounded["PolicyUsers"]), len(bounded["PolicyRoles"])) == (1, 0)
    roles = iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="Role", PathPrefix="/apps/")
    assert (len(roles["PolicyUsers"]), len(roles["PolicyRoles"])) == (0, 1)
    paged = list(iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 1}))
    assert sum(len(page["PolicyUsers"]) + len(page["PolicyRoles"]) for page in paged) == 2
    local = iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]
    assert [found["PolicyName"] for found in local] == [policy["PolicyName"]]

    with refused("DeleteConflict", "Cannot delete a policy attached to entities.", status=409):
        iam.delete_policy(PolicyArn=arn)
    for delete in (lambda: iam.delete_user(UserName=user), lambda: iam.delete_role(RoleName=role)):
        with refused("DeleteConflict", "Cannot delete entity, must detach all policies first.", status=409):
            delete()
    missing = arn + "x"
    with refused("NoSuchEntity", f"Policy {missing} does not exist or is not attachable.", status=404):
        iam.attach_role_policy(RoleName=role, PolicyArn=missing)
    for bound in (lambda: iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=missing),
                  lambda: new_user(PermissionsBoundary=missing)):
        with refused("NoSuchEntity", f"Scope ARN: {missing} does not exist or is not attachable.", status=404):
            bound()
    iam.detach_user_policy(UserName=user, PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {arn} was not found.", status=404):
        iam.detach_user_policy(UserName=user, PolicyArn=arn)
    iam.detach_role_policy(RoleName=role, PolicyArn=arn)
    with refused("DeleteConflict", status=409):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName=user)
    iam.delete_policy(PolicyArn=arn)


def test_policies_of_aws_are_there_and_read_only(iam):
    policies = iam.list_policies(Scope="AWS")["Policies"]
    assert {"AdministratorAccess", "AmazonCognitoPowerUser", "AmazonCognitoReadOnly"} <= {
        policy["PolicyName"] for policy in policies}
    document = iam.get_policy_version(PolicyArn=ADMINISTRATOR_ACCESS, VersionId="v1")["PolicyVersion"]["Document"]
    assert document["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    for change in (lambda: iam.create_policy_version(PolicyArn=ADMINISTRATOR_ACCESS, PolicyDocument=allow()),
                   lambda: iam.delete_policy(PolicyArn=ADMINISTRATOR_ACCESS),
                   lambda: iam.tag_policy(PolicyArn=ADMINISTRATOR_ACCESS, Tags=[{"Key": "a", "Value": "b"}])):
        with refused("InvalidInput"):
            change()


def test_the_life_of_a_role(iam, new_role):
    name = unique("app")
    role = new_role(RoleName=name, Path="/apps/", Description="An app", MaxSessionDuration=7200,
                    PermissionsBoundary=ADMINISTRATOR_ACCESS, Tags=[{"Key": "a", "Value": "b"}])
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", role["RoleId"])
    assert role["Arn"] == f"arn:aws:iam::{account(role)}:role/apps/{name}"
    assert role["AssumeRolePolicyDocument"] == TRUST_ACCOUNT
    assert iam.get_role(RoleName=name)["Role"] == role
    [listed] = [found for found in iam.list_roles(PathPrefix="/apps/")["Roles"] if found["RoleName"] == name]
    assert set(role) - set(listed) == {"Tags", "PermissionsBoundary"}
    with refused("EntityAlreadyExists", f"Role with name {name} already exists.", status=409):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST_ACCOUNT))
    iam.update_role(RoleName=name, MaxSessionDuration=43200)
    assert iam.update_role_description(RoleName=name, Description="Changed")["Role"]["MaxSessionDuration"] == 43200
    iam.update_role(RoleName=name)
    changed = iam.get_role(RoleName=name)["Role"]
    assert (changed["Description"], changed["MaxSessionDuration"]) == ("Changed", 3600)
    iam.delete_role_permissions_boundary(RoleName=name)
    assert "PermissionsBoundary" not in iam.get_role(RoleName=name)["Role"]
    iam.untag_role(RoleName=name, TagKeys=["A"])
    assert iam.list_role_tags(RoleName=name)["Tags"] == []
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    iam.delete_role(RoleName=name)
    gone = f"The role with name {name} cannot be found."
    for operation in (iam.get_role, iam.delete_role, iam.list_role_policies, iam.list_instance_profiles_for_role):
        with refused("NoSuchEntity", gone, status=404):
            operation(RoleName=name)
    with refused("ValidationError", part="maxSessionDuration"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST_ACCOUNT), MaxSessionDuration=43201)


def test_trust_policies_are_checked_when_saved(iam, new_role, new_user):
    aud = {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:11111111-2222-4333-8444-555555555555"}}
    role = new_role(AssumeRolePolicyDocument=web_identity(aud))["RoleName"]
    amr = {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}
    refusals = [web_identity(), web_identity(amr), "{", allow(), trust({"AWS": "*"}, Resource="*")]
    for document in refusals:
        with refused("MalformedPolicyDocument"):
            iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document)
        with refused("MalformedPolicyDocument"):
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=document)
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == json.loads(web_identity(aud))

    user = new_user()
    for known in (user["Arn"], f"arn:aws:iam::{account(user)}:root", account(user)):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust({"AWS": known}))
    unknown = user["Arn"] + "x"
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{unknown}"'):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust({"AWS": unknown}))
    sized = lambda size: trust({"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "x" * size}})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=sized(3900))
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 4096", status=409):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=sized(4096))


def test_trust_follows_a_user_who_is_renamed(iam, server, new_role, new_user):
    user = new_user()
    key = iam.create_access_key(UserName=user["UserName"])["AccessKey"]
    sts = client("sts", server.url, key["AccessKeyId"], key["SecretAccessKey"])
    role = new_role(AssumeRolePolicyDocument=trust({"AWS": user["Arn"]}))
    session = {"RoleArn": role["Arn"], "RoleSessionName": "s1"}
    sts.assume_role(**session)
    renamed = unique("renamed")
    iam.update_user(UserName=user["UserName"], NewUserName=renamed, NewPath="/staff/")
    try:
        moved = iam.get_user(UserName=renamed)["User"]["Arn"]
        [statement] = iam.get_role(RoleName=role["RoleName"])["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"AWS": moved}
        sts.assume_role(**session)
        # Who gets the old name is somebody else.
        new_user(UserName=user["UserName"])
        other = iam.create_access_key(UserName=user["UserName"])["AccessKey"]
        with refused("AccessDenied", status=403):
            client("sts", server.url, other["AccessKeyId"], other["SecretAccessKey"]).assume_role(**session)
    finally:
        iam.delete_access_key(UserName=renamed, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=renamed)


def test_oidc_providers(iam):
    host = f"{unique('idp')}.example.com".lower()
    thumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"
    made = iam.create_open_id_connect_provider(Url=f"https://{host}/tenant", ClientIDList=["one"],
                                               ThumbprintList=[thumbprint], Tags=[{"Key": "a", "Value": "b"}])
    arn = made["OpenIDConnectProviderArn"]
    assert arn.endswith(f":oidc-provider/{host}/tenant") and made["Tags"] == [{"Key": "a", "Value": "b"}]
    for client_id in ("two", "two"):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client_id)
    for client_id in ("one", "unknown"):
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client_id)
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["a" * 40])
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (provider["Url"], provider["ClientIDList"], provider["ThumbprintList"]) == (f"{host}/tenant", ["two"], ["a" * 40])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "A", "Value": "c"}])
    tags = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"]
    assert tags == [{"Key": "A", "Value": "c"}, {"Key": "a", "Value": "b"}]
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["a"])
    assert arn in [found["Arn"] for found in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    with refused("EntityAlreadyExists", f"Provider with url https://{host}/tenant already exists.", status=409):
        iam.create_open_id_connect_provider(Url=f"https://{host}/tenant")
    for url in (f"http://{host}", host, f"https://{host}/?a=b", "https://"):
        with refused("ValidationError", "Invalid Open ID Connect Provider URL"):
            iam.create_open_id_connect_provider(Url=url)
    for _ in range(2):
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", status=404):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_saml_providers(iam):
    name = unique("corp")
    arn = iam.create_saml_provider(Name=name, SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    assert arn.endswith(f":saml-provider/{name}")
    # Metadata without an end is good for a hundred years.
    endless = iam.get_saml_provider(SAMLProviderArn=arn)
    assert endless["ValidUntil"] == endless["CreateDate"].replace(year=endless["CreateDate"].year + 100)
    changed = METADATA.replace("idp.example", "other.example").replace(" entityID", ' validUntil="2036-01-01T00:00:00Z" entityID')
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=changed)
    provider = iam.get_saml_provider(SAMLProviderArn=arn)
    assert (provider["SAMLMetadataDocument"], provider["ValidUntil"].year) == (changed, 2036)
    [listed] = [found for found in iam.list_saml_providers()["SAMLProviderList"] if found["Arn"] == arn]
    assert listed["ValidUntil"] == provider["ValidUntil"]
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["a"])
    entities = '<!DOCTYPE x [<!ENTITY a "b">]>' + METADATA
    for metadata in ("x" * 1000, entities, METADATA.replace("IDPSSO", "SPSSO"), METADATA[:-3] + " " * 10):
        with refused("InvalidInput", "Could not parse metadata"):
            iam.create_saml_provider(Name=unique("corp"), SAMLMetadataDocument=metadata)
    with refused("InvalidInput", part="not supported"):
        iam.update_saml_provider(SAMLProviderArn=arn, AssertionEncryptionMode="Required")
    iam.delete_saml_provider(SAMLProviderArn=arn)
    with refused("NoSuchEntity", f"Manifest not found for arn {arn}", status=404):
        iam.get_saml_provider(SAMLProviderArn=arn)


def test_lists_in_pages(iam, new_role):
    path = f"/{unique('pages')}/"
    names = [unique(f"r{number}") for number in range(5)]
    for name in names:
        new_role(RoleName=name, Path=path)
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(page["Roles"]) for page in pages] == [2, 2, 1]
    assert sorted(role["RoleName"] for page in pages for role in page["Roles"]) == sorted(names)
    with refused("ValidationError"):
        iam.list_roles(PathPrefix="/", Marker="made-up")
    with refused("ValidationError"):
        iam.list_users(Marker=pages[0]["Marker"])


def test_tags(iam, new_role, new_policy):
    role = new_role()["RoleName"]
    iam.tag_role(RoleName=role, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])
    iam.tag_role(RoleName=role, Tags=[{"Key": "K1", "Value": "changed"}])
    with refused("LimitExceeded", "The number of tags has reached the maximum limit.", status=409):
        iam.tag_role(RoleName=role, Tags=[{"Key": "one-more", "Value": ""}])
    for reserved in ({"Key": "aws:x", "Value": ""}, {"Key": "k1", "Value": "aws:x"}):
        with refused("InvalidInput", part="not allowed for external use"):
            iam.tag_role(RoleName=role, Tags=[reserved])
    # The longest keys there may be, which a marker cannot hold.
    keys = ["a", *sorted("\U00020000" * 127 + last for last in "xyz"), "\U00020001"]
    arn = new_policy(Tags=[{"Key": key, "Value": ""} for key in keys])["Arn"]
    listed, more = [], {}
    while True:
        page = iam.list_policy_tags(PolicyArn=arn, MaxItems=1, **more)
        listed += [tag["Key"] for tag in page["Tags"]]
        if not page["IsTruncated"]:
            break
        assert len(page["Marker"]) <= 320
        more = {"Marker": page["Marker"]}
    assert (listed[0], sorted(listed[1:4]), listed[4]) == (keys[0], keys[1:4], keys[4])


def test_the_waiters_of_sdks(iam, new_user, new_role, new_policy):
    quick = {"WaiterConfig": {"Delay": 1, "MaxAttempts": 1}}
    iam.get_waiter("user_exists").wait(UserName=new_user()["UserName"], **quick)
    iam.get_waiter("role_exists").wait(RoleName=new_role()["RoleName"], **quick)
    iam.get_waiter("policy_exists").wait(PolicyArn=new_policy()["Arn"], **quick)
    # Not there yet is a reason to ask again, not to give up.
    with pytest.raises(botocore.exceptions.WaiterError, match="Max attempts exceeded"):
        iam.get_waiter("role_exists").wait(RoleName="nobody-of-this-name", **quick)


def test_names_and_paths_are_validated(iam):
    for options in ({"UserName": "with space"}, {"UserName": "x" * 65}, {"UserName": "x", "Path": "no-slash"}):
        with refused("ValidationError"):
            iam.create_user(**options)
    with refused("ValidationError"):
        iam.create_policy(PolicyName="a/b", PolicyDocument=allow())


def test_in_dev_the_account_itself_calls(iam, server):
    assert iam.get_user()["User"]["Arn"].endswith(":root")
    with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
        iam.create_access_key()


def test_the_administrator_of_serve_is_a_user(new_server):
    with new_server(mode="serve", env=serve.environment()) as serving:
        iam = client("iam", serving.url, serve.KEY_ID, serve.SECRET)
        me = iam.get_user()["User"]
        assert me["UserName"] == "administrator"
        [attached] = iam.list_attached_user_policies(UserName="administrator")["AttachedPolicies"]
        assert attached["PolicyArn"] == ADMINISTRATOR_ACCESS
        [key] = iam.list_access_keys()["AccessKeyMetadata"]
        assert (key["AccessKeyId"], key["Status"]) == (serve.KEY_ID, "Active")

        # A new user's key is known at once and may nothing; made inactive or deleted, it is not known any more.
        iam.create_user(UserName="ann")
        made = iam.create_access_key(UserName="ann")["AccessKey"]
        ann = client("iam", serving.url, made["AccessKeyId"], made["SecretAccessKey"])
        with refused("AccessDenied", status=403):
            ann.list_users()
        iam.attach_user_policy(UserName="ann", PolicyArn=ADMINISTRATOR_ACCESS)
        assert ann.get_user()["User"]["UserName"] == "ann"
        iam.update_access_key(UserName="ann", AccessKeyId=made["AccessKeyId"], Status="Inactive")
        with refused("InvalidClientTokenId", status=403):
            ann.get_user()
        iam.update_access_key(UserName="ann", AccessKeyId=made["AccessKeyId"], Status="Active")
        ann.delete_access_key(AccessKeyId=made["AccessKeyId"])
        with refused("InvalidClientTokenId", status=403):
            ann.get_user()
