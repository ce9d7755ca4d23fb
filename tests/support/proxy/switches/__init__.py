"""What AWS may do at any time. Each switch is turned on separately: see `Proxy.switched`."""

from tests.support.proxy.switches.lag import Lag
from tests.support.proxy.switches.late import Late
from tests.support.proxy.switches.rejected_descriptions import WritesDescriptionsOfRejected
from tests.support.proxy.switches.repeated import Repeated
from tests.support.proxy.switches.sparse import Sparse
from tests.support.proxy.switches.throttles import Throttles
from tests.support.proxy.switches.version_cap import VersionCap

__all__ = ["Lag", "Late", "Repeated", "Sparse", "Throttles", "VersionCap", "WritesDescriptionsOfRejected"]
