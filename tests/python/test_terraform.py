"""Terraform with the AWS provider: apply, plan again without a difference, destroy. See harness/terraform.py."""

import json

import pytest

from harness.aws import refused
from harness.terraform import DIFFERENCE, NO_DIFFERENCE, runner


@pytest.fixture
def terraform(tmp_path, server):
    return runner(tmp_path, server)


def check_factors(idp, pool):
    """What authentication.tf says is what the server knows."""
    described = idp.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert described["Policies"]["PasswordPolicy"]["PasswordHistorySize"] == 5
    assert set(described["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]) == {"PASSWORD", "EMAIL_OTP", "WEB_AUTHN"}
    assert described["DeviceConfiguration"] == {"ChallengeRequiredOnNewDevice": True,
                                                "DeviceOnlyRememberedOnUserPrompt": True}
    assert described["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaVersion"] == "V2_0"
    assert described["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED",
                                           "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"}}
    mfa = idp.get_user_pool_mfa_config(UserPoolId=pool)
    assert mfa["MfaConfiguration"] == "OPTIONAL"
    assert mfa["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert mfa["EmailMfaConfiguration"] == {"Message": "Your code is {####}.", "Subject": "Sign-in code"}
    assert mfa["SmsMfaConfiguration"]["SmsAuthenticationMessage"] == "Your code is {####}."
    assert mfa["WebAuthnConfiguration"]["RelyingPartyId"] == "app.example.com"
    assert mfa["WebAuthnConfiguration"]["UserVerification"] == "required"


def risks(idp, pool, **client):
    return idp.describe_risk_configuration(UserPoolId=pool, **client)["RiskConfiguration"]


@pytest.mark.timeout(600)
def test_apply_plan_and_destroy(terraform, idp):
    terraform("apply", "-input=false", "-auto-approve")
    terraform("plan", "-input=false", "-detailed-exitcode", expect=NO_DIFFERENCE)
    outputs = json.loads(terraform("output", "-json"))
    pool, factors = outputs["pool"]["value"], outputs["factors"]["value"]
    check_factors(idp, factors)
    policy = idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] == 10 and policy["RequireSymbols"] is False
    groups = idp.admin_list_groups_for_user(UserPoolId=pool, Username="ann@example.com")["Groups"]
    assert [group["GroupName"] for group in groups] == ["admins"]

    # What somebody changes behind Terraform's back shows in the plan, and apply puts it right.
    idp.update_group(UserPoolId=pool, GroupName="admins", Precedence=7)
    terraform("plan", "-input=false", "-detailed-exitcode", expect=DIFFERENCE)
    terraform("apply", "-input=false", "-auto-approve")
    assert idp.get_group(UserPoolId=pool, GroupName="admins")["Group"]["Precedence"] == 1

    # The risk configurations: changed, drifted, and the one of a client apart from its pool's.
    [client] = idp.list_user_pool_clients(UserPoolId=factors)["UserPoolClients"]
    of_client = risks(idp, factors, ClientId=client["ClientId"])["RiskExceptionConfiguration"]
    assert of_client["BlockedIPRangeList"] == ["198.51.100.0/24"]
    assert set(of_client["SkippedIPRangeList"]) == {"203.0.113.0/24", "2001:db8::/48"}
    high = risks(idp, factors)["AccountTakeoverRiskConfiguration"]["Actions"]["HighAction"]
    assert high == {"EventAction": "MFA_REQUIRED", "Notify": True}
    blocking = ("-var", "high_risk=BLOCK")
    terraform("apply", "-input=false", "-auto-approve", *blocking)
    terraform("plan", "-input=false", "-detailed-exitcode", *blocking, expect=NO_DIFFERENCE)
    assert risks(idp, factors)["AccountTakeoverRiskConfiguration"]["Actions"]["HighAction"]["EventAction"] == "BLOCK"
    idp.set_risk_configuration(UserPoolId=factors, ClientId=client["ClientId"],
                               RiskExceptionConfiguration={"BlockedIPRangeList": ["192.0.2.0/24"]})
    terraform("plan", "-input=false", "-detailed-exitcode", *blocking, expect=DIFFERENCE)
    terraform("apply", "-input=false", "-auto-approve", *blocking)
    assert risks(idp, factors, ClientId=client["ClientId"])["RiskExceptionConfiguration"] == of_client

    terraform("destroy", "-input=false", "-auto-approve")
    for gone in (pool, factors):
        with refused("ResourceNotFoundException"):
            idp.describe_user_pool(UserPoolId=gone)
