"""Proxies between the functions and AWS's services.

They check every call and every response against the service's model, count the calls, and can forward them elsewhere.
Secrets Manager's proxy also injects faults, and has switches for what AWS may do at any time: `switches` has one file
for each.
"""

from tests.support.proxy.calls import OPEN, described_as, round_trips
from tests.support.proxy.fault import Fault
from tests.support.proxy.secrets_manager import Proxy
from tests.support.proxy.service_proxy import ServiceProxy
from tests.support.service_model import Call

__all__ = ["OPEN", "Call", "Fault", "Proxy", "ServiceProxy", "described_as", "round_trips"]
