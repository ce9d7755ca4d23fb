"""Compressed requests and responses."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local.gateway.gateway import Gateway
from tests.gateway.conftest import Noted, rest_api
from tests.support.api import Api

LARGE = "x" * 1_000


@pytest.fixture(autouse=True)
def _compressing(gateway: Gateway) -> None:
    gateway.serve(replace(rest_api("compressing"), minimum_compression_size=1_000))


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("deflate, gzip", "deflate"),
        ("gzip;q=0, deflate", "deflate"),
        ("gzip; q=0.0", None),
        ("identity", None),
        ("br", None),
        (None, None),
    ],
)
def test_a_large_response_is_compressed_for_clients_that_accept_it(
    client: Api, noted: Noted, accepted: str | None, encoding: str | None
) -> None:
    noted.answers["operation"] = {"statusCode": 200, "body": LARGE}
    # http.client sends its own Accept-Encoding unless it is given one.
    answer = client.call("GET", "/open/x", headers={"Accept-Encoding": accepted or "identity"})
    assert answer.headers.get("content-encoding") == encoding
    decoders: dict[str | None, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "deflate": zlib.decompress}
    assert decoders.get(encoding, bytes)(answer.content) == LARGE.encode()


@pytest.mark.parametrize("answer", [{"body": LARGE[1:]}, {"body": LARGE, "headers": {"Content-Encoding": "br"}}])
def test_a_small_or_encoded_response_is_not_compressed(client: Api, noted: Noted, answer: dict[str, Any]) -> None:
    noted.answers["operation"] = {"statusCode": 200, **answer}
    sent = client.call("GET", "/open/x", headers={"Accept-Encoding": "gzip"})
    assert sent.content == answer["body"].encode()


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", gzip.compress(b"{}"), 200),
        ("deflate", zlib.compress(b"{}"), 200),
        ("identity", b"{}", 200),
        ("gzip", b"{}", 400),
        ("gzip", gzip.compress(b"{}")[:-1], 400),
        ("deflate", b"{}", 400),
        ("br", b"{}", 415),
    ],
)
def test_a_request_can_be_compressed(
    client: Api, operation: Callable[..., dict[str, Any]], noted: Noted, encoding: str, body: bytes, status: int
) -> None:
    answer = client.call("POST", "/open/own", body, headers={"Content-Encoding": encoding})
    assert answer.status == status
    if status == 200:
        event = operation()
        assert event["body"] == "e30="
        assert "content-encoding" not in {name.lower() for name in event["headers"]}
    else:
        assert noted.calls("operation") == []


def test_without_a_minimum_size_nothing_is_compressed_or_decompressed(
    gateway: Gateway, client: Api, noted: Noted
) -> None:
    gateway.serve(rest_api("plain"))
    noted.answers["operation"] = {"statusCode": 200, "body": LARGE}
    answer = client.call("POST", "/open/own", b"x", headers={"Accept-Encoding": "gzip", "Content-Encoding": "br"})
    assert (answer.status, answer.content) == (200, LARGE.encode())
