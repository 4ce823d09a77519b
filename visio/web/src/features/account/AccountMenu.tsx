import { FileSpreadsheet, LogOut, Settings2, ShieldCheck } from "lucide-react";
import { Button as AriaButton, Header, Menu, MenuItem, MenuSection, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { useAccount, useSignOut } from "../../api/session";
import { Avatar } from "../../design/Avatar";
import { ButtonLink } from "../../design/Button";
import { Dropdown } from "../../design/Dropdown";
import "./AccountMenu.css";

export function AccountMenu() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const account = useAccount();
  const signOut = useSignOut();
  if (account === undefined) return null;
  if (account === null) {
    if (pathname === "/login") return null;
    return (
      <ButtonLink href={signInPath(pathname)} variant="secondary" size="small">
        {t("account.signIn")}
      </ButtonLink>
    );
  }
  return (
    <MenuTrigger>
      <AriaButton className="account-button" aria-label={t("account.menu", { name: account.name })}>
        <Avatar name={account.name} />
      </AriaButton>
      <Dropdown placement="bottom end">
        <Menu aria-label={t("account.menu", { name: account.name })} onAction={(key) => (key === "sign-out" ? signOut.mutate() : void navigate(String(key)))}>
          <MenuSection>
            <Header className="account-header">
              <strong>{account.name}</strong>
              <span className="small soft">{account.email}</span>
            </Header>
            <MenuItem id="/account" className="item">
              <ShieldCheck aria-hidden="true" />
              {t("account.security")}
            </MenuItem>
            {account.administrator && (
              <MenuItem id="/rooms/import" className="item">
                <FileSpreadsheet aria-hidden="true" />
                {t("imports.title")}
              </MenuItem>
            )}
            {account.administrator && (
              <MenuItem id="/admin" className="item">
                <Settings2 aria-hidden="true" />
                {t("account.console")}
              </MenuItem>
            )}
            <MenuItem id="sign-out" className="item">
              <LogOut aria-hidden="true" />
              {t("account.signOut")}
            </MenuItem>
          </MenuSection>
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}

/** Where to sign in so as to come back to `path`: to a meeting in a page of its own. */
export function signInPath(from: string): string {
  const path = from.replace(/^\/embed\//, "/");
  return path === "/" ? "/login" : `/login?next=${encodeURIComponent(path)}`;
}
