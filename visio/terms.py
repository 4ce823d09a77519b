"""What the maker of a room chooses. Pure."""

from dataclasses import dataclass

from livekit.protocol.room import CreateRoomRequest, RoomConfiguration


@dataclass(frozen=True)
class Terms:
    """What the maker of a room chooses: seconds until it ends, the most who may be in (0: any).

    It ends `empty_timeout` after its making when nobody ever came, `departure_timeout` after the
    last one left: more joins two sittings into one meeting, less splits one at a reload.
    """

    empty_timeout: int = 300
    departure_timeout: int = 20
    max_participants: int = 0
    metadata: str = ""

    def changed(self, asked: CreateRoomRequest | RoomConfiguration) -> "Terms":
        """These with what was asked for; zeros and empty texts ask for nothing."""
        return Terms(
            asked.empty_timeout or self.empty_timeout,
            asked.departure_timeout or self.departure_timeout,
            asked.max_participants or self.max_participants,
            asked.metadata or self.metadata,
        )
