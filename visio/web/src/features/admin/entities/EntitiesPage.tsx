import { Building2, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { entitiesTable, useEntities } from "../../../api/entities";
import { Button } from "../../../design/Button";
import { DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { ListTools } from "../ListTools";
import { PartPager } from "../records/PartPager";
import { useParts } from "../records/useParts";
import { ChangeEntity, DeleteEntity, NewEntity } from "./dialogs";
import { type Doing, useEntityColumns } from "./entityColumns";
import "./entities.css";

/** The administrations that share the service. */
export default function EntitiesPage() {
  const { t } = useTranslation();
  const parts = useParts({ search: "", sort: "name", order: "ascending" });
  const { data, error } = useEntities(parts.part);
  const [isMaking, setMaking] = useState(false);
  const [doing, setDoing] = useState<Doing>();
  const columns = useEntityColumns(setDoing);
  const done = () => setDoing(undefined);
  const { search } = parts.part;
  return (
    <>
      <div className="admin-head">
        <div>
          <h1>{t("admin.entities.title")}</h1>
          <p className="soft">{t("admin.entities.lead")}</p>
        </div>
        <Button variant="primary" onPress={() => setMaking(true)}>
          <Plus aria-hidden="true" />
          {t("admin.entities.make")}
        </Button>
      </div>
      <ProblemNotice error={error} />
      <ListTools
        label={t("admin.entities.search")}
        search={search}
        onSearch={(search) => parts.change({ search })}
        table={entitiesTable(parts.part)}
      />
      {data?.entities.length === 0 && (
        <div className="card">
          <Emptiness
            level={2}
            icon={<Building2 />}
            title={t(search ? "admin.nothing" : "admin.entities.none")}
            text={t(search ? "admin.nothingText" : "admin.entities.noneText")}
          />
        </div>
      )}
      {data && data.entities.length > 0 && (
        <DataTable
          label={t("admin.entities.title")}
          columns={columns}
          rows={data.entities}
          keyOf={({ id }) => id}
          order={parts.part}
          onOrder={parts.change}
        />
      )}
      {!data && !error && <Skeletons count={5} shape="row" />}
      {data && <PartPager parts={parts} shown={data.entities.length} total={data.total} next={data.next} />}
      {isMaking && <NewEntity onClose={() => setMaking(false)} />}
      {doing?.what === "change" && <ChangeEntity entity={doing.entity} onClose={done} />}
      {doing?.what === "delete" && <DeleteEntity entity={doing.entity} onClose={done} />}
    </>
  );
}
