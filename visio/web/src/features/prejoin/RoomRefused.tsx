import { DoorClosed } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/request";
import { Button, ButtonLink } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { signInPath } from "../account/AccountMenu";

interface Props {
  error: unknown;
  slug: string;
  signedIn: boolean;
  onRetry: () => void;
}

/** Why the door is closed. A room that one may not know does not exist: signing in may be the way. */
export function RoomRefused({ error, slug, signedIn, onRetry }: Props) {
  const { t } = useTranslation();
  const code = error instanceof Problem ? error.code : "unknown";
  const refused = error instanceof Problem && [401, 403, 404].includes(error.status);
  const words = code === "room_not_found" && !signedIn ? "room_unknown_to_strangers" : code;
  return (
    <Emptiness
      level={1}
      icon={<DoorClosed />}
      title={t([`problems.${words}.title`, "problems.unknown.title"])}
      text={t([`problems.${words}.advice`, "problems.unknown.advice"])}
    >
      {refused && !signedIn && (
        <ButtonLink href={signInPath(`/${slug}`)} variant="primary">
          {t("account.signIn")}
        </ButtonLink>
      )}
      {!refused && (
        <Button variant="primary" onPress={onRetry}>
          {t("common.retry")}
        </Button>
      )}
      <ButtonLink href="/">{t("common.backHome")}</ButtonLink>
    </Emptiness>
  );
}
