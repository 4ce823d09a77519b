import { Hand, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { IconButton } from "../../design/IconButton";
import { mayDirect } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { usePerson } from "../state/hooks";
import { useLowering } from "../state/useHosting";
import { useQueue } from "./useHands";
import "./hands.css";

/** The queue at the top of the people, with what hosts may do about it. */
export function HandList() {
  const { t } = useTranslation();
  const { room, toasts } = useCall();
  const queue = useQueue();
  const hosts = mayDirect(usePerson(room.localParticipant).role);
  const lowering = useLowering();
  if (queue.length === 0) return null;
  const lower = (identity?: string) =>
    lowering.mutate(identity, { onError: () => toasts.show({ kind: "refused" }) });
  return (
    <section className="hand-list" aria-label={t("hands.title")}>
      <div className="people-head">
        <h3>
          <Hand aria-hidden="true" />
          {t("hands.count", { count: queue.length })}
        </h3>
        {hosts && queue.length > 1 && (
          <Button size="small" variant="quiet" isBusy={lowering.isPending} onPress={() => lower()}>
            {t("hands.lowerAll")}
          </Button>
        )}
      </div>
      <ol>
        {queue.map((person, index) => {
          const name = person.name || person.identity;
          return (
            <li key={person.sid}>
              <span className="hand-place" aria-hidden="true">
                {index + 1}
              </span>
              <span className="truncate">{person.isLocal ? t("call.you", { name }) : name}</span>
              {hosts && (
                <IconButton
                  label={t("hands.lowerOf", { name })}
                  icon={<X />}
                  onPress={() => lower(person.identity)}
                />
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
