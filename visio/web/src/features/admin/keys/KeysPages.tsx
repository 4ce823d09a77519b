import { NavLink, Route, Routes } from "react-router";
import { useTranslation } from "react-i18next";
import { KeyList } from "./KeyList";
import { ServiceList } from "./ServiceList";
import "./keys.css";

/** The keys of programs, and the services that they act as. */
export default function KeysPages() {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t("admin.keys.title")}</h1>
      <p className="soft">{t("admin.keys.lead")}</p>
      <nav className="admin-tabs" aria-label={t("admin.keys.title")}>
        <NavLink to="/admin/keys" end>
          {t("admin.keys.keys")}
        </NavLink>
        <NavLink to="/admin/keys/services">{t("admin.keys.services")}</NavLink>
      </nav>
      <Routes>
        <Route path="/" element={<KeyList />} />
        <Route path="services" element={<ServiceList />} />
      </Routes>
    </>
  );
}
