import { type ReactNode, useEffect } from "react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useBranding } from "../api/config";
import { Logo } from "../design/Logo";
import { useTheme } from "../design/theme";
import { AccountMenu } from "../features/account/AccountMenu";
import { isEmbedded } from "../features/embed/embedded";
import { PreferencesMenu } from "../features/settings/PreferencesMenu";
import { PageFooter } from "./PageFooter";
import "./PageFrame.css";

interface Props {
  title: string;
  /** The page leads to the connection test itself. */
  hasTest?: boolean;
  children: ReactNode;
}

/** What every page outside a call has: the name, the preferences, the account, one main region. */
export function PageFrame({ title, hasTest = false, children }: Props) {
  const { t } = useTranslation();
  const { name, logo } = useBranding();
  useTheme("light");
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  return (
    <>
      <a className="skip-link" href="#main">
        {t("common.skip")}
      </a>
      <header className="page-header">
        <Link href="/" className="home-link" aria-label={t("common.home", { name })}>
          <Logo name={name} picture={logo} />
        </Link>
        <div className="page-header-actions">
          <PreferencesMenu />
          {!isEmbedded && <AccountMenu />}
        </div>
      </header>
      <main id="main" className="page-main" tabIndex={-1}>
        {children}
      </main>
      {!isEmbedded && <PageFooter hasTest={hasTest} />}
    </>
  );
}
