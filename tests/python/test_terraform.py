"""Terraform with the AWS provider: apply, plan again without a difference, destroy.

Skipped where Terraform or the provider is not to be had. A folder that mirrors providers can be named in
STEPWELL_TEST_TERRAFORM_MIRROR.
"""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from harness.aws import refused

DEFINITION = pathlib.Path(__file__).parents[1] / "terraform" / "main.tf"
NO_DIFFERENCE, DIFFERENCE = 0, 2


@pytest.fixture
def terraform(tmp_path, server):
    program = shutil.which("terraform")
    if not program:
        pytest.skip("terraform is not installed")
    shutil.copy(DEFINITION, tmp_path)
    environment = {**os.environ, "TF_VAR_endpoint": server.url, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    mirror = os.environ.get("STEPWELL_TEST_TERRAFORM_MIRROR")
    if mirror:
        configuration = tmp_path / "terraform.rc"
        configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        environment["TF_CLI_CONFIG_FILE"] = str(configuration)

    def run(*arguments, expect=0):
        ended = subprocess.run([program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True,
                               timeout=300)
        assert ended.returncode == expect, ended.stdout + ended.stderr
        return ended.stdout

    if subprocess.run([program, "init", "-input=false"], cwd=tmp_path, env=environment, capture_output=True,
                      timeout=300).returncode:
        pytest.skip("the AWS provider of Terraform cannot be installed here")
    return run


@pytest.mark.timeout(600)
def test_apply_plan_and_destroy(terraform, idp):
    terraform("apply", "-input=false", "-auto-approve")
    terraform("plan", "-input=false", "-detailed-exitcode", expect=NO_DIFFERENCE)
    pool = json.loads(terraform("output", "-json"))["pool"]["value"]
    policy = idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] == 10 and policy["RequireSymbols"] is False
    groups = idp.admin_list_groups_for_user(UserPoolId=pool, Username="ann@example.com")["Groups"]
    assert [group["GroupName"] for group in groups] == ["admins"]

    # What somebody changes behind Terraform's back shows in the plan, and apply puts it right.
    idp.update_group(UserPoolId=pool, GroupName="admins", Precedence=7)
    terraform("plan", "-input=false", "-detailed-exitcode", expect=DIFFERENCE)
    terraform("apply", "-input=false", "-auto-approve")
    assert idp.get_group(UserPoolId=pool, GroupName="admins")["Group"]["Precedence"] == 1

    terraform("destroy", "-input=false", "-auto-approve")
    with refused("ResourceNotFoundException"):
        idp.describe_user_pool(UserPoolId=pool)
