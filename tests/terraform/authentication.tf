# A pool with everything that sign-in can ask for, and threat protection.

variable "high_risk" {
  type    = string
  default = "MFA_REQUIRED"
}

locals {
  function = "arn:aws:lambda:us-east-1:000000000000:function"
  role     = "arn:aws:iam::000000000000:role/sms"
}

resource "aws_cognito_user_pool" "factors" {
  name                     = "terraform-factors"
  user_pool_tier           = "PLUS"
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"

  password_policy {
    minimum_length                   = 12
    password_history_size            = 5
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = true
    require_uppercase                = true
    temporary_password_validity_days = 7
  }

  sign_in_policy {
    allowed_first_auth_factors = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
  }

  web_authn_configuration {
    relying_party_id  = "app.example.com"
    user_verification = "required"
  }

  software_token_mfa_configuration {
    enabled = true
  }

  sms_configuration {
    external_id    = "terraform"
    sns_caller_arn = local.role
  }
  sms_authentication_message = "Your code is {####}."

  email_configuration {
    email_sending_account = "DEVELOPER"
    from_email_address    = "no-reply@example.com"
    source_arn            = "arn:aws:ses:us-east-1:000000000000:identity/example.com"
  }

  email_mfa_configuration {
    message = "Your code is {####}."
    subject = "Sign-in code"
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
    recovery_mechanism {
      name     = "verified_phone_number"
      priority = 2
    }
  }

  device_configuration {
    challenge_required_on_new_device      = true
    device_only_remembered_on_user_prompt = true
  }

  lambda_config {
    pre_sign_up                    = "${local.function}:pre-sign-up"
    post_authentication            = "${local.function}:post-authentication"
    define_auth_challenge          = "${local.function}:define"
    create_auth_challenge          = "${local.function}:create"
    verify_auth_challenge_response = "${local.function}:verify"
    pre_token_generation_config {
      lambda_arn     = "${local.function}:tokens"
      lambda_version = "V2_0"
    }
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  user_pool_add_ons {
    advanced_security_mode = "ENFORCED"
    advanced_security_additional_flows {
      custom_auth_mode = "AUDIT"
    }
  }
}

resource "aws_cognito_user_pool_client" "factors" {
  name                                          = "factors"
  user_pool_id                                  = aws_cognito_user_pool.factors.id
  generate_secret                               = true
  auth_session_validity                         = 5
  enable_token_revocation                       = true
  enable_propagate_additional_user_context_data = true
  explicit_auth_flows = [
    "ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH",
  ]
  refresh_token_rotation {
    feature                    = "ENABLED"
    retry_grace_period_seconds = 10
  }
}

resource "aws_cognito_risk_configuration" "pool" {
  user_pool_id = aws_cognito_user_pool.factors.id

  account_takeover_risk_configuration {
    notify_configuration {
      from       = "security@example.com"
      source_arn = "arn:aws:ses:us-east-1:000000000000:identity/example.com"
      block_email {
        subject   = "Blocked"
        html_body = "<p>A sign-in was blocked.</p>"
        text_body = "A sign-in was blocked."
      }
    }
    actions {
      medium_action {
        event_action = "MFA_IF_CONFIGURED"
        notify       = false
      }
      high_action {
        event_action = var.high_risk
        notify       = true
      }
    }
  }

  compromised_credentials_risk_configuration {
    event_filter = ["SIGN_UP", "PASSWORD_CHANGE"]
    actions {
      event_action = "NO_ACTION"
    }
  }
}

resource "aws_cognito_risk_configuration" "client" {
  user_pool_id = aws_cognito_user_pool.factors.id
  client_id    = aws_cognito_user_pool_client.factors.id

  risk_exception_configuration {
    blocked_ip_range_list = ["198.51.100.0/24"]
    skipped_ip_range_list = ["203.0.113.0/24", "2001:db8::/48"]
  }
}

output "factors" {
  value = aws_cognito_user_pool.factors.id
}
