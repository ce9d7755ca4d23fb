# Two credentials as code. No secret gets into the state or into a plan.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.88"
    }
    random = {
      source  = "hashicorp/random"
      version = ">= 3.7.1"
    }
  }
}

variable "prefix" {
  description = "Latchkey's parameter Prefix."
  type        = string
  default     = "latchkey"
}

variable "tiledb_provision_arn" {
  description = "Latchkey's output TiledbProvisionArn."
  type        = string
}

variable "storage_keys_arn" {
  description = "The ARN of a secret with access_key_id and secret_access_key, one of Latchkey's ProvisioningSources."
  type        = string
}

# ---- A DQOps credential that is a plain secret. It needs no provisioning function. ----

ephemeral "random_password" "login" {
  length  = 40
  special = false
}

resource "aws_secretsmanager_secret" "login" {
  # The credential's name is what follows PREFIX/dqops/.
  name = "${var.prefix}/dqops/login.json"

  # How long it can be restored after a deletion. Until then, the name is taken.
  recovery_window_in_days = 7

  lifecycle {
    # A write through the API stores there what lists show.
    ignore_changes = [description]
  }
}

resource "aws_secretsmanager_secret_version" "login" {
  secret_id = aws_secretsmanager_secret.login.id

  secret_string_wo = jsonencode({
    user     = "reader"
    password = ephemeral.random_password.login.result
  })

  # Increase it to generate a new password.
  secret_string_wo_version = 1
}

# ---- A TileDB credential. Latchkey's function makes it from a source that only the function reads. ----

resource "aws_lambda_invocation" "warehouse" {
  function_name   = var.tiledb_provision_arn
  lifecycle_scope = "CRUD"

  input = jsonencode({
    # Must differ for each resource, across all states that use this Latchkey.
    Owner = "prod/warehouse"

    Workspace = "acme"
    Name      = "warehouse"

    Spec = {
      provider = "AWS"
      credential = {
        aws = {
          endpoint       = "https://storage.example.com"
          use_path_style = true
        }
      }
    }

    Secrets = {
      "credential.aws.access_key_id"     = { SecretArn = var.storage_keys_arn, JsonKey = "access_key_id" }
      "credential.aws.secret_access_key" = { SecretArn = var.storage_keys_arn, JsonKey = "secret_access_key" }
    }

    # Change it when the source has a new value, and after an apply that failed.
    Revision = "1"
  })
}

output "warehouse_secret_arn" {
  description = "The ARN of the credential's secret, for the policies of its readers."
  value       = jsondecode(aws_lambda_invocation.warehouse.result).Data.SecretArn
}
