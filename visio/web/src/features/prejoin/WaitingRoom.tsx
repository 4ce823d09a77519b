import { DoorOpen, Hourglass, Lock, MessageSquareQuote, RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Wait } from "../../api/lobby";
import { Button } from "../../design/Button";

const ICONS = { absent: Hourglass, asked: DoorOpen, locked: Lock, restarting: RefreshCw };

/** What somebody waits for, and what the hosts say to them meanwhile. */
export function WaitingRoom({ wait, onGiveUp }: { wait: Wait; onGiveUp: () => void }) {
  const { t } = useTranslation();
  const Icon = ICONS[wait.state];
  return (
    <div className="waiting-room">
      <div role="status" className="waiting-words">
        <span className={`waiting-icon ${wait.state}`} aria-hidden="true">
          <Icon />
        </span>
        <h2>{t(`lobby.${wait.state}.title`)}</h2>
        <p className="soft">{t(`lobby.${wait.state}.text`)}</p>
        {wait.message && (
          <blockquote>
            <MessageSquareQuote aria-hidden="true" />
            <div>
              <p className="small soft">{t("lobby.fromHost")}</p>
              <p>{wait.message}</p>
            </div>
          </blockquote>
        )}
      </div>
      <Button wide onPress={onGiveUp}>
        {t("lobby.giveUp")}
      </Button>
    </div>
  );
}
