import type { TFunction } from "i18next";
import type { Passage } from "../../call/state/transcript";
import { hueOf } from "../../design/identity";

/** The participant's name; where several share the microphone, that of the voice, or else its number. */
export function speakerName({ name, voice, voiceName }: Passage["speaker"], t: TFunction): string {
  return voiceName ?? (voice ? t("transcript.voice", { name, voice: voice.replace(/^S/, "") }) : name);
}

/** Its colour: that of a person who is known by name, and one for each voice that is not. */
export function speakerHue({ name, voice, voiceName }: Passage["speaker"]): number {
  return hueOf(voiceName ?? name + (voice ?? ""));
}
