import { useTranslation } from "react-i18next";
import type { Utterance } from "../../api/meetings";
import { useCorrection, useVersions, type Version } from "../../api/transcripts";
import { Button } from "../../design/Button";
import { formatMoment } from "../../design/format";
import { Loading } from "../../design/Loading";
import { ProblemNotice } from "../../design/ProblemNotice";

/** Every text a line had: by whom, since when, and a way back to it. */
export function PassageHistory({ meeting, utterance }: { meeting: string; utterance: Utterance }) {
  const { t } = useTranslation();
  const versions = useVersions(meeting, utterance.id);
  const correction = useCorrection(meeting);
  const restore = (text: string) =>
    correction.mutate({ utterance: utterance.id, text, version: utterance.version });
  return (
    <section aria-labelledby="passage-history">
      <h3 id="passage-history">{t("transcript.history.title")}</h3>
      <ProblemNotice error={versions.error ?? correction.error} />
      {versions.isPending && <Loading />}
      <ol className="passage-history">
        {versions.data?.pages
          .flatMap((page) => page.versions)
          .map((version) => (
            <PastText
              key={version.number}
              version={version}
              current={version.number === utterance.version}
              isBusy={correction.isPending}
              onRestore={restore}
            />
          ))}
      </ol>
      {versions.hasNextPage && (
        <Button wide isBusy={versions.isFetchingNextPage} onPress={() => void versions.fetchNextPage()}>
          {t("transcript.history.more")}
        </Button>
      )}
    </section>
  );
}

interface Props {
  version: Version;
  current: boolean;
  isBusy: boolean;
  onRestore: (text: string) => void;
}

function PastText({ version, current, isBusy, onRestore }: Props) {
  const { t, i18n } = useTranslation();
  const { number, text, writer, written_at } = version;
  const who = writer === null ? t("transcript.history.recognised") : writer || t("transcript.history.erased");
  return (
    <li>
      <p className="small soft">
        {who} · {formatMoment(written_at, i18n.language)}
      </p>
      <p>{text}</p>
      {!current && (
        <Button
          size="small"
          isBusy={isBusy}
          aria-label={t("transcript.history.restoreNumbered", { number })}
          onPress={() => onRestore(text)}
        >
          {t("transcript.history.restore")}
        </Button>
      )}
    </li>
  );
}
