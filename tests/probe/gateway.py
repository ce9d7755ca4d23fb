"""What is asked about API Gateway, of a Latchkey that is deployed."""

import base64
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.probe.account import ProbeError
from tests.support.api import Answer, Api, encoded
from tests.support.eventually import eventually

# How long a read may lag, in seconds.
_PATIENCE = 15.0
_BYTES = b"\xff\x00\xfe"
_ACCEPTS = {"no Accept": None, "Accept: */*": "*/*", "Accept: application/json": "application/json"}


def unknown_route(api: Api) -> str:
    """What does a call of an unknown route get?"""
    nobody = Api(api.url, None)
    path = f"/no-such-route-{uuid.uuid4().hex}"
    said = {"without a key": nobody.call("GET", path), "with `Authorization: Bearer`": api.call("GET", path)}
    return "; ".join(f"{how}: {_told(answer)}" for how, answer in said.items())


def text_download(api: Api) -> str:
    """How is a text downloaded?"""
    return _downloads(api, {"type": "text", "text_value": "Gr\u00fc\u00dfe"}, "Gr\u00fc\u00dfe".encode())


def bytes_download(api: Api) -> str:
    """How are bytes downloaded?"""
    return _downloads(api, {"type": "binary", "binary_value": base64.b64encode(_BYTES).decode()}, _BYTES)


def encoded_names(api: Api) -> str:
    """Are names found whose path is encoded?"""
    answers = []
    for odd in (" b", "100%41", "100%25", "+\u00fc", "%2F"):
        with _credential(api, {"type": "text", "text_value": "v"}, odd) as name:
            answers.append(f"`{odd}` {'yes' if _is_found(api, name) else '**no**'}")
    return ", ".join(answers)


def _is_found(api: Api, name: str) -> bool:
    """Whether that very name is read, within the time that a read may lag."""

    def is_read() -> None:
        answer = api.call("GET", f"/api/credentials/{encoded(name)}")
        assert (answer.status, answer.json.get("credential_name")) == (200, name)

    try:
        eventually(is_read, _PATIENCE)
    except AssertionError:
        return False
    return True


def _downloads(api: Api, content: dict[str, str], expected: bytes) -> str:
    said = []
    with _credential(api, content) as name:
        if not _is_found(api, name):
            raise ProbeError("the deployed Latchkey does not find what it has made")
        for how, accept in _ACCEPTS.items():
            path = f"/api/credentials/{encoded(name)}/download"
            answer = api.call("GET", path, headers={"Accept": accept})
            forms = {expected: "as it is", base64.b64encode(expected): "as base64"}
            said.append(f"{how}: {answer.status}, {forms.get(answer.content, 'as something else')}")
    return "; ".join(said)


@contextmanager
def _credential(api: Api, content: dict[str, str], odd: str = "") -> Iterator[str]:
    """One that is there inside of `with`."""
    name = f"latchkey-probe-{uuid.uuid4().hex}{odd}"
    made = api.call("POST", "/api/credentials", {"credential_name": name, **content})
    if made.status != 201:
        raise ProbeError(f"the deployed Latchkey makes no credential: {made.status} {made.content.decode()[:200]}")
    try:
        yield name
    finally:
        api.call("DELETE", f"/api/credentials/{encoded(name)}")


def _told(answer: Answer) -> str:
    try:
        fields = ", ".join(sorted(answer.json))
    except ValueError:
        fields = "no JSON"
    return f"{answer.status}, {answer.headers.get('x-amzn-errortype', 'no x-amzn-ErrorType')}, {fields}"
