import type { TFunction } from "i18next";
import type { Passage } from "../../call/state/transcript";

/** The participant's name; where several share the microphone, that of the voice, or else its number. */
export function speakerName({ name, voice, voiceName }: Passage["speaker"], t: TFunction): string {
  return voiceName ?? (voice ? t("transcript.voice", { name, voice: voice.replace(/^S/, "") }) : name);
}
