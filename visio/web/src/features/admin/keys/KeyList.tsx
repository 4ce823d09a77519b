import { KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiKey, keysTable, useKeys } from "../../../api/keys";
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
import { RenameKey, RevokeKey } from "./dialogs";
import { wordOf } from "./scopes";

type Doing = { what: "make" } | { what: "rename" | "revoke"; key: ApiKey };

/** Every key: whose it is, what it may do, when it was used. */
export function KeyList() {
  const { t } = useTranslation();
  const [listing, change] = useListing("name");
  const { data, error } = useKeys(listing);
  const [doing, setDoing] = useState<Doing>();
  const columns = useColumns(setDoing);
  const done = () => setDoing(undefined);
  const searching = listing.search !== "";
  return (
    <>
      <div className="row">
        <Button variant="primary" onPress={() => setDoing({ what: "make" })}>
          <Plus aria-hidden="true" />
          {t("admin.keys.make")}
        </Button>
      </div>
      <ProblemNotice error={error} />
      <ListTools
        label={t("admin.keys.search")}
        search={listing.search}
        onSearch={(search) => change({ search })}
        table={keysTable(listing)}
      />
      {data?.total === 0 && (
        <div className="card">
          <Emptiness
            level={2}
            icon={<KeyRound />}
            title={t(searching ? "admin.nothing" : "admin.keys.none")}
            text={t(searching ? "admin.nothingText" : "admin.keys.noneText")}
          />
        </div>
      )}
      {data && data.total > 0 && (
        <DataTable
          label={t("admin.keys.keys")}
          columns={columns}
          rows={data.keys}
          keyOf={(key) => key.id}
          order={listing}
          onOrder={change}
        />
      )}
      {!data && !error && <Skeletons count={3} shape="row" />}
      {data && <Pager listing={listing} total={data.total} onChange={change} />}
      {doing?.what === "make" && <NewKey onClose={done} />}
      {doing?.what === "rename" && <RenameKey apiKey={doing.key} onClose={done} />}
      {doing?.what === "revoke" && <RevokeKey apiKey={doing.key} onClose={done} />}
    </>
  );
}

function useColumns(onDo: (doing: Doing) => void): Column<ApiKey>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      id: "name",
      title: t("admin.keys.name"),
      sort: "name",
      show: ({ name, service_name }) => (
        <>
          {name}
          <span className="key-service small soft">{service_name}</span>
        </>
      ),
    },
    {
      id: "scopes",
      title: t("admin.keys.may"),
      minor: true,
      show: ({ scopes, domains }) => (
        <>
          {scopes.map((scope) => t(`admin.keys.scopes.${wordOf(scope)}.title`)).join(", ")}
          {domains.length > 0 && <span className="key-service small soft">{domains.join(", ")}</span>}
        </>
      ),
    },
    {
      id: "used",
      title: t("admin.keys.lastUsed"),
      sort: "last_used_at",
      minor: true,
      show: ({ last_used_at }) => (last_used_at ? shortDay(last_used_at, i18n.language) : t("admin.keys.never")),
    },
    {
      id: "state",
      title: t("admin.keys.state"),
      sort: "expires_at",
      show: ({ state, expires_at, revoked_at }) =>
        t(`admin.keys.states.${state}`, { day: shortDay(revoked_at ?? expires_at - 1, i18n.language) }),
    },
    {
      id: "actions",
      title: t("admin.live.actions"),
      show: (key) => (
        <span className="key-actions">
          <IconButton
            label={t("admin.keys.renameNamed", { name: key.name })}
            icon={<Pencil />}
            onPress={() => onDo({ what: "rename", key })}
          />
          {key.state !== "revoked" && (
            <IconButton
              label={t("admin.keys.revokeNamed", { name: key.name })}
              icon={<Trash2 />}
              onPress={() => onDo({ what: "revoke", key })}
            />
          )}
        </span>
      ),
    },
  ];
}
