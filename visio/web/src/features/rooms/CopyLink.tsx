import { Check, Link2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { useCopy } from "../../design/useCopy";
import { linkTo } from "./slug";

/** Copies a room's link and says so, to the eye and to a screen reader. */
export function CopyLink({ slug, title }: { slug: string; title: string }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  return (
    <>
      <Button onPress={() => void copy(linkTo(slug))} aria-label={copied ? undefined : t("rooms.copyNamed", { title })}>
        {copied ? <Check aria-hidden="true" /> : <Link2 aria-hidden="true" />}
        {copied ? t("common.copied") : t("rooms.copy")}
      </Button>
      <span className="visually-hidden" role="status">
        {copied ? t("common.copied") : ""}
      </span>
    </>
  );
}
