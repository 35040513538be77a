"""Terraform with the AWS provider in a folder of its own.

Skips where Terraform or the provider is not to be had. A folder that mirrors providers can be named in
STEPWELL_TEST_TERRAFORM_MIRROR.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

DEFINITIONS = pathlib.Path(__file__).parents[2] / "terraform"
NO_DIFFERENCE, DIFFERENCE = 0, 2


def runner(folder, server, definitions=DEFINITIONS):
    """Copies the definitions into `folder`, initializes it, and returns a function that runs terraform there."""
    program = shutil.which("terraform")
    if not program:
        pytest.skip("terraform is not installed")
    for definition in [*definitions.glob("*.tf"), *definitions.glob("*.xml")]:
        shutil.copy(definition, folder)
    environment = {**os.environ, "TF_VAR_endpoint": server.url, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    mirror = os.environ.get("STEPWELL_TEST_TERRAFORM_MIRROR")
    if mirror:
        configuration = folder / "terraform.rc"
        configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
        environment["TF_CLI_CONFIG_FILE"] = str(configuration)

    def run(*arguments, expect=0):
        ended = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                               timeout=300)
        assert ended.returncode == expect, ended.stdout + ended.stderr
        return ended.stdout

    if subprocess.run([program, "init", "-input=false"], cwd=folder, env=environment, capture_output=True,
                      timeout=300).returncode:
        pytest.skip("the AWS provider of Terraform cannot be installed here")
    return run
