"""A front for MiniStack's Secrets Manager, which adds the AWS rules that MiniStack lacks.

Only MiniStack stores secrets, so its CloudFormation creates and changes the same ones. A client that calls MiniStack
directly, without the front, sees other VersionIds.
"""

from local.secrets_manager.front import SecretsManager

__all__ = ["SecretsManager"]
