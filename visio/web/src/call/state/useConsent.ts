import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { setConsent, setTranscription } from "../../api/call";
import { useConfig } from "../../api/config";
import { useCall } from "./CallContext";

/** Answers whether one's own words may be written down; the answer comes back as an attribute. */
export function useConsent() {
  const { slug, token } = useCall();
  const { i18n } = useTranslation();
  const wording = useConfig()?.wording ?? "";
  return useMutation({
    mutationFn: (granted: boolean) => setConsent(slug, token, { granted, wording, language: i18n.language }),
  });
}

/** Starts or stops the transcription of the meeting, for those who direct it. */
export function useTranscriptionSwitch() {
  const { slug, token } = useCall();
  return useMutation({ mutationFn: (on: boolean) => setTranscription(slug, token, on) });
}
