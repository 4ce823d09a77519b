import type { Participant } from "livekit-client";
import { Hand } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePerson } from "../state/hooks";
import { useQueue } from "./useHands";
import "./hands.css";

/** On the tile of whoever has raised a hand. */
export function HandMark({ participant }: { participant: Participant }) {
  return usePerson(participant).hand === null ? null : <Mark participant={participant} />;
}

function Mark({ participant }: { participant: Participant }) {
  const { t } = useTranslation();
  const place = useQueue().indexOf(participant) + 1;
  return (
    <span className="hand-mark">
      <Hand aria-hidden="true" />
      <span aria-hidden="true">{place}</span>
      <span className="visually-hidden">{t("hands.raised", { place })}</span>
    </span>
  );
}
