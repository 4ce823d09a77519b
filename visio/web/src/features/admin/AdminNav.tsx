import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";
import { SECTIONS } from "./sections";

/** At the side where there is room, else a strip on top, which shows where one is. */
export function AdminNav() {
  const { t } = useTranslation();
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const current = nav.current?.querySelector("[aria-current=page]");
    current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <nav ref={nav} className="admin-nav" aria-label={t("admin.nav")}>
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
