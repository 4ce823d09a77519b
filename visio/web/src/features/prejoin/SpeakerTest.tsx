import { Volume2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../call/state/useObservable";
import { Button } from "../../design/Button";
import { DevicePicker } from "../../media/DevicePicker";
import { canChooseSpeaker, chosenSpeaker, playTestTone } from "../../media/speaker";

type State = "silent" | "playing" | "played" | "failed";

/** Which speaker, and a tone that proves one hears it. */
export function SpeakerTest({ permitted }: { permitted: boolean }) {
  const { t } = useTranslation();
  const speaker = useObservable(chosenSpeaker);
  const [state, setState] = useState<State>("silent");
  async function play() {
    setState("playing");
    setState(await playTestTone(speaker).then(() => "played" as const, () => "failed" as const));
  }
  function choose(id: string) {
    chosenSpeaker.set(id);
    setState("silent");
  }
  return (
    <div className="speaker-test">
      {canChooseSpeaker && (
        <DevicePicker
          // Browsers name devices once one of them may be used.
          key={String(permitted)}
          kind="audiooutput"
          icon={<Volume2 aria-hidden="true" />}
          used={speaker}
          onChoose={choose}
        />
      )}
      <Button size="small" isBusy={state === "playing"} onPress={() => void play()}>
        {t("hearing.test")}
      </Button>
      <p role="status" className="small soft">
        {state !== "silent" && t(`hearing.${state}`)}
      </p>
    </div>
  );
}
