import { useTranslation } from "react-i18next";
import type { Passage } from "../../call/state/transcript";
import { formatPosition } from "../../design/format";
import { hueOf } from "../../design/identity";
import { Marked } from "./Marked";
import "./passage.css";

/** What one speaker said in one go: name in the speaker's colour, time, words. */
export function PassageText({ passage, search = "" }: { passage: Passage; search?: string }) {
  const { t } = useTranslation();
  const { speaker, startedAt, lines } = passage;
  return (
    <li className={`passage hue-${hueOf(speaker.identity + (speaker.voice ?? ""))}`}>
      <div className="line-head">
        <strong className="truncate">{speakerName(speaker, t)}</strong>
        <time>{formatPosition(startedAt)}</time>
      </div>
      <p>
        <Marked text={lines.map(({ text }) => text.trim()).join(" ")} search={search} />
      </p>
    </li>
  );
}

/** The participant's name, with the number of the voice when several share the microphone. */
export function speakerName(
  { name, voice }: Passage["speaker"],
  t: (key: string, values?: Record<string, unknown>) => string,
): string {
  return voice ? t("transcript.voice", { name, voice: voice.replace(/^S/, "") }) : name;
}
