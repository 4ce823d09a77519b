import { UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Person, peopleTable, usePeople } from "../../../api/people";
import { Button } from "../../../design/Button";
import { Checkbox } from "../../../design/Checkbox";
import { DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { EntityFilter } from "../entities/EntityField";
import { ListTools } from "../ListTools";
import { InviteDialog } from "./InviteDialog";
import { SeveralPeople } from "./SeveralPeople";
import { usePeopleColumns } from "./columns";
import { type PeopleListing, usePeopleListing } from "./usePeopleListing";

/** Everybody who has an account: to be found, and changed several at once. */
export function PeopleList() {
  const { t } = useTranslation();
  const listing = usePeopleListing();
  const { data, error } = usePeople(listing.sought, listing.trail.at(-1) ?? "");
  const [chosen, setChosen] = useState<Person[]>([]);
  const [inviting, setInviting] = useState(false);
  const choose = (people: Person[], on: boolean) => setChosen((before) => changed(before, people, on));
  const columns = usePeopleColumns(chosen, choose);
  const rows = data?.accounts ?? [];
  return (
    <>
      <div className="admin-head">
        <div>
          <h1>{t("admin.people.title")}</h1>
          <p className="soft">{t("admin.people.lead")}</p>
        </div>
        <Button variant="primary" onPress={() => setInviting(true)}>
          <UserPlus aria-hidden="true" />
          {t("admin.people.invite")}
        </Button>
      </div>
      <ProblemNotice error={error} />
      <ListTools
        label={t("admin.people.search")}
        search={listing.sought.search}
        onSearch={(search) => listing.seek({ search })}
        table={peopleTable(listing.sought)}
      >
        <EntityFilter entity={listing.sought.entity} onChange={(entity) => listing.seek({ entity })} />
      </ListTools>
      <SeveralPeople people={chosen} onClear={() => setChosen([])} />
      {!data && !error && <Skeletons count={5} shape="row" />}
      {data && rows.length === 0 && (
        <div className="card">
          <Emptiness level={2} icon={<Users />} title={t("admin.nothing")} text={t("admin.nothingText")} />
        </div>
      )}
      {rows.length > 0 && (
        <>
          <Checkbox
            label={t("admin.people.chooseAll")}
            isSelected={rows.every(({ id }) => chosen.some((one) => one.id === id))}
            onChange={(on) => choose(rows, on)}
          />
          <DataTable
            label={t("admin.people.title")}
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            order={listing.sought}
            onOrder={listing.seek}
          />
        </>
      )}
      {data && <PeoplePager listing={listing} rows={rows.length} next={data.next} />}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

interface PagerProps {
  listing: PeopleListing;
  rows: number;
  next: string | null;
}

/** Forwards and back; how many there are in all would have to be counted at each letter typed. */
function PeoplePager({ listing: { trail, walk }, rows, next }: PagerProps) {
  const { t } = useTranslation();
  return (
    <nav className="pager" aria-label={t("admin.pages")}>
      <Button size="small" isDisabled={trail.length === 0} onPress={() => walk(trail.slice(0, -1))}>
        {t("admin.previous")}
      </Button>
      <span className="small soft" role="status">
        {t("admin.people.page", { page: trail.length + 1, count: rows })}
      </span>
      <Button size="small" isDisabled={next === null} onPress={() => next !== null && walk([...trail, next])}>
        {t("admin.next")}
      </Button>
    </nav>
  );
}

function changed(chosen: Person[], people: Person[], on: boolean): Person[] {
  const others = chosen.filter(({ id }) => !people.some((one) => one.id === id));
  return on ? [...others, ...people].slice(0, MOST) : others;
}

/** The server changes no more at once. */
const MOST = 1000;
