import { useTranslation } from "react-i18next";
import { Notice } from "../design/Notice";
import { browserOf, type DeviceProblem, systemOf } from "./problems";
import type { Opened } from "./usePreview";

interface Props {
  microphone: Opened<unknown>;
  camera: Opened<unknown>;
}

/** What keeps the devices shut and what to do about it; one notice when both have the same reason. */
export function DeviceNotices({ microphone, camera }: Props) {
  const audio = microphone.state === "failed" ? microphone.problem : undefined;
  const video = camera.state === "failed" ? camera.problem : undefined;
  if (audio && audio === video) return <DeviceNotice device="both" problem={audio} />;
  return (
    <>
      {audio && <DeviceNotice device="microphone" problem={audio} />}
      {video && <DeviceNotice device="camera" problem={video} />}
    </>
  );
}

export function DeviceNotice({ device, problem }: { device: "microphone" | "camera" | "both"; problem: DeviceProblem }) {
  const { t } = useTranslation();
  const system = systemOf(navigator.userAgent);
  return (
    <Notice tone="warning" title={t(`deviceProblems.${problem}.title`, { device: t(`deviceNames.${device}`) })}>
      {problem === "system"
        ? t(`deviceProblems.system.advice.${system}`)
        : problem === "denied"
          ? t(`deviceProblems.denied.advice.${browserOf(navigator.userAgent)}`)
          : t(`deviceProblems.${problem}.advice`)}
    </Notice>
  );
}
