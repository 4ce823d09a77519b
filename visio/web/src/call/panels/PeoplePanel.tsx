import type { Participant } from "livekit-client";
import { Mic, MicOff } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../design/Avatar";
import { Button } from "../../design/Button";
import { HandList } from "../hands/HandList";
import { formatPosition } from "../../design/format";
import { mayDirect } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { isEncrypted, isHeard, usePeople, usePerson, useRoomState } from "../state/hooks";
import { useMute } from "../state/useHosting";
import { PersonMenu } from "./PersonMenu";
import { useGradually } from "./useGradually";
import { useSpeakingTime } from "../state/useSpeakingTime";
import { WaitingPeople } from "./WaitingPeople";

export function PeoplePanel() {
  const { t } = useTranslation();
  const people = usePeople();
  const spoken = useSpeakingTime();
  const { transcription } = useRoomState();
  const shown = useGradually(people.length);
  return (
    <div className="panel-scroll" role="region" aria-label={t("panels.people")} tabIndex={0}>
      <WaitingPeople />
      <HandList />
      <div className="people-head">
        <p className="small soft">{t("people.count", { count: people.length })}</p>
        <MuteAll />
      </div>
      <ul className="people-list">
        {people.slice(0, shown).map((person) => (
          <PersonRow
            key={person.sid}
            participant={person}
            spoken={spoken?.get(person.identity)}
            transcribed={transcription === "on"}
          />
        ))}
      </ul>
    </div>
  );
}

function MuteAll() {
  const { t } = useTranslation();
  const { room, toasts } = useCall();
  const mute = useMute();
  const others = usePeople().length > 1;
  if (!mayDirect(usePerson(room.localParticipant).role) || !others) return null;
  return (
    <Button
      size="small"
      variant="quiet"
      isBusy={mute.isPending}
      onPress={() => mute.mutate({}, { onError: () => toasts.show({ kind: "refused" }) })}
    >
      {t("people.muteAll")}
    </Button>
  );
}

interface RowProps {
  participant: Participant;
  spoken?: number;
  transcribed: boolean;
}

/** Renders again when this person changes, and not with each who comes. */
const PersonRow = memo(function PersonRow({ participant, spoken = 0, transcribed }: RowProps) {
  const { t } = useTranslation();
  const { role, consent, sharedMicrophone } = usePerson(participant);
  const name = participant.name || participant.identity;
  const heard = isHeard(participant);
  const answer = isEncrypted(participant) ? "encrypted" : consent || "none";
  const facts = [
    t(`roles.${role}`),
    sharedMicrophone && t("call.shared"),
    spoken >= SECOND && t("people.spoken", { time: formatPosition(spoken) }),
    transcribed && t(`people.consent.${answer}`),
  ].filter(Boolean);
  return (
    <li>
      <Avatar name={name} />
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
      <PersonMenu participant={participant} name={name} />
    </li>
  );
});

/** Milliseconds; what is less is a noise. */
const SECOND = 1_000;
