import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Passage } from "../../call/state/transcript";
import { formatPosition } from "../../design/format";
import { Marked } from "./Marked";
import { speakerHue, speakerName } from "./speakerName";
import "./passage.css";

interface Props {
  passage: Passage;
  search?: string;
}

/** What one speaker said in one go: name in the speaker's colour, time, words. */
export const PassageText = memo(function PassageText({ passage, search = "" }: Props) {
  const { t } = useTranslation();
  const { speaker, startedAt, lines } = passage;
  return (
    <li
      className={`passage hue-${speakerHue(speaker)}`}
      data-lines={lines.map(({ id }) => id).join(" ")}
      tabIndex={-1}
    >
      <div className="line-head">
        <strong className="truncate">{speakerName(speaker, t)}</strong>
        <time>{formatPosition(startedAt)}</time>
      </div>
      <p>
        {runsOf(passage).map((text, index) =>
          text === null ? (
            <em key={index} className="soft">
              {t("transcript.hidden")}{" "}
            </em>
          ) : (
            <Marked key={index} text={`${text} `} search={search} />
          ),
        )}
      </p>
    </li>
  );
});

/** What is searched: a search goes across the lines of a passage, and not across what is hidden in it. */
export function runsOf({ lines }: Passage): (string | null)[] {
  const runs: (string | null)[] = [];
  for (const { text, hidden } of lines) {
    const last = runs.at(-1);
    if (hidden) runs.push(null);
    else if (typeof last === "string") runs[runs.length - 1] = `${last} ${text.trim()}`;
    else runs.push(text.trim());
  }
  return runs;
}
