from visio.livekit.routes import SIGNING_KEYS, TURN, Turn, add_routes

__all__ = ["SIGNING_KEYS", "TURN", "Turn", "add_routes"]
