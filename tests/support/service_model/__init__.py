"""What AWS takes and what it answers, by botocore's model of the service: what is sent is held against it.

`shapes` judges one value, `service` a call and its answer, `errors` what may be rejected and how, and
`secrets_manager` adds what only the documentation says. `violations` keeps what was found until a test fails for it.
"""

from tests.support.service_model.call import Call
from tests.support.service_model.service import SECRETS_MANAGER, SSM, STS, Service
from tests.support.service_model.violations import Violations

__all__ = ["SECRETS_MANAGER", "SSM", "STS", "Call", "Service", "Violations"]
