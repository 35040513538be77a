# An identity pool with everything that stands beside it: the user pool and the OpenID provider whose tokens it accepts, the
# roles that it hands out, and the attributes that become tags. A second plan must find nothing to change.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "guests" {
  type    = bool
  default = true
}

variable "department" {
  type    = string
  default = "custom:department"
}

# Nothing is skipped but what asks AWS itself: the account comes from STS and IAM here.
provider "aws" {
  region                  = "us-east-1"
  access_key              = "test"
  secret_key              = "test"
  skip_metadata_api_check = true
  endpoints {
    cognitoidp      = var.endpoint
    cognitoidentity = var.endpoint
    iam             = var.endpoint
    sts             = var.endpoint
  }
}

resource "aws_cognito_user_pool" "users" {
  name = "terraform-identity"

  schema {
    name                = "department"
    attribute_data_type = "String"
    mutable             = true
    string_attribute_constraints {
      min_length = 1
      max_length = 64
    }
  }
}

resource "aws_cognito_user_pool_client" "app" {
  name                = "app"
  user_pool_id        = aws_cognito_user_pool.users.id
  explicit_auth_flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
}

resource "aws_iam_openid_connect_provider" "partner" {
  url             = "https://op.example.com/realm"
  client_id_list  = ["web"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
}

resource "aws_cognito_identity_pool" "main" {
  identity_pool_name               = "terraform"
  allow_unauthenticated_identities = var.guests
  allow_classic_flow               = false
  developer_provider_name          = "login.example"
  openid_connect_provider_arns     = [aws_iam_openid_connect_provider.partner.arn]

  cognito_identity_providers {
    client_id               = aws_cognito_user_pool_client.app.id
    provider_name           = aws_cognito_user_pool.users.endpoint
    server_side_token_check = true
  }

  supported_login_providers = {
    "accounts.google.com" = "123456789012.apps.googleusercontent.com"
  }

  tags = {
    env = "test"
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = toset(["authenticated", "unauthenticated"])

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    principals {
      type        = "Federated"
      identifiers = ["cognito-identity.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "cognito-identity.amazonaws.com:aud"
      values   = [aws_cognito_identity_pool.main.id]
    }
    condition {
      test     = "ForAnyValue:StringLike"
      variable = "cognito-identity.amazonaws.com:amr"
      values   = [each.key]
    }
  }
}

resource "aws_iam_role" "identities" {
  for_each           = data.aws_iam_policy_document.trust
  name               = "terraform-${each.key}"
  assume_role_policy = each.value.json
}

resource "aws_iam_role_policy" "identities" {
  for_each = aws_iam_role.identities
  name     = "read"
  role     = each.value.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "cognito-idp:DescribeUserPool", Resource = aws_cognito_user_pool.users.arn }]
  })
}

resource "aws_cognito_identity_pool_roles_attachment" "main" {
  identity_pool_id = aws_cognito_identity_pool.main.id

  role_mapping {
    identity_provider         = "${aws_cognito_user_pool.users.endpoint}:${aws_cognito_user_pool_client.app.id}"
    ambiguous_role_resolution = "AuthenticatedRole"
    type                      = "Rules"

    mapping_rule {
      claim      = "custom:department"
      match_type = "Equals"
      role_arn   = aws_iam_role.identities["authenticated"].arn
      value      = "paid"
    }
  }

  role_mapping {
    identity_provider         = aws_iam_openid_connect_provider.partner.arn
    ambiguous_role_resolution = "Deny"
    type                      = "Token"
  }

  roles = {
    authenticated   = aws_iam_role.identities["authenticated"].arn
    unauthenticated = aws_iam_role.identities["unauthenticated"].arn
  }
}

resource "aws_cognito_identity_pool_provider_principal_tag" "main" {
  identity_pool_id       = aws_cognito_identity_pool.main.id
  identity_provider_name = aws_cognito_user_pool.users.endpoint
  use_defaults           = false
  principal_tags = {
    department = var.department
  }
}

output "pool" {
  value = aws_cognito_identity_pool.main.id
}

output "provider" {
  value = aws_cognito_user_pool.users.endpoint
}
