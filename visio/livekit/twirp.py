"""Twirp, by which LiveKit's server SDKs call: a method in the path, protobuf or JSON in the body.

Knows what can be called and how refusals look; not what any method does (protocol §5.1).
"""

from collections.abc import Mapping

from aiohttp import web
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message
from livekit.protocol import (
    agent_dispatch,
    cloud_agent,
    connector,
    egress,
    ingress,
    room,
    sip,
)


class Refused(Exception):  # noqa: N818 - the outcome is the name
    """The call was refused: a Twirp code, a sentence, and perhaps more for programs."""

    def __init__(self, code: str, message: str, meta: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.meta = meta or {}

    def response(self) -> web.Response:
        """As it is sent: JSON, whatever the request was."""
        body = {"code": self.code, "msg": self.message, "meta": {**self.meta}}
        return web.json_response(body, status=_STATUSES[self.code])


def find_method(request: web.Request) -> MethodDescriptor:
    """The method a path names, whether we have it or not; raises Refused."""
    if request.method != "POST":
        raise Refused("bad_route", f"unsupported method {request.method} (only POST is allowed)")
    name = f"{request.match_info['service']}.{request.match_info['method']}"
    if name not in _METHODS:
        raise Refused("bad_route", "no handler for this path")
    return _METHODS[name]


async def read(request: web.Request, method: MethodDescriptor) -> Message:
    """The body as the message that the method takes; raises Refused."""
    if request.content_type not in (_JSON, *_PROTOBUF):
        raise Refused("bad_route", f"unexpected Content-Type {request.content_type}")
    body, kind = await _body(request), message_factory.GetMessageClass(method.input_type)
    try:
        if request.content_type == _JSON:
            return Parse(body, kind(), ignore_unknown_fields=True)
        return kind.FromString(body)
    except (ParseError, DecodeError, ValueError, RecursionError):
        raise Refused("malformed", "the request could not be decoded") from None


def write(request: web.Request, answer: Message) -> web.Response:
    """The answer, in the way the request was written."""
    if request.content_type == _JSON:
        text = MessageToJson(answer, preserving_proto_field_name=True, indent=None)
        return web.Response(text=text, content_type=_JSON)
    return web.Response(body=answer.SerializeToString(), content_type=request.content_type)


async def _body(request: web.Request) -> bytes:
    # The application's own limit, for which aiohttp's read() looks, is far below.
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise Refused("malformed", "the request is too large")
    return bytes(body)


_JSON = "application/json"
_PROTOBUF = ("application/protobuf", "application/x-protobuf")
# Bytes; the reference's.
_LARGEST_BODY = 10 * 1024 * 1024

_METHODS: Mapping[str, MethodDescriptor] = {
    method.full_name: method
    for module in (agent_dispatch, cloud_agent, connector, egress, ingress, room, sip)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}

# Twirp's specification, version 7.
_STATUSES = {
    "bad_route": 404,
    "malformed": 400,
    "invalid_argument": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "deadline_exceeded": 408,
    "aborted": 409,
    "failed_precondition": 412,
    "unimplemented": 501,
    "internal": 500,
    "unavailable": 503,
}
