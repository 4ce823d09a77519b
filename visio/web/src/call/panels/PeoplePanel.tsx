import type { Participant } from "livekit-client";
import { Mic, MicOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../design/Avatar";
import { isEncrypted, isHeard, usePeople, usePerson, useRoomState } from "../state/hooks";

export function PeoplePanel() {
  const { t } = useTranslation();
  const people = usePeople();
  return (
    <div className="panel-scroll" role="region" aria-label={t("panels.people")} tabIndex={0}>
      <p className="small soft">{t("people.count", { count: people.length })}</p>
      <ul className="people-list">
        {people.map((person) => (
          <PersonRow key={person.sid} participant={person} />
        ))}
      </ul>
    </div>
  );
}

function PersonRow({ participant }: { participant: Participant }) {
  const { t } = useTranslation();
  const { transcription } = useRoomState();
  const { role, consent, sharedMicrophone } = usePerson(participant);
  const name = participant.name || participant.identity;
  const heard = isHeard(participant);
  const answer = isEncrypted(participant) ? "encrypted" : consent || "none";
  const facts = [
    t(`roles.${role}`),
    sharedMicrophone && t("call.shared"),
    transcription === "on" && t(`people.consent.${answer}`),
  ].filter(Boolean);
  return (
    <li>
      <Avatar name={name} id={participant.identity} />
      <div className="who">
        <span className="truncate">{participant.isLocal ? t("call.you", { name }) : name}</span>
        <p>{facts.join(" · ")}</p>
      </div>
      {heard ? (
        <Mic className={participant.isSpeaking ? "speaking" : ""} aria-hidden="true" />
      ) : (
        <MicOff className="muted" aria-hidden="true" />
      )}
      <span className="visually-hidden">{t(heard ? "call.micOn" : "call.micOff")}</span>
    </li>
  );
}
