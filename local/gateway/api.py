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
    # How long its results are cached, in seconds.
    ttl: int
    # The headers that tell callers apart. If results are cached, a request must have all of them.
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
    """The route that a request matches."""

    route: Route
    # Still percent-encoded, as AWS passes them to functions.
    path_parameters: dict[str, str]


@dataclass(frozen=True)
class Api:
    """One stage of a REST API, as it was when it was deployed."""

    api_id: str
    stage: str
    deployment_id: str
    region: str
    account_id: str
    routes: tuple[Route, ...]
    binary_media_types: tuple[str, ...]
    stage_variables: dict[str, str] | None
    # The gateway responses of the OpenAPI document, by type.
    responses: Mapping[str, Any]
    # Responses of at least this many bytes are compressed; if it is None, none are.
    minimum_compression_size: int | None = None

    @property
    def deployment(self) -> tuple[str, str]:
        """Identifies what a stage serves, without the API's id, which changes in MiniStack but not on AWS."""
        return self.stage, self.deployment_id

    @property
    def domain_name(self) -> str:
        """The host name that the API would have on AWS."""
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"

    def find(self, method: str, path: str) -> Match | None:
        """Returns the route that a request matches."""
        return find_route(self.routes, method, path)


def find_route(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """Returns the route that a request matches. Literal segments win over parameters; %2F separates no segments."""
    segments = [segment for segment in path.split("/") if segment]
    found = [
        (kinds, route, parameters)
        for route in routes
        if (match := _matches(route.resource, segments)) is not None
        for kinds, parameters in [match]
    ]
    if not found:
        return None
    # API Gateway chooses the resource before it looks at the methods.
    best = max(kinds for kinds, _, _ in found)
    for kinds, route, parameters in found:
        if kinds == best and route.method == method:
            return Match(route, parameters)
    return None


def read_api(client: Any, api_id: str, stage: str, region: str, template: Resolved) -> Api:
    """Reads the API from MiniStack's control plane.

    The expanded `template` has what MiniStack does not store: the gateway responses, what is compressed, and which
    deployment the stage serves. MiniStack creates a new deployment at every update, AWS only if its name in the
    template changes.
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
    """Returns which segments are literal, and the values of the parameters; None if the path does not match."""
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
    """Returns the ARN of the function in an integration's URI."""
    return uri.partition("/functions/")[2].partition("/invocations")[0]


def _ttl(authorizer: Mapping[str, Any]) -> int:
    # AWS's default.
    return int(authorizer.get("authorizerResultTtlInSeconds", 300))


def _identity(authorizer: Mapping[str, Any]) -> tuple[str, ...]:
    sources = [source.strip() for source in authorizer.get("identitySource", "").split(",") if source.strip()]
    unknown = [source for source in sources if not source.startswith(_HEADER)]
    if unknown:
        raise ValueError(f"the local gateway supports only headers as identity sources, not {unknown}")
    return tuple(source.removeprefix(_HEADER) for source in sources)
