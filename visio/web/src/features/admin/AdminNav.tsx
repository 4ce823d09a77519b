import { NavLink } from "react-router";
import { useTranslation } from "react-i18next";
import { SECTIONS } from "./sections";

/** At the side where there is room, else on top. */
export function AdminNav() {
  const { t } = useTranslation();
  return (
    <nav className="admin-nav" aria-label={t("admin.nav")}>
      <ul>
        {SECTIONS.map(({ path, icon: Icon, label }) => (
          <li key={path}>
            <NavLink to={`/admin/${path}`}>
              <Icon aria-hidden="true" />
              {t(label)}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
