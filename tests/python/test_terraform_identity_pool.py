"""Terraform's resources of identity pools: apply, plan again without a difference, change, destroy."""

import json

import pytest

from harness.aws import client, refused
from harness.terraform import DEFINITIONS, DIFFERENCE, NO_DIFFERENCE, runner


@pytest.fixture
def terraform(tmp_path, server):
    return runner(tmp_path, server, DEFINITIONS / "identity_pool")


@pytest.mark.timeout(600)
def test_apply_plan_change_and_destroy(terraform, server):
    identity = client("cognito-identity", server.url)
    terraform("apply", "-input=false", "-auto-approve")
    terraform("plan", "-input=false", "-detailed-exitcode", expect=NO_DIFFERENCE)
    outputs = json.loads(terraform("output", "-json"))
    pool, provider = outputs["pool"]["value"], outputs["provider"]["value"]
    described = identity.describe_identity_pool(IdentityPoolId=pool)
    assert described["AllowUnauthenticatedIdentities"] is True and described["AllowClassicFlow"] is False
    assert described["DeveloperProviderName"] == "login.example"
    assert described["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] is True
    assert described["IdentityPoolTags"] == {"env": "test"}
    roles = identity.get_identity_pool_roles(IdentityPoolId=pool)
    assert set(roles["Roles"]) == {"authenticated", "unauthenticated"} and len(roles["RoleMappings"]) == 2

    def tags():
        return identity.get_principal_tag_attribute_map(IdentityPoolId=pool, IdentityProviderName=provider)

    assert tags()["PrincipalTags"] == {"department": "custom:department"}

    changed = ("-var", "guests=false", "-var", "department=custom:team")
    terraform("apply", "-input=false", "-auto-approve", *changed)
    terraform("plan", "-input=false", "-detailed-exitcode", *changed, expect=NO_DIFFERENCE)
    assert identity.describe_identity_pool(IdentityPoolId=pool)["AllowUnauthenticatedIdentities"] is False
    assert tags()["PrincipalTags"] == {"department": "custom:team"}

    # What somebody changes behind Terraform's back shows in the plan, and apply puts it right.
    identity.set_identity_pool_roles(IdentityPoolId=pool, Roles={})
    terraform("plan", "-input=false", "-detailed-exitcode", *changed, expect=DIFFERENCE)
    terraform("apply", "-input=false", "-auto-approve", *changed)
    assert identity.get_identity_pool_roles(IdentityPoolId=pool)["Roles"] == roles["Roles"]

    terraform("destroy", "-input=false", "-auto-approve", *changed)
    with refused("ResourceNotFoundException"):
        identity.describe_identity_pool(IdentityPoolId=pool)
