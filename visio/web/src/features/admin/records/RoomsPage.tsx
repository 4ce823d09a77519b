import { DoorOpen, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { type AnyRoom, roomsTable, useAllRooms } from "../../../api/records";
import { ButtonLink } from "../../../design/Button";
import { DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { EntityFilter } from "../entities/EntityField";
import { ListTools } from "../ListTools";
import { PartPager } from "./PartPager";
import { RoomActionDialog, type RoomAction } from "./RoomActions";
import { Selected } from "./Selected";
import { useParts } from "./useParts";
import { useRoomColumns } from "./roomColumns";
import { useSelection } from "./useSelection";
import "./records.css";

/** All rooms of the instance; the address may say of which entity an owner is. */
export default function RoomsPage() {
  const { t } = useTranslation();
  const [asked] = useSearchParams();
  const first = { search: "", sort: "title", order: "ascending" } as const;
  const parts = useParts({ ...first, entity: asked.get("entity") ?? "" });
  const { data, error } = useAllRooms(parts.part);
  const selection = useSelection();
  const [acting, setActing] = useState<{ action: RoomAction; room: AnyRoom }>();
  const columns = useRoomColumns(selection, (action, room) => setActing({ action, room }));
  const { search, entity = "" } = parts.part;
  const isNarrowed = search !== "" || entity !== "";
  return (
    <>
      <div className="admin-head">
        <div>
          <h1>{t("records.rooms.title")}</h1>
          <p className="soft">{t("records.rooms.lead")}</p>
        </div>
        <ButtonLink href="/rooms/import">
          <Upload aria-hidden="true" />
          {t("records.rooms.import")}
        </ButtonLink>
      </div>
      <ProblemNotice error={error} />
      <ListTools
        label={t("records.rooms.search")}
        search={search}
        onSearch={(search) => parts.change({ search })}
        table={roomsTable(parts.part)}
      >
        <EntityFilter entity={entity} onChange={(entity) => parts.change({ entity })} />
      </ListTools>
      {data ? (
        data.rooms.length === 0 ? (
          <div className="card">
            <Emptiness
              level={2}
              icon={<DoorOpen />}
              title={t(isNarrowed ? "admin.nothing" : "records.rooms.none")}
              text={t(isNarrowed ? "admin.nothingText" : "records.rooms.noneText")}
            />
          </div>
        ) : (
          <>
            <Selected selection={selection} shown={data.rooms} />
            <DataTable
              label={t("records.rooms.title")}
              columns={columns}
              rows={data.rooms}
              keyOf={(room) => room.id}
              order={parts.part}
              onOrder={parts.change}
            />
          </>
        )
      ) : (
        !error && <Skeletons count={5} shape="row" />
      )}
      {data && <PartPager parts={parts} shown={data.rooms.length} total={data.total} next={data.next} />}
      {acting && <RoomActionDialog {...acting} onClose={() => setActing(undefined)} />}
    </>
  );
}
