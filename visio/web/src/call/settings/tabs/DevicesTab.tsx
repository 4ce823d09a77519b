import { RoomEvent } from "livekit-client";
import { useTranslation } from "react-i18next";
import { setMicrophone } from "../../../api/call";
import { useChoice } from "../../../design/choice";
import { Switch } from "../../../design/Switch";
import { TestLink } from "../../../features/connection/TestLink";
import { DevicePicker } from "../../../media/DevicePicker";
import { MicrophonePeople } from "../../../media/MicrophonePeople";
import { useCall } from "../../state/CallContext";
import { usePerson, useRoomEvents } from "../../state/hooks";
import { PUSH_TO_TALK } from "../../talk/pushToTalk";
import { EncryptionDetails } from "../EncryptionDetails";

const KINDS: MediaDeviceKind[] = ["audioinput", "videoinput", "audiooutput"];

export function DevicesTab() {
  const { t } = useTranslation();
  const { room, slug, token } = useCall();
  const { sharedMicrophone, microphonePeople } = usePerson(room.localParticipant);
  const pushes = useChoice(PUSH_TO_TALK);
  useRoomEvents(RoomEvent.ActiveDeviceChanged);
  const kinds = KINDS.filter((kind) => kind !== "audiooutput" || "setSinkId" in HTMLMediaElement.prototype);
  return (
    <>
      {kinds.map((kind) => (
        <DevicePicker
          key={kind}
          kind={kind}
          showLabel
          used={room.getActiveDevice(kind)}
          onChoose={(id) => void room.switchActiveDevice(kind, id)}
        />
      ))}
      <Switch
        label={t("settings.pushToTalk")}
        isSelected={pushes === "on"}
        onChange={(on) => PUSH_TO_TALK.choose(on ? "on" : "off")}
      />
      <Switch
        label={t("prejoin.shared")}
        isSelected={sharedMicrophone}
        onChange={(shared) => void setMicrophone(slug, token, shared, null)}
      />
      {sharedMicrophone && (
        <MicrophonePeople
          people={microphonePeople}
          onChange={(people) => void setMicrophone(slug, token, true, people)}
        />
      )}
      <TestLink apart />
      <EncryptionDetails />
    </>
  );
}
