import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { isUnfinished, useAccount } from "../api/session";
import { Loading } from "../design/Loading";
import { SearchForm } from "../features/search/SearchForm";
import { SearchResults } from "../features/search/SearchResults";
import { PageFrame } from "./PageFrame";
import "../features/rooms/Dashboard.css";

/** What was said in all the meetings that somebody may read. */
export default function SearchPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const words = wordsOf(useLocation().state);
  if (account === null || isUnfinished(account)) return <Navigate to="/login?next=%2Fmeetings" replace />;
  return (
    <PageFrame title={t("search.title")}>
      {account ? (
        <div className="dashboard">
          <div>
            <h1>{t("search.title")}</h1>
            <p className="soft">{t("search.lead")}</p>
          </div>
          <SearchForm key={words} words={words} />
          {words && <SearchResults words={words} />}
        </div>
      ) : (
        <Loading />
      )}
    </PageFrame>
  );
}

function wordsOf(state: unknown): string {
  const words = (state as { words?: unknown } | null)?.words;
  return typeof words === "string" ? words : "";
}
