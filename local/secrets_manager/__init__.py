"""A front before MiniStack's Secrets Manager, which adds the rules of AWS's that MiniStack lacks.

The secrets are MiniStack's alone, so that its CloudFormation makes and changes the same ones. Whoever calls MiniStack
past the front sees other VersionIds.
"""

from local.secrets_manager.front import SecretsManager

__all__ = ["SecretsManager"]
