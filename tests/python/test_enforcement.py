"""From a sign-in to an administrator's call: credentials of an identity pool do what their role's policies say."""

import datetime
import json
import os
import subprocess
import sys
import time

import pytest

from harness import serve
from harness.aws import attributes, client, refused
from harness.federation import IDENTITIES, Federation, policy, statement
from harness.pools import Pool, unique
from harness.web_identity import WebIdentity

SECOND = datetime.timedelta(seconds=1)
ROLES = ("InvalidIdentityPoolConfigurationException",
         "Invalid identity pool configuration. Check assigned IAM roles for this pool.")


@pytest.fixture(scope="module")
def serving(new_server):
    with new_server(mode="serve", env=serve.environment()) as server:
        yield server


@pytest.fixture(scope="module")
def world(serving):
    """Both flows; every test sets the roles that it is about."""
    made = Federation(serving, AllowClassicFlow=True)
    made.users.confirmed("ann", email="ann@example.com")
    return made


@pytest.fixture
def member(world):
    """Makes a user who is in these groups; a group is its name, its role and its precedence."""

    def make(*groups, **user_attributes):
        username = world.users.confirmed(**user_attributes)
        for name, role, precedence in groups:
            world.idp.create_group(UserPoolId=world.users.id, GroupName=name, RoleArn=role, Precedence=precedence)
            world.idp.admin_add_user_to_group(UserPoolId=world.users.id, Username=username, GroupName=name)
        return username

    return make


def ambiguous(world):
    provider = f"{world.provider}:{world.users.client_id}"
    return refused("NotAuthorizedException", f"The ambiguous role mapping rules for: {provider} denied this request.")


def token_mapping(ambiguous="Deny"):
    return {"Type": "Token", "AmbiguousRoleResolution": ambiguous}


def role_of(world, credentials):
    """The name of the role, as STS tells it."""
    arn = world.client(credentials, "sts").get_caller_identity()["Arn"]
    assert arn.startswith(f"arn:aws:sts::{world.account}:assumed-role/"), arn
    return arn.split("/")[1]


def test_a_group_gives_its_role(world, member):
    managing = world.role(document=policy(statement(["cognito-idp:ListUsers", "cognito-idp:Admin*"], world.pool_arn()),
                                          statement("cognito-idp:AdminDeleteUser", effect="Deny")))
    reading = world.role("cognito-idp:AdminGetUser")
    world.set_roles(mapping=token_mapping())
    user = member((unique("managers"), managing, 1), (unique("readers"), reading, 2))
    pool, other = {"UserPoolId": world.users.id}, Pool(world.idp)

    preferred = world.client(world.enhanced(user))
    assert user in [found["Username"] for found in preferred.list_users(**pool)["Users"]]
    preferred.admin_disable_user(Username="ann", **pool)
    preferred.admin_enable_user(Username="ann", **pool)
    with world.denied(managing, "cognito-idp:AdminDeleteUser", "with an explicit deny in an identity-based policy"):
        preferred.admin_delete_user(Username="ann", **pool)
    with world.denied(managing, "cognito-idp:DeleteUserPool"):
        preferred.delete_user_pool(**pool)
    with world.denied(managing, "cognito-idp:ListUsers", resource=world.pool_arn(other.id)):
        preferred.list_users(UserPoolId=other.id)
    with world.denied(managing, "cognito-idp:ListUserPools", resource="*"):
        preferred.list_user_pools(MaxResults=1)

    # The other role of the token, asked for.
    chosen = world.client(world.enhanced(user, CustomRoleArn=reading))
    assert chosen.admin_get_user(Username="ann", **pool)["Username"] == "ann"
    with world.denied(reading, "cognito-idp:ListUsers"):
        chosen.list_users(**pool)
    # A role that the token does not carry, also one that would trust the pool.
    for foreign in (world.role("*"), f"arn:aws:iam::{world.account}:role/none"):
        with refused("NotAuthorizedException", f"Access to Role '{foreign}' is forbidden."):
            world.enhanced(user, CustomRoleArn=foreign)


def test_without_a_preferred_role_the_mapping_decides(world, member):
    one, two, default = (world.role("cognito-idp:ListUsers") for _ in range(3))
    tied = member((unique("a"), one, 5), (unique("b"), two, 5))
    nobody = member()
    world.set_roles(default, mapping=token_mapping())
    for user in (tied, nobody):
        with ambiguous(world):
            world.enhanced(user)
    assert role_of(world, world.enhanced(tied, CustomRoleArn=two)) == two.split("/")[1]
    world.set_roles(default, mapping=token_mapping("AuthenticatedRole"))
    for user in (tied, nobody):
        assert role_of(world, world.enhanced(user)) == default.split("/")[1]


def test_who_leaves_a_group_loses_its_role_with_the_next_token(world, member):
    role, group = world.role("cognito-idp:ListUsers"), unique("group")
    user = member((group, role, 1))
    world.set_roles(mapping=token_mapping())
    logins = world.logins(user)
    world.idp.admin_remove_user_from_group(UserPoolId=world.users.id, Username=user, GroupName=group)
    # The token still says it, as on AWS; the next one does not.
    assert world.lists_users(world.enhanced(logins=logins))
    with ambiguous(world):
        world.enhanced(user)


def test_rules_choose_the_role(serving):
    string = {"AttributeDataType": "String", "Mutable": True}
    world = Federation(serving, pool={"Schema": [{"Name": "title", **string}, {"Name": "team", **string}]})
    listing, reading, counting, default = (world.role(f"cognito-idp:{action}") for action in (
        "ListUsers", "AdminGetUser", "DescribeUserPool", "ListGroups"))

    def rule(claim, match, value, role):
        return {"Claim": claim, "MatchType": match, "Value": value, "RoleARN": role}

    rules = [rule("custom:title", "Equals", "manager", listing), rule("custom:title", "StartsWith", "manager", reading),
             rule("email", "Contains", "@audit.", counting), rule("custom:team", "NotEqual", "blue", listing)]
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": rules}}
    world.set_roles(default, mapping=mapping)
    pool = {"UserPoolId": world.users.id}
    calls = {listing: ("list_users", pool), reading: ("admin_get_user", {**pool, "Username": "ann"}),
             counting: ("describe_user_pool", pool), default: ("list_groups", pool)}
    world.users.confirmed("ann", email="ann@example.com")

    def assert_may_only(credentials, role):
        idp = world.client(credentials)
        for other, (method, parameters) in calls.items():
            if other == role:
                getattr(idp, method)(**parameters)
            else:
                with refused("AccessDeniedException", part=f"assumed-role/{role.split('/')[1]}/"):
                    getattr(idp, method)(**parameters)

    cases = [({"custom:title": "manager", "custom:team": "red"}, listing), ({"custom:title": "managers"}, reading),
             ({"email": "bob@audit.example"}, counting), ({"custom:team": "red"}, listing),
             ({"custom:team": "blue"}, None), ({"custom:title": "Manager"}, None), ({}, None)]
    users = [(world.users.confirmed(**given), role) for given, role in cases]
    for user, role in users:
        if role:
            assert_may_only(world.enhanced(user), role)
        else:
            with ambiguous(world):
                world.enhanced(user)
    # The caller may name another rule that matches, and no other role.
    assert_may_only(world.enhanced(users[0][0], CustomRoleArn=reading), reading)
    for other in (counting, default):
        with refused("NotAuthorizedException", f"Access to Role '{other}' is forbidden."):
            world.enhanced(users[0][0], CustomRoleArn=other)
    world.set_roles(default, mapping={**mapping, "AmbiguousRoleResolution": "AuthenticatedRole"})
    assert_may_only(world.enhanced(users[-1][0]), default)


def test_a_role_is_only_given_where_it_trusts_the_pool(world):
    other = Federation(world.server)
    for stranger in (other.role("*"), world.role("*", amr="unauthenticated"), f"arn:aws:iam::{world.account}:role/none"):
        world.set_roles(stranger)
        with refused(*ROLES):
            world.enhanced("ann")
    role = world.role("cognito-idp:ListUsers")
    world.set_roles(role)
    assert world.lists_users(world.enhanced("ann"))
    world.iam.update_assume_role_policy(RoleName=role.split("/")[1], PolicyDocument=other.trust())
    with refused(*ROLES):
        world.enhanced("ann")


def test_guests_do_what_aws_lets_guests_do(world):
    role = world.role("*", amr="unauthenticated")
    world.set_roles(guest=role)
    guest = world.enhanced()
    assert world.lists_users(guest)
    session = "because no session policy allows the {} action"
    xml = {"code": "AccessDenied", "status": 403}
    with world.denied(role, "iam:ListRoles", session.format("iam:ListRoles"), "*", **xml):
        world.client(guest, "iam").list_roles()
    # A role that trusts everybody in the account, and a guest's role that may assume any.
    anyones = world.role("*", trust=policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
        "AWS": f"arn:aws:iam::{world.account}:root"}}))
    # AWS gives no reason for this action.
    who = f"arn:aws:sts::{world.account}:assumed-role/{role.split('/')[1]}/CognitoIdentityCredentials"
    words = f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {anyones}"
    with refused("AccessDenied", words, status=403):
        world.client(guest, "sts").assume_role(RoleArn=anyones, RoleSessionName="more")
    assert role_of(world, guest) == role.split("/")[1]
    # Within what guests may, the role still decides, at once.
    name = role.split("/")[1]
    world.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy("cognito-idp:AdminGetUser"))
    with world.denied(role, "cognito-idp:ListUsers"):
        world.client(guest).list_users(UserPoolId=world.users.id)
    with refused("NotAuthorizedException", f"Access to Role '{role}' is forbidden."):
        world.enhanced(CustomRoleArn=role)
    # The basic flow scopes nothing down.
    world.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy("*"))
    world.client(world.classic(role), "iam").get_role(RoleName=name)
    # A guest's token is not a signed-in one's.
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status=403):
        world.classic(world.role("*"))


def test_principal_tags_come_from_claims(serving):
    team = {"Name": "team", "AttributeDataType": "String", "Mutable": True}
    world = Federation(serving, pool={"Schema": [team]})
    world.identity.set_principal_tag_attribute_map(IdentityPoolId=world.id, IdentityProviderName=world.provider,
                                                   PrincipalTags={"team": "custom:team", "mail": "email"})
    tagged = {colour: Pool(world.idp, {"UserPoolTags": {"team": colour}}).id for colour in ("red", "blue")}
    by_variable = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    by_value = {"StringLike": {"aws:PrincipalTag/mail": "*@example.com"}}
    role = world.role(document=policy(statement("cognito-idp:ListUsers", Condition=by_variable),
                                      statement("cognito-idp:ListUserPools", Condition=by_value)), tagging=True)
    world.set_roles(role)
    red, blue = (world.users.confirmed(email=f"{colour}@example.com", **{"custom:team": colour}) for colour in tagged)
    for user, own, other in ((red, "red", "blue"), (blue, "blue", "red")):
        credentials = world.enhanced(user)
        assert world.lists_users(credentials, tagged[own])
        assert not world.lists_users(credentials, tagged[other])
        world.client(credentials).list_user_pools(MaxResults=1)
    # Without the claim there is no tag, and without the tag nothing is allowed; an untagged pool is nobody's.
    none = world.enhanced(world.users.confirmed(email="x@elsewhere.org"))
    assert not any(world.lists_users(none, pool) for pool in [*tagged.values(), world.users.id])
    with world.denied(role, "cognito-idp:ListUserPools", resource="*"):
        world.client(none).list_user_pools(MaxResults=1)
    # What no tag may be is refused, not cut to something that might mean more.
    with refused("InvalidIdentityPoolConfigurationException", part="custom:team"):
        world.enhanced(world.users.confirmed(**{"custom:team": "*"}))
    # The attribute is another with the next token.
    world.idp.admin_update_user_attributes(UserPoolId=world.users.id, Username=red,
                                           UserAttributes=attributes({"custom:team": "blue"}))
    assert world.lists_users(world.enhanced(red), tagged["blue"])


def test_tags_need_the_consent_of_the_role(serving):
    world = Federation(serving)
    world.identity.set_principal_tag_attribute_map(IdentityPoolId=world.id, IdentityProviderName=world.provider,
                                                   UseDefaults=True)
    world.users.confirmed("ann")
    world.set_roles(world.role("*"))
    with refused(*ROLES):
        world.enhanced("ann")


def test_conditions_on_who_signed_in(world):
    first, second = world.users.confirmed(), world.users.confirmed()
    role = world.role()
    world.set_roles(role)
    mine = world.enhanced(first)
    identity = world.identity_of(world.logins(first))
    condition = {"StringEquals": {f"{IDENTITIES}:sub": identity, f"{IDENTITIES}:aud": world.id},
                 "ForAnyValue:StringLike": {f"{IDENTITIES}:amr": f"{world.provider}:CognitoSignIn:*"}}
    world.iam.put_role_policy(RoleName=role.split("/")[1], PolicyName="own",
                              PolicyDocument=policy(statement("cognito-idp:ListUsers", Condition=condition)))
    assert world.lists_users(mine)
    assert not world.lists_users(world.enhanced(second))


def test_the_basic_flow_with_session_policies(world):
    role = world.role("cognito-idp:*", Tags=[{"Key": "kind", "Value": "basic"}])
    world.set_roles()
    pool = {"UserPoolId": world.users.id}
    narrowed = policy(statement(["cognito-idp:AdminGetUser", "iam:*"]))
    token = world.open_id_token("ann")
    answer = world.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="mine", WebIdentityToken=token,
                                                     Policy=narrowed, DurationSeconds=900)
    assert answer["Audience"] == world.id
    assert answer["SubjectFromWebIdentityToken"] == world.identity_of(world.logins("ann"))
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{world.account}:assumed-role/{role.split('/')[1]}/mine"
    left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 890 * SECOND < left <= 900 * SECOND
    idp = world.client(answer["Credentials"])
    assert idp.admin_get_user(Username="ann", **pool)["Username"] == "ann"
    session = "because no session policy allows the cognito-idp:ListUsers action"
    with world.denied(role, "cognito-idp:ListUsers", session, session="mine"):
        idp.list_users(**pool)
    # What the session policy allows and the role does not is not allowed either.
    with world.denied(role, "iam:ListRoles", resource="*", session="mine", code="AccessDenied", status=403):
        world.client(answer["Credentials"], "iam").list_roles()

    # Managed session policies, alone; and a deny in one.
    read_only = {"arn": "arn:aws:iam::aws:policy/AmazonCognitoReadOnly"}
    by_arn = world.client(world.classic(role, "ann", PolicyArns=[read_only]))
    by_arn.list_users(**pool)
    disabling = "because no session policy allows the cognito-idp:AdminDisableUser action"
    with world.denied(role, "cognito-idp:AdminDisableUser", disabling, session="classic"):
        by_arn.admin_disable_user(Username="ann", **pool)
    deny = policy(statement("*"), statement("cognito-idp:ListUsers", effect="Deny"))
    explicit = "with an explicit deny in a session policy"
    with world.denied(role, "cognito-idp:ListUsers", explicit, session="classic"):
        world.client(world.classic(role, "ann", Policy=deny)).list_users(**pool)

    # Another pool's role, another audience's token, and no token at all.
    other = Federation(world.server, AllowClassicFlow=True)
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status=403):
        other.classic(role)
    for forged in (token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB"), "not-a-token",
                   world.users.sign_in("ann")["AccessToken"]):
        with refused("InvalidIdentityToken"):
            world.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="forged", WebIdentityToken=forged)


def test_a_boundary_narrows_the_role(world):
    boundary = world.iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=policy("cognito-idp:AdminGetUser"))
    role = world.role("cognito-idp:*", PermissionsBoundary=boundary["Policy"]["Arn"])
    world.set_roles(role)
    idp = world.client(world.enhanced("ann"))
    idp.admin_get_user(UserPoolId=world.users.id, Username="ann")
    why = "because no permissions boundary allows the cognito-idp:ListUsers action"
    with world.denied(role, "cognito-idp:ListUsers", why):
        idp.list_users(UserPoolId=world.users.id)


def test_policies_are_revoked_with_the_next_call(world):
    role = world.role()
    name = role.split("/")[1]
    world.set_roles(role)
    credentials = world.enhanced("ann")
    assert not world.lists_users(credentials)
    managed = world.iam.create_policy(PolicyName=unique("list"), PolicyDocument=policy("cognito-idp:ListUsers"))
    arn = managed["Policy"]["Arn"]
    world.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    assert world.lists_users(credentials)
    world.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("cognito-idp:AdminGetUser"), SetAsDefault=True)
    assert not world.lists_users(credentials)
    world.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert world.lists_users(credentials)
    world.iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    assert not world.lists_users(credentials)


def test_a_deleted_role_is_not_revived_by_its_name(world):
    role = world.role("cognito-idp:*")
    name = role.split("/")[1]
    world.set_roles(role)
    credentials = world.enhanced("ann")
    assert world.lists_users(credentials)
    for attempt in range(2):
        world.iam.delete_role_policy(RoleName=name, PolicyName="inline")
        world.iam.delete_role(RoleName=name)
        with refused("AccessDeniedException"):
            world.client(credentials).list_users(UserPoolId=world.users.id)
        if attempt == 0:
            # Another role under the old one's name: what the old one gave stays dead, what it gives lives.
            world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=world.trust())
            world.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy("*"))
            assert not world.lists_users(credentials)
            assert world.lists_users(world.enhanced("ann"))
    with refused(*ROLES):
        world.enhanced("ann")


def test_sessions_are_revoked_by_their_time(world):
    """What the IAM console's "Revoke active sessions" attaches."""
    role = world.role("cognito-idp:*")
    world.set_roles(role)
    before = world.enhanced("ann")
    basic = world.classic(role, "ann")
    assert world.lists_users(before) and world.lists_users(basic)
    # Times of issue are whole seconds.
    time.sleep(1.1)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    revoke = statement(["*"], ["*"], "Deny", Condition={"DateLessThan": {"aws:TokenIssueTime": now}})
    world.iam.put_role_policy(RoleName=role.split("/")[1], PolicyName="AWSRevokeOlderSessions",
                              PolicyDocument=policy(revoke))
    explicit = "with an explicit deny in an identity-based policy"
    for credentials, session in ((before, "CognitoIdentityCredentials"), (basic, "classic")):
        with world.denied(role, "cognito-idp:ListUsers", explicit, session=session):
            world.client(credentials).list_users(UserPoolId=world.users.id)
    assert world.lists_users(world.enhanced("ann")) and world.lists_users(world.classic(role, "ann"))


def test_credentials_outlive_the_user_and_her_token_does_not(world):
    """As on AWS: credentials are the role's. ServerSideTokenCheck is what asks after the user."""
    role = world.role("cognito-idp:*")
    world.set_roles(role)
    provider = {**world.settings["CognitoIdentityProviders"][0], "ServerSideTokenCheck": True}
    user = world.users.confirmed()
    logins = world.logins(user)
    credentials = world.enhanced(logins=logins)
    world.idp.admin_disable_user(UserPoolId=world.users.id, Username=user)
    assert world.lists_users(credentials)
    assert world.lists_users(world.enhanced(logins=logins))
    world.identity.update_identity_pool(IdentityPoolId=world.id, **{
        **world.settings, "CognitoIdentityProviders": [provider]})
    try:
        with refused("NotAuthorizedException"):
            world.enhanced(logins=logins)
        world.idp.admin_enable_user(UserPoolId=world.users.id, Username=user)
        logins = world.logins(user)
        assert world.lists_users(world.enhanced(logins=logins))
        world.idp.admin_user_global_sign_out(UserPoolId=world.users.id, Username=user)
        with refused("NotAuthorizedException"):
            world.enhanced(logins=logins)
        logins = world.logins(user)
        world.idp.admin_delete_user(UserPoolId=world.users.id, Username=user)
        with refused("NotAuthorizedException"):
            world.enhanced(logins=logins)
        assert world.lists_users(credentials)
    finally:
        world.identity.update_identity_pool(IdentityPoolId=world.id, **world.settings)


def test_session_tokens_are_bound_and_sealed(world):
    role = world.role("*")
    world.set_roles(role)
    mine, other = world.enhanced("ann"), world.enhanced(world.users.confirmed())
    token = mine["SessionToken"]
    assert mine["SecretKey"] not in token and world.lists_users(mine)

    def flipped(at):
        return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]

    tokens = [flipped(0), flipped(len(token) // 3), flipped(len(token) // 2), flipped(len(token) - 2), token[:-4],
              token + "AAAA", other["SessionToken"], "bogus", None]
    for changed in tokens:
        changed = {**mine, "SessionToken": changed}
        with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
            world.client(changed).list_users(UserPoolId=world.users.id)
        for service, call in (("sts", "get_caller_identity"), ("iam", "list_roles")):
            with refused("InvalidClientTokenId", "The security token included in the request is invalid.", status=403):
                getattr(world.client(changed, service), call)()
    for changed in ({"SecretKey": other["SecretKey"]}, {"SecretKey": "x" * 40}):
        with refused("InvalidSignatureException"):
            world.client({**mine, **changed}).list_users(UserPoolId=world.users.id)
    # A key id made up, and the administrator's own key with a session token that is not hers.
    for stolen in ({**mine, "AccessKeyId": other["AccessKeyId"]},
                   {"AccessKeyId": serve.KEY_ID, "SecretKey": serve.SECRET, "SessionToken": token}):
        with refused("UnrecognizedClientException"):
            world.client(stolen).list_users(UserPoolId=world.users.id)


def test_never_identity_pools_from_an_identity_pool(world):
    role = world.role("*")
    guest = world.role("*", amr="unauthenticated")
    world.set_roles(role, guest)
    user, visitor, basic = world.enhanced("ann"), world.enhanced(), world.classic(role, "ann")
    arn = f"arn:aws:cognito-identity:us-east-1:{world.account}:identitypool/{world.id}"
    for credentials, of, session in ((user, role, "CognitoIdentityCredentials"), (basic, role, "classic"),
                                     (visitor, guest, "CognitoIdentityCredentials")):
        identity = world.client(credentials, "cognito-identity")
        options = {"session": session}
        why = "because no session policy allows the {} action"
        with world.denied(of, "cognito-identity:ListIdentityPools",
                          why.format("cognito-identity:ListIdentityPools"), "*", **options):
            identity.list_identity_pools(MaxResults=1)
        for method, action in (("describe_identity_pool", "DescribeIdentityPool"),
                               ("get_identity_pool_roles", "GetIdentityPoolRoles"),
                               ("delete_identity_pool", "DeleteIdentityPool")):
            action = f"cognito-identity:{action}"
            with world.denied(of, action, why.format(action), arn, **options):
                getattr(identity, method)(IdentityPoolId=world.id)
    assert world.identity.describe_identity_pool(IdentityPoolId=world.id)["IdentityPoolId"] == world.id


def test_who_hands_out_roles_must_be_allowed_to_pass_them(world):
    role, powerful = world.role("cognito-idp:ListUsers"), world.role("*")
    name = unique("clerk")
    world.iam.create_user(UserName=name)
    to = {"StringEquals": {"iam:PassedToService": [IDENTITIES, "cognito-idp.amazonaws.com"]}}
    world.iam.put_user_policy(UserName=name, PolicyName="clerk", PolicyDocument=policy(
        statement(["cognito-idp:*", "cognito-identity:*"]), statement("iam:PassRole", role, Condition=to)))
    key = world.iam.create_access_key(UserName=name)["AccessKey"]
    made = (world.server.url, key["AccessKeyId"], key["SecretAccessKey"])
    idp, identity = client("cognito-idp", *made), client("cognito-identity", *made)
    idp.create_group(UserPoolId=world.users.id, GroupName=name, RoleArn=role)
    with refused("AccessDeniedException", part=f"iam:PassRole on resource: {powerful}"):
        idp.update_group(UserPoolId=world.users.id, GroupName=name, RoleArn=powerful)
    identity.set_identity_pool_roles(IdentityPoolId=world.id, Roles={"authenticated": role})
    with refused("NotAuthorizedException", f"Access to Role '{powerful}' is forbidden."):
        identity.set_identity_pool_roles(IdentityPoolId=world.id, Roles={"authenticated": powerful})
    assert identity.get_identity_pool_roles(IdentityPoolId=world.id)["Roles"] == {"authenticated": role}


def test_credentials_outlive_a_restart(world):
    role = world.role("cognito-idp:ListUsers")
    world.set_roles(role)
    credentials = world.enhanced("ann")
    world.server.restart()
    assert world.lists_users(credentials)
    with world.denied(role, "cognito-idp:DeleteUserPool"):
        world.client(credentials).delete_user_pool(UserPoolId=world.users.id)


def test_the_cli_by_way_of_the_basic_flow(world, tmp_path):
    """AWS_WEB_IDENTITY_TOKEN_FILE with an identity pool's token; `test_sts.py` has a user pool's."""
    web_identity = WebIdentity(world, tmp_path, "identity pool")
    program = os.path.join(os.path.dirname(sys.executable), "aws")

    def aws(*arguments):
        return subprocess.run([sys.executable, program, *arguments, "--output", "json"], capture_output=True, text=True,
                              env={**web_identity.environment(), "AWS_PAGER": ""}, timeout=60)

    pool = ("--user-pool-id", world.users.id)
    assert json.loads(aws("sts", "get-caller-identity").stdout)["Arn"] == web_identity.session_arn
    users = json.loads(aws("cognito-idp", "list-users", *pool).stdout)["Users"]
    assert "ann" in [user["Username"] for user in users]
    done = aws("cognito-idp", "delete-user-pool", *pool)
    assert done.returncode != 0 and "(AccessDeniedException)" in done.stderr, done.stdout
    assert web_identity.denial("cognito-idp:DeleteUserPool") in done.stderr
