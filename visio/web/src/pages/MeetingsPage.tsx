import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { isUnfinished, useAccount } from "../api/session";
import { Loading } from "../design/Loading";
import { UpcomingMeetings } from "../features/meetings/UpcomingMeetings";
import { PastMeetings } from "../features/rooms/PastMeetings";
import { SearchForm } from "../features/search/SearchForm";
import { PageFrame } from "./PageFrame";
import "../features/rooms/Dashboard.css";

/** Every meeting to come that somebody is invited to, and every one that they attended. */
export default function MeetingsPage() {
  const { t } = useTranslation();
  const account = useAccount();
  if (account === null || isUnfinished(account)) return <Navigate to="/login?next=%2Fmeetings" replace />;
  return (
    <PageFrame title={t("meetings.mine")}>
      {account ? (
        <div className="dashboard">
          <h1>{t("meetings.mine")}</h1>
          <UpcomingMeetings count={20} more />
          <section aria-labelledby="past-meetings">
            <div className="section-head">
              <h2 id="past-meetings">{t("meetings.past")}</h2>
            </div>
            <SearchForm />
            <PastMeetings count={20} more />
          </section>
        </div>
      ) : (
        <Loading />
      )}
    </PageFrame>
  );
}
