import { Captions, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { RoomDetails } from "../../api/rooms";
import { ROOM_HEADING } from "./heading";

/** Title, who is inside, and whether what is said is being written down. */
export function RoomFacts({ room }: { room: RoomDetails }) {
  const { t } = useTranslation();
  return (
    <div className="room-facts">
      <p className="small soft">{t("prejoin.about")}</p>
      <h1 id={ROOM_HEADING} tabIndex={-1}>{room.title}</h1>
      <ul>
        <li>
          <Users aria-hidden="true" />
          {t("prejoin.inside", { count: room.live })}
        </li>
        {room.transcription === "on" && (
          <li className="transcribed">
            <Captions aria-hidden="true" />
            {t("prejoin.transcribed")}
          </li>
        )}
      </ul>
    </div>
  );
}
