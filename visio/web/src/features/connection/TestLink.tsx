import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";

/** To the connection test; `from` is the page to come back to, `apart` leaves this one open. */
export function TestLink({ from, apart }: { from?: string; apart?: boolean }) {
  const { t } = useTranslation();
  const way = from ? `${PAGE}?from=${encodeURIComponent(from)}` : PAGE;
  return (
    <Link className="small" href={way} {...(apart && { target: "_blank", rel: "noopener" })}>
      {t("connectionTest.link")}
    </Link>
  );
}

const PAGE = "/connection-test";
