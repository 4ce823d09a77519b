import { type ReactNode, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "../../design/Spinner";
import { usePreview } from "../../media/usePreview";
import { CameraTrial, MicrophoneTrial, SpeakerTrial } from "./DeviceTrials";
import { cameraResult, modelOf, speakerResult } from "./devices";
import { Outcome } from "./Outcome";
import { Said } from "./Said";
import { StepRow } from "./StepRow";
import { isOver, type Result, STEPS, type Step } from "./steps";
import { useResults } from "./useResults";
import "../prejoin/PreJoin.css";
import "./TestRun.css";

/** One test from its beginning: the devices open, the network's steps follow one another. */
export function TestRun({ onAgain }: { onAgain: () => void }) {
  const { t } = useTranslation();
  const [results, tell] = useResults();
  // From then on it stays, also while another device is tried out.
  const [over, setOver] = useState(false);
  if (!over && isOver(results)) setOver(true);
  const preview = usePreview();
  const { microphone, camera } = preview;
  const hear = useCallback((result: Result) => tell("microphone", result), [tell]);
  const judge = useCallback((result: Result) => tell("speaker", result), [tell]);
  useEffect(() => tell("camera", cameraResult(camera)), [camera, tell]);
  useEffect(() => judge(speakerResult(undefined)), [judge]);
  const controls: Partial<Record<Step, ReactNode>> = {
    microphone: <MicrophoneTrial preview={preview} onResult={hear} />,
    camera: <CameraTrial preview={preview} />,
    speaker: <SpeakerTrial permitted={microphone.state === "on"} onResult={judge} />,
  };
  const tracks = [
    microphone.state === "on" && microphone.device.track,
    camera.state === "on" && camera.device.capture.track,
  ];
  const models = tracks.flatMap((track) => (track ? [modelOf(track.label)] : []));
  return (
    <>
      {over ? (
        <Outcome results={results} models={models.filter(Boolean)} onAgain={onAgain} />
      ) : (
        <p className="test-running" role="status">
          <Spinner />
          {t("connectionTest.running")}
        </p>
      )}
      <Said results={results} />
      <ol className="test-steps">
        {STEPS.map((step) => (
          <StepRow key={step} step={step} result={results[step]}>
            {controls[step]}
          </StepRow>
        ))}
      </ol>
    </>
  );
}
