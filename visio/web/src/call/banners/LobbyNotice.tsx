import { DoorOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { useAnswers, useLobbyReading, useWaiting } from "../state/useLobby";

/** Somebody waits to be let in: who, and the two answers. Said only, while the list shows them (`isListed`). */
export function LobbyNotice({ isListed, onShow }: { isListed: boolean; onShow: () => void }) {
  const { t } = useTranslation();
  useLobbyReading();
  const { waiting } = useWaiting();
  const { admit, deny } = useAnswers();
  const busy = admit.isPending || deny.isPending;
  const first = waiting[0];
  return (
    <>
      <div role="status">
        {first && (
          <p className="visually-hidden">{t("lobby.waits", { count: waiting.length, name: first.name })}</p>
        )}
      </div>
      {first && !isListed && (
        <div className="banner lobby-notice" role="group" aria-label={t("lobby.title")}>
          <DoorOpen aria-hidden="true" />
          <span className="lobby-who">
            {waiting.length === 1 ? (
              <>
                <strong className="truncate">{first.name}</strong> {t(`lobby.kind.${first.kind}`)}
              </>
            ) : (
              t("lobby.waits", { count: waiting.length, name: first.name })
            )}
          </span>
          <Button size="small" variant="primary" isDisabled={busy} onPress={() => admit.mutate(waiting.map(({ id }) => id))}>
            {t(waiting.length === 1 ? "lobby.admit" : "lobby.admitAll")}
          </Button>
          {waiting.length === 1 && (
            <Button size="small" isDisabled={busy} onPress={() => deny.mutate({ knocks: [first.id] })}>
              {t("lobby.deny")}
            </Button>
          )}
          <Button size="small" variant="quiet" onPress={onShow}>
            {t("lobby.show")}
          </Button>
        </div>
      )}
    </>
  );
}
