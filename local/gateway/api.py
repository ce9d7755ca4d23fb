"""A deployed REST API: its routes, authorizers and gateway responses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local.cloudformation import Resolved

RESPONSES = "x-amazon-apigateway-gateway-responses"

_HEADER = "method.request.header."


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer of type REQUEST."""

    function: str
    # How long its answers are kept, in seconds.
    ttl: int
    # The headers that tell callers apart. All of them must be there, where answers are kept.
    identity: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A method of a resource, and the function behind it."""

    method: str
    # The resource's path, like /a/{b}.
    resource: str
    resource_id: str
    function: str
    authorizer: Authorizer | None


@dataclass(frozen=True)
class Match:
    """What a call found."""

    route: Route
    # Still encoded, as AWS hands them over.
    path_parameters: dict[str, str]


@dataclass(frozen=True)
class Api:
    """One stage of it, as it was at its deployment."""

    api_id: str
    stage: str
    deployment_id: str
    region: str
    account_id: str
    routes: tuple[Route, ...]
    binary_media_types: tuple[str, ...]
    stage_variables: dict[str, str] | None
    # As the OpenAPI document has them, by their type.
    responses: Mapping[str, Any]
    # From how many bytes on an answer is compressed; never where it is None.
    minimum_compression_size: int | None = None

    @property
    def deployment(self) -> tuple[str, str]:
        """What a stage shows, until it is told to show another one. MiniStack's ids of APIs change, AWS's do not."""
        return self.stage, self.deployment_id

    @property
    def domain_name(self) -> str:
        """The host that answers on AWS."""
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"

    def find(self, method: str, path: str) -> Match | None:
        """The route of a call."""
        return find_route(self.routes, method, path)


def find_route(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """The route of a call. Literal segments go before parameters, and an encoded slash is no slash."""
    segments = [segment for segment in path.split("/") if segment]
    found = [
        (kinds, route, parameters)
        for route in routes
        if (match := _matches(route.resource, segments)) is not None
        for kinds, parameters in [match]
    ]
    if not found:
        return None
    # The resource is chosen before its methods are looked at.
    best = max(kinds for kinds, _, _ in found)
    for kinds, route, parameters in found:
        if kinds == best and route.method == method:
            return Match(route, parameters)
    return None


def read_api(client: Any, api_id: str, stage: str, region: str, template: Resolved) -> Api:
    """The API, as MiniStack's control plane describes it.

    The expanded `template` has what MiniStack does not keep: the gateway responses, what is compressed, and which
    deployment the stage shows. MiniStack makes a new one at every update, and AWS where it has another name in the
    template.
    """
    expanded = template.resources
    (deployment_id,) = (name for name, found in expanded.items() if found["Type"] == "AWS::ApiGateway::Deployment")
    properties = expanded["Api"]["Properties"]
    authorizers = {
        found["id"]: Authorizer(_function(found["authorizerUri"]), _ttl(found), _identity(found))
        for found in client.get_authorizers(restApiId=api_id)["items"]
    }
    deployed = client.get_stage(restApiId=api_id, stageName=stage)
    resources = client.get_paginator("get_resources").paginate(restApiId=api_id, embed=["methods"])
    routes = tuple(
        Route(
            method,
            resource["path"],
            resource["id"],
            _function(settings["methodIntegration"]["uri"]),
            authorizers.get(settings.get("authorizerId", "")),
        )
        for page in resources
        for resource in page["items"]
        for method, settings in resource.get("resourceMethods", {}).items()
    )
    return Api(
        api_id=api_id,
        stage=stage,
        deployment_id=deployment_id,
        region=region,
        account_id=routes[0].function.split(":")[4],
        routes=routes,
        binary_media_types=tuple(client.get_rest_api(restApiId=api_id).get("binaryMediaTypes", ())),
        stage_variables=deployed.get("variables") or None,
        responses=properties["Body"].get(RESPONSES, {}),
        minimum_compression_size=properties.get("MinimumCompressionSize"),
    )


def _matches(resource: str, segments: list[str]) -> tuple[tuple[bool, ...], dict[str, str]] | None:
    """Which of the path's segments are literal ones of the resource, and what its parameters are."""
    parts = [part for part in resource.split("/") if part]
    if len(parts) != len(segments):
        return None
    kinds, parameters = [], {}
    for part, segment in zip(parts, segments, strict=True):
        is_literal = not part.startswith("{")
        if is_literal and unquote(segment) != part:
            return None
        if not is_literal:
            parameters[part.strip("{}")] = segment
        kinds.append(is_literal)
    return tuple(kinds), parameters


def _function(uri: str) -> str:
    """The ARN of the function in an integration's URI."""
    return uri.partition("/functions/")[2].partition("/invocations")[0]


def _ttl(authorizer: Mapping[str, Any]) -> int:
    # AWS's default.
    return int(authorizer.get("authorizerResultTtlInSeconds", 300))


def _identity(authorizer: Mapping[str, Any]) -> tuple[str, ...]:
    sources = [source.strip() for source in authorizer.get("identitySource", "").split(",") if source.strip()]
    unknown = [source for source in sources if not source.startswith(_HEADER)]
    if unknown:
        raise ValueError(f"the local gateway knows headers alone as identity sources, and not {unknown}")
    return tuple(source.removeprefix(_HEADER) for source in sources)
