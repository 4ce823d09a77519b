import { DoorOpen, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useRooms } from "../../api/rooms";
import { Button } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Skeletons } from "../../design/Skeletons";
import { RoomCard } from "./RoomCard";

/** Without `onCreate`, one's rooms are made by administrators. */
export function RoomList({ onCreate }: { onCreate?: () => void }) {
  const { t } = useTranslation();
  const rooms = useRooms();
  if (rooms.error) return <ProblemNotice error={rooms.error} />;
  if (!rooms.data) return <Skeletons className="room-grid" count={3} />;
  if (rooms.data.length === 0) {
    return (
      <div className="card">
        <Emptiness icon={<DoorOpen />} title={t("rooms.none")} text={t(onCreate ? "rooms.noneText" : "rooms.byAdministrators")}>
          {onCreate && (
            <Button variant="soft" onPress={onCreate}>
              <Plus aria-hidden="true" />
              {t("rooms.createFirst")}
            </Button>
          )}
        </Emptiness>
      </div>
    );
  }
  return (
    <ul className="room-grid">
      {rooms.data.map((room) => (
        <RoomCard key={room.slug} room={room} />
      ))}
    </ul>
  );
}
