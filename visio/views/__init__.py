"""The URL space of the product, on one page."""

from aiohttp import web

from visio.views import account, call, joining, meetings, page, rooms, server

__all__ = ["API", "add_routes"]

API = "/api/v1"


def add_routes(app: web.Application) -> None:
    """Everything but the signalling; the client's pages come last, as they answer any address."""
    room = f"{API}/rooms/{{slug}}"
    app.add_routes(
        [
            web.get("/healthz", server.healthz),
            web.get(f"{API}/config", server.describe),
            web.post(f"{API}/session", account.sign_in),
            web.get(f"{API}/session", account.who),
            web.delete(f"{API}/session", account.sign_out),
            web.put(f"{API}/session/password", account.change_password),
            web.get(f"{API}/rooms", rooms.listed),
            web.post(f"{API}/rooms", rooms.create),
            web.get(room, rooms.show),
            web.patch(room, rooms.change),
            web.delete(room, rooms.delete),
            web.post(f"{room}/join", joining.join),
            web.put(f"{room}/transcription", call.set_transcription),
            web.put(f"{room}/consent", call.set_consent),
            web.put(f"{room}/microphone", call.set_microphone),
            web.get(f"{room}/transcript", call.transcript),
            web.get(f"{API}/meetings", meetings.history),
            web.get(f"{API}/meetings/{{id}}", meetings.show),
            web.get("/{path:(?!api/).*}", page.serve),
        ]
    )
