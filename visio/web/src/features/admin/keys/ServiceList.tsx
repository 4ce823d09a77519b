import { Bot, KeyRound, Pencil, Plus, Power, PowerOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Service, servicesTable, useServices } from "../../../api/keys";
import { Button } from "../../../design/Button";
import { type Column, DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { IconButton } from "../../../design/IconButton";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { ListTools, Pager } from "../ListTools";
import { shortDay } from "../moments";
import { useListing } from "../useListing";
import { NewKey } from "./NewKey";
import { NewService, RenameService, SwitchService } from "./dialogs";

type Doing = { what: "make" } | { what: "rename" | "switch" | "key"; service: Service };

/** The programs and room systems that keys act as. */
export function ServiceList() {
  const { t } = useTranslation();
  const [listing, change] = useListing("name");
  const { data, error } = useServices(listing);
  const [doing, setDoing] = useState<Doing>();
  const columns = useColumns(setDoing);
  const done = () => setDoing(undefined);
  const searching = listing.search !== "";
  return (
    <>
      <div className="row">
        <Button variant="primary" onPress={() => setDoing({ what: "make" })}>
          <Plus aria-hidden="true" />
          {t("admin.keys.makeService")}
        </Button>
      </div>
      <ProblemNotice error={error} />
      <ListTools
        label={t("admin.keys.searchService")}
        search={listing.search}
        onSearch={(search) => change({ search })}
        table={servicesTable(listing)}
      />
      {data?.total === 0 && (
        <div className="card">
          <Emptiness
            level={2}
            icon={<Bot />}
            title={t(searching ? "admin.nothing" : "admin.keys.noService")}
            text={t(searching ? "admin.nothingText" : "admin.keys.noServiceText")}
          />
        </div>
      )}
      {data && data.total > 0 && (
        <DataTable
          label={t("admin.keys.services")}
          columns={columns}
          rows={data.services}
          keyOf={(service) => service.id}
          order={listing}
          onOrder={change}
        />
      )}
      {!data && !error && <Skeletons count={3} shape="row" />}
      {data && <Pager listing={listing} total={data.total} onChange={change} />}
      {doing?.what === "make" && <NewService onClose={done} />}
      {doing?.what === "rename" && <RenameService service={doing.service} onClose={done} />}
      {doing?.what === "switch" && <SwitchService service={doing.service} onClose={done} />}
      {doing?.what === "key" && <NewKey service={doing.service} onClose={done} />}
    </>
  );
}

function useColumns(onDo: (doing: Doing) => void): Column<Service>[] {
  const { t, i18n } = useTranslation();
  return [
    { id: "name", title: t("admin.keys.service"), sort: "name", show: ({ name }) => name },
    { id: "keys", title: t("admin.keys.goodKeys"), sort: "keys", show: ({ keys }) => keys },
    {
      id: "since",
      title: t("admin.keys.since"),
      sort: "created_at",
      minor: true,
      show: ({ created_at }) => shortDay(created_at, i18n.language),
    },
    {
      id: "state",
      title: t("admin.keys.state"),
      sort: "disabled",
      minor: true,
      show: ({ disabled }) => t(disabled ? "admin.keys.disabled" : "admin.keys.enabled"),
    },
    {
      id: "actions",
      title: t("admin.live.actions"),
      show: (service) => <Actions service={service} onDo={onDo} />,
    },
  ];
}

function Actions({ service, onDo }: { service: Service; onDo: (doing: Doing) => void }) {
  const { t } = useTranslation();
  const { name, disabled } = service;
  return (
    <span className="key-actions">
      {!disabled && (
        <IconButton
          label={t("admin.keys.makeFor", { name })}
          icon={<KeyRound />}
          onPress={() => onDo({ what: "key", service })}
        />
      )}
      <IconButton
        label={t("admin.keys.renameNamed", { name })}
        icon={<Pencil />}
        onPress={() => onDo({ what: "rename", service })}
      />
      <IconButton
        label={t(disabled ? "admin.keys.enableNamed" : "admin.keys.disableNamed", { name })}
        icon={disabled ? <Power /> : <PowerOff />}
        onPress={() => onDo({ what: "switch", service })}
      />
    </span>
  );
}
