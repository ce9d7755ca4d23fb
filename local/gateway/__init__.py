"""An API Gateway that behaves as AWS's does. MiniStack's own decodes paths and leaves out much of an event.

It serves one stage of a REST API, as MiniStack's control plane describes it, and calls the functions through Lambda's
Invoke. It has only what the template needs: Lambda proxy integrations, REQUEST authorizers and gateway responses.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from local.gateway.api import read_api
from local.gateway.functions import Functions
from local.gateway.gateway import Gateway

__all__ = ["Functions", "Gateway", "read_api"]
