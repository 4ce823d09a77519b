from visio.livekit.keys import NOTE, SIGNING_KEYS
from visio.livekit.routes import TURN, Turn, add_routes
from visio.livekit.webhooks import Webhooks

__all__ = ["NOTE", "SIGNING_KEYS", "TURN", "Turn", "Webhooks", "add_routes"]
