"""IAM by Terraform: apply, an empty second plan, drift, a change, destroy."""

import json

import pytest

from harness.aws import client
from harness.terraform import DEFINITIONS, DIFFERENCE, NO_DIFFERENCE, runner

ADMINISTRATION = ("-input=false", "-auto-approve")
SECOND = ("-var", "stage=second")


@pytest.fixture
def terraform(tmp_path, server):
    return runner(tmp_path, server, DEFINITIONS / "iam")


@pytest.mark.timeout(600)
def test_apply_plan_change_and_destroy(terraform, server):
    iam = client("iam", server.url)
    terraform("apply", *ADMINISTRATION)
    terraform("plan", "-input=false", "-detailed-exitcode", expect=NO_DIFFERENCE)
    outputs = {name: output["value"] for name, output in json.loads(terraform("output", "-json")).items()}

    role = iam.get_role(RoleName="tf-app")["Role"]
    assert (role["Arn"], role["Description"]) == (outputs["role"], "The first description")
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == outputs["policy"]
    assert {tag["Key"]: tag["Value"] for tag in role["Tags"]} == {"managed": "terraform", "stage": "first"}
    attached = iam.list_attached_role_policies(RoleName="tf-app")["AttachedPolicies"]
    assert {policy["PolicyName"] for policy in attached} == {"tf-read", "tf-shared"}
    [key] = iam.list_access_keys(UserName="tf-ann")["AccessKeyMetadata"]
    assert (key["AccessKeyId"], key["Status"], len(outputs["secret"])) == (outputs["key"], "Active", 40)

    # What somebody changes behind Terraform's back shows in the plan, and apply puts it right.
    iam.detach_role_policy(RoleName="tf-app", PolicyArn=outputs["policy"])
    iam.untag_user(UserName="tf-ann", TagKeys=["stage"])
    terraform("plan", "-input=false", "-detailed-exitcode", expect=DIFFERENCE)
    terraform("apply", *ADMINISTRATION)
    terraform("plan", "-input=false", "-detailed-exitcode", expect=NO_DIFFERENCE)

    terraform("apply", *ADMINISTRATION, *SECOND)
    terraform("plan", "-input=false", "-detailed-exitcode", *SECOND, expect=NO_DIFFERENCE)
    role = iam.get_role(RoleName="tf-app")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("The second description", 7200)
    assert "PermissionsBoundary" not in role
    policy = iam.get_policy(PolicyArn=outputs["policy"])["Policy"]
    assert policy["DefaultVersionId"] == "v2"
    provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=outputs["provider"])
    assert set(provider["ClientIDList"]) == {"sts.amazonaws.com", "second"}
    [key] = iam.list_access_keys(UserName="tf-ann")["AccessKeyMetadata"]
    assert key["Status"] == "Inactive"

    terraform("destroy", *ADMINISTRATION, *SECOND)
    assert iam.list_roles(PathPrefix="/tf/")["Roles"] == []
    assert iam.list_users(PathPrefix="/staff/")["Users"] == []
    assert iam.list_policies(Scope="Local", PathPrefix="/tf/")["Policies"] == []
    assert iam.list_saml_providers()["SAMLProviderList"] == []
