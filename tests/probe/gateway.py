"""Questions about API Gateway, for a Latchkey that is deployed. Each docstring is the question on the page."""

import base64
import gzip
import json
import uuid

from tests.probe.account import ProbeError
from tests.probe.deployed import Deployed
from tests.support.api import Answer, encoded
from tests.support.eventually import eventually

# How long a read can lag, in seconds.
_LONGEST_LAG = 15.0
_BYTES = b"\xff\x00\xfe"
_ACCEPTS = {"no Accept": None, "Accept: */*": "*/*", "Accept: application/json": "application/json"}


def unknown_route(api: Deployed) -> str:
    """What does a call of an unknown route get?"""
    path = f"/no-such-route-{uuid.uuid4().hex}"
    without = api.call("GET", path, headers={"Authorization": None})
    said = {"without a key": without, "with `Authorization: Bearer`": api.call("GET", path)}
    return "; ".join(f"{how}: {_told(answer)}" for how, answer in said.items())


def text_download(api: Deployed) -> str:
    """How is a text downloaded?"""
    return _downloads(api, {"type": "text", "text_value": "Gr\u00fc\u00dfe"}, "Gr\u00fc\u00dfe".encode())


def bytes_download(api: Deployed) -> str:
    """How are bytes downloaded?"""
    return _downloads(api, {"type": "binary", "binary_value": base64.b64encode(_BYTES).decode()}, _BYTES)


def encoded_names(api: Deployed) -> str:
    """Are names found if their path is encoded?"""
    answers = []
    for odd in ("+\u00fc b", "100%41", "100%25", "%2F"):
        with api.credential({"type": "text", "text_value": "v"}, odd) as name:
            answers.append(f"`{odd}` {'yes' if _is_found(api, name) else '**no**'}")
    return ", ".join(answers)


def compression(api: Deployed) -> str:
    """Is a large response compressed for clients that accept it?"""
    text = "Gr\u00fc\u00dfe" * 5_000
    with api.credential({"type": "text", "text_value": text}) as name:
        if not _is_found(api, name):
            raise ProbeError("the deployed Latchkey does not find what it has made")
        answer = api.call("GET", f"/api/credentials/{encoded(name)}", headers={"Accept-Encoding": "gzip"})
        encoding = answer.headers.get("content-encoding", "not at all")
        try:
            content = gzip.decompress(answer.content) if encoding == "gzip" else answer.content
            is_whole = json.loads(content)["text_value"] == text
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            is_whole = False
        return f"{answer.status}, {encoding}, {'whole' if is_whole else '**broken**'}"


def _is_found(api: Deployed, name: str) -> bool:
    """Whether a read finds exactly this name, within the time that reads can lag."""

    def is_read() -> None:
        answer = api.call("GET", f"/api/credentials/{encoded(name)}")
        assert answer.status == 200
        assert answer.json["credential_name"] == name

    try:
        eventually(is_read, _LONGEST_LAG)
    # Not found, another credential, or a response that is not Latchkey's at all.
    except (AssertionError, KeyError, TypeError, ValueError):
        return False
    return True


def _downloads(api: Deployed, content: dict[str, str], expected: bytes) -> str:
    said = []
    with api.credential(content) as name:
        if not _is_found(api, name):
            raise ProbeError("the deployed Latchkey does not find what it has made")
        for how, accept in _ACCEPTS.items():
            path = f"/api/credentials/{encoded(name)}/download"
            answer = api.call("GET", path, headers={"Accept": accept})
            forms = {expected: "as it is", base64.b64encode(expected): "as base64"}
            said.append(f"{how}: {answer.status}, {forms.get(answer.content, 'as something else')}")
    return "; ".join(said)


def _told(answer: Answer) -> str:
    try:
        fields = ", ".join(sorted(answer.json))
    except ValueError:
        fields = "no JSON"
    return f"{answer.status}, {answer.headers.get('x-amzn-errortype', 'no x-amzn-ErrorType')}, {fields}"
