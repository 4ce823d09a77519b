import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolicy } from "../../api/policy";
import type { Account } from "../../api/session";
import { Button, ButtonLink } from "../../design/Button";
import { UpcomingMeetings } from "../meetings/UpcomingMeetings";
import { SearchForm } from "../search/SearchForm";
import { JoinByCode } from "./JoinByCode";
import { PastMeetings } from "./PastMeetings";
import { RoomDialog } from "./RoomDialog";
import { RoomList } from "./RoomList";
import "./Dashboard.css";

/** The home of a signed-in person. */
export function Dashboard({ account }: { account: Account }) {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const mayCreate = usePolicy().creators === "everybody" || account.administrator;
  return (
    <div className="dashboard">
      <section className="dashboard-top">
        <div>
          <h1>{t("home.greeting", { name: account.name.split(" ")[0] })}</h1>
          <p className="soft">{t("home.lead")}</p>
        </div>
        <JoinByCode label={t("join.label")} />
      </section>
      <section aria-labelledby="my-rooms">
        <div className="section-head">
          <h2 id="my-rooms">{t("rooms.mine")}</h2>
          {mayCreate && (
            <Button variant="primary" onPress={() => setCreating(true)}>
              <Plus aria-hidden="true" />
              {t("rooms.create")}
            </Button>
          )}
        </div>
        <RoomList onCreate={mayCreate ? () => setCreating(true) : undefined} />
      </section>
      <UpcomingMeetings count={5} />
      <section aria-labelledby="past-meetings">
        <div className="section-head">
          <h2 id="past-meetings">{t("meetings.past")}</h2>
          <ButtonLink href="/meetings" variant="quiet">
            {t("meetings.all")}
          </ButtonLink>
        </div>
        <SearchForm />
        <PastMeetings count={5} />
      </section>
      {creating && <RoomDialog onClose={() => setCreating(false)} />}
    </div>
  );
}
