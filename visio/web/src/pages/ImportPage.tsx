import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { isUnfinished, useAccount } from "../api/session";
import { Loading } from "../design/Loading";
import { signInPath } from "../features/account/AccountMenu";
import { ImportRooms } from "../features/imports/ImportRooms";
import NotFoundPage from "./NotFoundPage";
import { PageFrame } from "./PageFrame";

/** Rooms from a file, for administrators. */
export default function ImportPage() {
  const { t } = useTranslation();
  const account = useAccount();
  if (account === undefined) return <Loading />;
  if (account === null || isUnfinished(account)) return <Navigate to={signInPath("/rooms/import")} replace />;
  if (!account.administrator) return <NotFoundPage />;
  return (
    <PageFrame title={t("imports.title")}>
      <ImportRooms />
    </PageFrame>
  );
}
