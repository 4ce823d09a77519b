import { DoorOpen, Plus, Search } from "lucide-react";
import { useState } from "react";
import { Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type RoomSummary, useRooms } from "../../api/rooms";
import { Button } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Skeletons } from "../../design/Skeletons";
import { FEW, isFound } from "./finding";
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
  return rooms.data.length > FEW ? <ManyRooms rooms={rooms.data} /> : <Rooms rooms={rooms.data} />;
}

/** What else is on the page is not pushed out of sight by hundreds of them. */
function ManyRooms({ rooms }: { rooms: RoomSummary[] }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const [isWhole, setWhole] = useState(false);
  const found = rooms.filter((room) => isFound(room, search));
  const more = found.length - FEW;
  return (
    <div className="many-rooms">
      <div className="row">
        <SearchField className="field room-search" value={search} onChange={setSearch} maxLength={200}>
          <Label className="visually-hidden">{t("rooms.search")}</Label>
          <Search aria-hidden="true" />
          <Input className="input" placeholder={t("rooms.search")} />
        </SearchField>
        {more > 0 && (
          <Button aria-expanded={isWhole} onPress={() => setWhole(!isWhole)}>
            {isWhole ? t("rooms.fewer") : t("rooms.more", { count: more })}
          </Button>
        )}
      </div>
      <p className="soft" role="status">
        {found.length === 0 && t("rooms.notFound")}
      </p>
      <Rooms rooms={isWhole ? found : found.slice(0, FEW)} />
    </div>
  );
}

function Rooms({ rooms }: { rooms: RoomSummary[] }) {
  return (
    <ul className="room-grid">
      {rooms.map((room) => (
        <RoomCard key={room.slug} room={room} />
      ))}
    </ul>
  );
}
