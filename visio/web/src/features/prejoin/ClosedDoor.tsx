import { useTranslation } from "react-i18next";
import { ROOM_HEADING } from "./heading";

/** A room that one may not know of, or that is none: asking is the way to find out. */
export function ClosedDoor({ slug }: { slug: string }) {
  const { t } = useTranslation();
  return (
    <div className="room-facts">
      <p className="small soft">{t("prejoin.about")}</p>
      <h1 id={ROOM_HEADING} tabIndex={-1}>{slug}</h1>
      <p className="soft">{t("lobby.closedDoor")}</p>
    </div>
  );
}
