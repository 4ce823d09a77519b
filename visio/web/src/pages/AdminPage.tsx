import { ShieldX } from "lucide-react";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { isUnfinished, useAccount } from "../api/session";
import { ButtonLink } from "../design/Button";
import { Emptiness } from "../design/Emptiness";
import { Loading } from "../design/Loading";
import { signInPath } from "../features/account/AccountMenu";
import { AdminNav } from "../features/admin/AdminNav";
import { SECTIONS } from "../features/admin/sections";
import { PageFrame } from "./PageFrame";
import "./AdminPage.css";

/** The console, for administrators of the instance. */
export default function AdminPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const { pathname } = useLocation();
  if (account === undefined) return <Loading />;
  if (account === null || isUnfinished(account)) return <Navigate to={signInPath(pathname)} replace />;
  return (
    <PageFrame title={t("admin.title")}>
      {account.administrator ? <Sections /> : <Refused />}
    </PageFrame>
  );
}

function Sections() {
  return (
    <div className="admin">
      <AdminNav />
      <div className="admin-section">
        <Suspense fallback={<Loading />}>
          <Routes>
            {SECTIONS.map(({ path, page: Page }) => (
              <Route key={path} path={`${path}/*`} element={<Page />} />
            ))}
            <Route path="*" element={<Navigate to={`/admin/${SECTIONS[0]?.path}`} replace />} />
          </Routes>
        </Suspense>
      </div>
    </div>
  );
}

function Refused() {
  const { t } = useTranslation();
  return (
    <Emptiness level={1} icon={<ShieldX />} title={t("admin.refused")} text={t("admin.refusedText")}>
      <ButtonLink href="/" variant="primary">
        {t("common.backHome")}
      </ButtonLink>
    </Emptiness>
  );
}
