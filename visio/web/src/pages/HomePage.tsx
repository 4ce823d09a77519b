import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { isUnfinished, useAccount } from "../api/session";
import { Loading } from "../design/Loading";
import { Dashboard } from "../features/rooms/Dashboard";
import { Welcome } from "../features/rooms/Welcome";
import { PageFrame } from "./PageFrame";

export default function HomePage() {
  const { t } = useTranslation();
  const account = useAccount();
  if (isUnfinished(account)) return <Navigate to="/login" replace />;
  return (
    <PageFrame title={t("home.title")}>
      {account === undefined ? <Loading /> : account ? <Dashboard account={account} /> : <Welcome />}
    </PageFrame>
  );
}
