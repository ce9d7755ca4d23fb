"""API Gateway before the functions, as AWS behaves: MiniStack's own decodes paths and leaves out much of an event.

It serves one stage of a REST API, as MiniStack's control plane describes it, and calls the functions by Lambda's
Invoke. It keeps to what the template needs: Lambda proxy integrations, REQUEST authorizers, gateway responses.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from local.gateway.api import read_api
from local.gateway.functions import Functions
from local.gateway.gateway import Gateway

__all__ = ["Functions", "Gateway", "read_api"]
