import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../design/Notice";
import { systemOf } from "./problems";
import { Silence } from "./silence";

/** An open microphone gives nothing: what to do about it on this system. `level` is from 0 to 100. */
export function SilenceNotice({ track, level }: { track: MediaStreamTrack | undefined; level: number }) {
  const { t } = useTranslation();
  const isSilent = useSilence(track, level);
  if (!isSilent) return null;
  return (
    <Notice tone="warning" title={t("silence.title")}>
      {t("silence.speak")} {t(`silence.advice.${systemOf(navigator.userAgent)}`)}
    </Notice>
  );
}

function useSilence(track: MediaStreamTrack | undefined, level: number): boolean {
  const [silence, setSilence] = useState<Silence>();
  const [isSilent, setSilent] = useState(false);
  useEffect(() => {
    setSilence(track && new Silence());
    setSilent(false);
  }, [track]);
  useEffect(() => {
    if (!silence) return;
    const look = () => setSilent(silence.note(level, performance.now()));
    look();
    // A level that stays the same renders nothing.
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [silence, level]);
  return isSilent;
}
