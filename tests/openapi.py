"""Holds HTTP requests against Discord's own OpenAPI description, kept beside the project.

`check(request)` takes a `rehearsal.discord.Request` (or whatever has method, path, json and multipart) and
gives the problems as sentences; `check_answer` does the same for what the stand-in answered.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import jsonschema_rs
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SPEC = Path(__file__).parents[2] / "shared" / "discord" / "openapi.json"
REQUESTS, ANSWERS = "urn:discord-requests", "urn:discord-answers"

# Where the description is narrower than Discord's reference and its servers.
WIDER_IN_REQUESTS: dict[str, Any] = {
    # "The API will accept integers and strings" for ids; a new attachment's is the index of its file.
    # https://discord.com/developers/docs/reference#snowflakes and #editing-message-attachments
    "SnowflakeType": {"type": ["string", "integer"], "pattern": "^(0|[1-9][0-9]*)$", "minimum": 0},
}
WIDER_IN_ANSWERS: dict[str, Any] = {
    # The code of one field's problem is a word: https://discord.com/developers/docs/reference#error-messages
    "Error": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": ["integer", "string"]}, "message": {"type": "string"}},
    },
}


def available() -> bool:
    return SPEC.is_file()


def needed() -> None:
    """Skips the test where the description is not at hand."""
    if not available():
        pytest.skip(f"the contract check did not run: there is no {SPEC}")


@functools.cache
def _spec() -> dict[str, Any]:
    return json.loads(SPEC.read_text())


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """The description, by what it is held against."""
    for base, wider in ((REQUESTS, WIDER_IN_REQUESTS), (ANSWERS, WIDER_IN_ANSWERS)):
        schemas = _spec()["components"]["schemas"] | wider
        yield base, _spec() | {"components": _spec()["components"] | {"schemas": schemas}}


@functools.cache
def _registry() -> Registry[Any]:
    return Registry().with_resources(
        (base, DRAFT202012.create_resource(whole)) for base, whole in _documents()
    )


@functools.cache
def _quick(pointer: str) -> jsonschema_rs.Draft202012Validator:
    """Tells a hundred times faster that nothing is wrong; what is, `jsonschema` says so that we find it."""
    return jsonschema_rs.Draft202012Validator({"$ref": pointer}, registry=_quick_registry())


@functools.cache
def _quick_registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(list(_documents()), draft=jsonschema_rs.Draft202012)


@functools.cache
def _templates() -> dict[tuple[int, str], list[tuple[re.Pattern[str], str]]]:
    """Path templates by what a path like them begins with and how many parts it has, those with the most
    literal parts first (`@original` before `{message_id}`)."""
    found: dict[tuple[int, str], list[tuple[re.Pattern[str], str]]] = {}
    for template in sorted(_spec()["paths"], key=lambda template: template.count("{")):
        pattern = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", template) + "$")
        found.setdefault(_kind(template), []).append((pattern, template))
    return found


def _kind(path: str) -> tuple[int, str]:
    return path.count("/"), path.lstrip("/").partition("/")[0]


def operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The template and the operation for a path below /api/v10."""
    for pattern, template in _templates().get(_kind(path), []):
        if pattern.match(path) and method.lower() in _spec()["paths"][template]:
            return template, _spec()["paths"][template][method.lower()]
    return None


def check(request: Any) -> list[str]:
    """What Discord's description has against a request. Skips the test where it is not at hand."""
    needed()
    found = operation(request.method, request.path)
    where = f"{request.method} {request.path}"
    if found is None:
        return [f"{where}: Discord has no such route."]
    template, described = found
    content = described.get("requestBody", {}).get("content", {})
    if request.json is None:
        required = described.get("requestBody", {}).get("required", False)
        came = request.status is not None  # else it was cut off on its way, as where a bot is killed
        return [f"{where}: the body is missing."] if required and came else []
    kind = "multipart/form-data" if request.multipart else "application/json"
    if kind not in content:
        return [f"{where}: no {kind} body is described, only {', '.join(content) or 'none'}."]
    # A multipart body's payload_json is the JSON body; its schema lacks nothing but the files.
    kind = "application/json" if "application/json" in content else kind
    pointer = _pointer("paths", template, request.method.lower(), "requestBody", "content", kind)
    return [f"{where}: {problem}" for problem in _against(REQUESTS + pointer, request.json)]


def check_answer(request: Any) -> list[str]:
    """The same for the answer that the request got (`status`, `answer`)."""
    needed()
    found = operation(request.method, request.path)
    where = f"{request.method} {request.path} -> {request.status}"
    if found is None:
        return [f"{where}: Discord has no such route."]
    template, described = found
    if request.status >= 400:
        pointer = _pointer("components", "responses", "ClientErrorResponse", "content", "application/json")
    elif str(request.status) not in described["responses"]:
        return [f"{where}: that status is not described, only {', '.join(described['responses'])}."]
    elif request.status == 204:
        return []
    else:
        responses = ("responses", str(request.status), "content", "application/json")
        pointer = _pointer("paths", template, request.method.lower(), *responses)
    return [f"{where}: {problem}" for problem in _against(ANSWERS + pointer, request.answer)]


def check_object(schema: str, data: Any) -> list[str]:
    """What a component schema ("MessageResponse") has against an object that Discord sends."""
    needed()
    return _against(f"{ANSWERS}#/components/schemas/{schema}", data)


def _against(pointer: str, data: Any) -> list[str]:
    if _quick(pointer).is_valid(data):
        return []
    validator = jsonschema.Draft202012Validator({"$ref": pointer}, registry=_registry())
    return [_words(error) for error in validator.iter_errors(data)]


def _words(error: jsonschema.ValidationError) -> str:
    """The problem in the branch of a union that was meant, which is the one whose `type` fits."""
    while error.context:
        branches: dict[Any, list[jsonschema.ValidationError]] = {}
        for one in error.context:
            branches.setdefault(one.schema_path[0], []).append(one)
        meant = [rows for rows in branches.values() if not any(_is_other_type(one) for one in rows)]
        error = min(meant or branches.values(), key=len)[0]
    place = "/".join(map(str, error.absolute_path)) or "the body"
    return f"at {place}: {error.message[:300]}"


def _is_other_type(error: jsonschema.ValidationError) -> bool:
    return (list(error.path) == ["type"] and error.validator in ("enum", "const")) or (
        not error.path and error.validator == "type"
    )


@functools.cache
def _pointer(*parts: str) -> str:
    escaped = [part.replace("~", "~0").replace("/", "~1") for part in parts]
    return "#/" + "/".join(quote(part, safe="~@") for part in [*escaped, "schema"])
