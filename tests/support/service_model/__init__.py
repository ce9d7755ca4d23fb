"""What AWS accepts and returns, by botocore's model of the service. Calls and responses are checked against it.

`shapes` checks one value, `service` a call and its response, `errors` has the errors and their statuses, and
`secrets_manager` adds what only the documentation says. `violations` collects what was found until a test fails.
"""

from tests.support.service_model.call import Call
from tests.support.service_model.service import SECRETS_MANAGER, SSM, STS, Service
from tests.support.service_model.violations import Violations

__all__ = ["SECRETS_MANAGER", "SSM", "STS", "Call", "Service", "Violations"]
