import { Ban } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Knock } from "../../api/lobby";
import { Avatar } from "../../design/Avatar";
import { Button } from "../../design/Button";
import { IconButton } from "../../design/IconButton";
import { ProblemNotice } from "../../design/ProblemNotice";
import { useAnswers, useWaiting } from "../state/useLobby";
import { WaitingMessage } from "./WaitingMessage";

/** Those who wait to be let in, as hosts see them: name, how they came, and the answers. */
export function WaitingPeople() {
  const { t } = useTranslation();
  const { waiting } = useWaiting();
  const { admit, deny } = useAnswers();
  if (waiting.length === 0) return null;
  const ids = waiting.map(({ id }) => id);
  return (
    <section className="waiting-people" aria-labelledby="waiting-people">
      <h3 id="waiting-people">{t("lobby.count", { count: waiting.length })}</h3>
      <ProblemNotice error={admit.error ?? deny.error} />
      <ul className="people-list">
        {waiting.map((knock) => (
          <WaitingRow
            key={knock.id}
            knock={knock}
            onAdmit={() => admit.mutate([knock.id])}
            onDeny={(ban) => deny.mutate({ knocks: [knock.id], ban })}
          />
        ))}
      </ul>
      {waiting.length > 1 && (
        <div className="waiting-all">
          <Button size="small" variant="primary" isBusy={admit.isPending} onPress={() => admit.mutate(ids)}>
            {t("lobby.admitAll")}
          </Button>
          <Button size="small" isBusy={deny.isPending} onPress={() => deny.mutate({ knocks: ids })}>
            {t("lobby.denyAll")}
          </Button>
        </div>
      )}
      <WaitingMessage />
    </section>
  );
}

interface RowProps {
  knock: Knock;
  onAdmit: () => void;
  onDeny: (ban: boolean) => void;
}

function WaitingRow({ knock: { name, kind }, onAdmit, onDeny }: RowProps) {
  const { t } = useTranslation();
  return (
    <li>
      <Avatar name={name} />
      <div className="who">
        <span className="truncate">{name}</span>
        <p>{t(`lobby.kind.${kind}`)}</p>
      </div>
      <div className="waiting-answers">
        <Button size="small" variant="soft" aria-label={t("lobby.admitNamed", { name })} onPress={onAdmit}>
          {t("lobby.admit")}
        </Button>
        <Button size="small" aria-label={t("lobby.denyNamed", { name })} onPress={() => onDeny(false)}>
          {t("lobby.deny")}
        </Button>
        <IconButton label={t("lobby.banNamed", { name })} icon={<Ban />} onPress={() => onDeny(true)} />
      </div>
    </li>
  );
}
