# Users, roles, policies and providers of IAM. A second plan must find nothing to change.

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

# What a second apply changes.
variable "stage" {
  type    = string
  default = "first"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    iam = var.endpoint
    sts = var.endpoint
  }
  default_tags {
    tags = { managed = "terraform" }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["cognito-identity.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "cognito-identity.amazonaws.com:aud"
      values   = ["us-east-1:11111111-2222-4333-8444-555555555555"]
    }
    condition {
      test     = "ForAnyValue:StringLike"
      variable = "cognito-identity.amazonaws.com:amr"
      values   = ["authenticated"]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = var.stage == "first" ? ["cognito-idp:ListUsers"] : ["cognito-idp:ListUsers", "cognito-idp:AdminGetUser"]
    resources = ["arn:aws:cognito-idp:us-east-1:*:userpool/*"]
  }
}

data "aws_iam_policy" "power_user" {
  name = "AmazonCognitoPowerUser"
}

resource "aws_iam_policy" "read" {
  name        = "tf-read"
  path        = "/tf/"
  description = "Reads users"
  policy      = data.aws_iam_policy_document.read.json
  tags        = { stage = var.stage }
}

resource "aws_iam_role" "app" {
  name                 = "tf-app"
  path                 = "/tf/"
  description          = "The ${var.stage} description"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = var.stage == "first" ? 3600 : 7200
  permissions_boundary = var.stage == "first" ? aws_iam_policy.read.arn : null
  tags                 = { stage = var.stage }
}

resource "aws_iam_role_policy" "own" {
  name   = "own"
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.read.arn
}

# A role that lists its policies exhaustively, as older definitions do.
resource "aws_iam_role" "exhaustive" {
  name                  = "tf-exhaustive"
  force_detach_policies = true
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = aws_iam_user.ann.arn }
    }]
  })
  managed_policy_arns = [data.aws_iam_policy.power_user.arn]
  inline_policy {
    name   = "inline"
    policy = data.aws_iam_policy_document.read.json
  }
}

resource "aws_iam_user" "ann" {
  name                 = "tf-ann"
  path                 = "/staff/"
  permissions_boundary = aws_iam_policy.read.arn
  force_destroy        = true
  tags                 = { stage = var.stage }
}

resource "aws_iam_user_policy" "own" {
  name   = "own"
  user   = aws_iam_user.ann.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "power_user" {
  user       = aws_iam_user.ann.name
  policy_arn = data.aws_iam_policy.power_user.arn
}

resource "aws_iam_access_key" "ann" {
  user   = aws_iam_user.ann.name
  status = var.stage == "first" ? "Active" : "Inactive"
}

# Attached to everybody at once.
resource "aws_iam_policy" "shared" {
  name   = "tf-shared"
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_policy_attachment" "shared" {
  name       = "shared"
  policy_arn = aws_iam_policy.shared.arn
  users      = [aws_iam_user.ann.name]
  roles      = [aws_iam_role.app.name]
}

resource "aws_iam_openid_connect_provider" "github" {
  url             = "https://token.actions.example.com/tenant"
  client_id_list  = var.stage == "first" ? ["sts.amazonaws.com"] : ["sts.amazonaws.com", "second"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
  tags            = { stage = var.stage }
}

resource "aws_iam_saml_provider" "corp" {
  name                   = "tf-corp"
  saml_metadata_document = file("${path.module}/metadata.xml")
}

output "role" {
  value = aws_iam_role.app.arn
}

output "policy" {
  value = aws_iam_policy.read.arn
}

output "key" {
  value = aws_iam_access_key.ann.id
}

output "secret" {
  value     = aws_iam_access_key.ann.secret
  sensitive = true
}

output "provider" {
  value = aws_iam_openid_connect_provider.github.arn
}
