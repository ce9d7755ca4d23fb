"""Compresses responses and decompresses requests, if the API has a MinimumCompressionSize.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

import gzip
import zlib

from local.gateway.api import Api
from local.gateway.http import Request, Response
from local.gateway.responses import RejectedError

_DECODERS = {"gzip": gzip.decompress, "deflate": zlib.decompress, "identity": bytes}
_ENCODERS = {"gzip": gzip.compress, "deflate": zlib.compress}


def decompressed(api: Api, request: Request) -> Request:
    """Returns the request as the function gets it."""
    encoding = (request.header("content-encoding") or "").strip().lower()
    if api.minimum_compression_size is None or not encoding:
        return request
    if encoding not in _DECODERS:
        raise RejectedError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    try:
        body = _DECODERS[encoding](request.body)
    except (OSError, EOFError, zlib.error):
        raise RejectedError("BAD_REQUEST_BODY", "Invalid request body") from None
    headers = [(name, value) for name, value in request.headers if name.lower() != "content-encoding"]
    return Request(request.method, request.path, request.query, headers, body)


def compressed(api: Api, request: Request, response: Response) -> Response:
    """Returns the response as the client gets it, in an encoding that the client accepts."""
    least, encoding = api.minimum_compression_size, _accepted(request.header("accept-encoding") or "")
    is_encoded = any(name.lower() == "content-encoding" for name, _ in response.headers)
    if least is None or encoding is None or is_encoded or len(response.body) < least:
        return response
    headers = [*response.headers, ("Content-Encoding", encoding)]
    return Response(response.status, headers, _ENCODERS[encoding](response.body))


def _accepted(header: str) -> str | None:
    """Returns the first known encoding that an Accept-Encoding header does not exclude with q=0."""
    for item in header.split(","):
        encoding, _, quality = item.partition(";")
        is_excluded = quality.replace(" ", "").rstrip("0") in ("q=", "q=0.")
        if encoding.strip().lower() in _ENCODERS and not is_excluded:
            return encoding.strip().lower()
    return None
