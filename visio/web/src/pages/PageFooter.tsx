import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Branding, useBranding } from "../api/config";
import { TestLink } from "../features/connection/TestLink";

export function PageFooter({ hasTest }: { hasTest: boolean }) {
  return (
    <Footer branding={useBranding()}>
      {!hasTest && (
        <li>
          <TestLink />
        </li>
      )}
    </Footer>
  );
}

interface Props {
  branding: Pick<Branding, "links" | "footer_fr" | "footer_en">;
  /** Links of our own, as items of a list. */
  children?: ReactNode;
}

/** What the law wants on every page, in the person's language; nothing where nothing was given. */
export function Footer({ branding, children }: Props) {
  const { i18n } = useTranslation();
  const english = i18n.language === "en";
  const text = english ? branding.footer_en : branding.footer_fr;
  if (!text && branding.links.length === 0 && !children) return null;
  return (
    <footer className="page-footer">
      {(branding.links.length > 0 || children) && (
        <ul>
          {branding.links.map(({ url, fr, en }) => (
            <li key={url}>
              <a href={url} rel="noopener noreferrer">
                {english ? en : fr}
              </a>
            </li>
          ))}
          {children}
        </ul>
      )}
      {text && <p>{text}</p>}
    </footer>
  );
}
