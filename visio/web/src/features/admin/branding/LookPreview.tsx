import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Look, Seen } from "../../../api/branding";
import { Logo } from "../../../design/Logo";
import { Footer } from "../../../pages/PageFooter";

/** What pages would look like, in both themes. */
export function LookPreview({ look, seen }: { look: Look; seen: Seen | undefined }) {
  const { t } = useTranslation();
  return (
    <div className="look-previews">
      {(["light", "dark"] as const).map((theme) => (
        <div
          key={theme}
          className={`look-preview theme-${theme}`}
          style={variables(seen?.[theme] ?? {})}
          role="group"
          aria-label={t(`themes.${theme}`)}
        >
          <Logo name={look.name} picture={seen?.logo || null} />
          <p>{t("welcome.lead")}</p>
          <p>
            <span className="look-link">{t("forgotten.title")}</span>
          </p>
          <p className="row">
            <span className="button primary">{t("prejoin.join")}</span>
            <span className="button soft">{t("join.action")}</span>
          </p>
          <Footer branding={{ ...look, links: look.links.filter(({ url }) => URL.canParse(url)) }} />
        </div>
      ))}
    </div>
  );
}

function variables(palette: Record<string, string>): CSSProperties {
  return Object.fromEntries(Object.entries(palette).map(([name, colour]) => [`--${name}`, colour]));
}
