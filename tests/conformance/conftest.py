from tests.livekit.conftest import single, site

__all__ = ["single", "site"]
