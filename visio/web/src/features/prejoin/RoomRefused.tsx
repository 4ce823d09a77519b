import { DoorClosed } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/request";
import { Button, ButtonLink } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { TestLink } from "../connection/TestLink";

/** Why the page has nothing to show of the room. */
export function RoomRefused({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  const code = error instanceof Problem ? error.code : "unknown";
  return (
    <Emptiness
      level={1}
      icon={<DoorClosed />}
      title={t([`problems.${code}.title`, "problems.unknown.title"])}
      text={t([`problems.${code}.advice`, "problems.unknown.advice"])}
    >
      <Button variant="primary" onPress={onRetry}>
        {t("common.retry")}
      </Button>
      <ButtonLink href="/">{t("common.backHome")}</ButtonLink>
      <TestLink />
    </Emptiness>
  );
}
