import { FileX2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useMeeting } from "../api/meetings";
import { keptToken } from "../call/state/keptToken";
import { ButtonLink } from "../design/Button";
import { Emptiness } from "../design/Emptiness";
import { Loading } from "../design/Loading";
import { MeetingTranscript } from "../features/transcript/MeetingTranscript";
import { PageFrame } from "./PageFrame";

export default function MeetingPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const meeting = useMeeting(id, keptToken(id));
  return (
    <PageFrame title={meeting.data?.title ?? t("meetings.one")}>
      {meeting.data ? (
        <MeetingTranscript meeting={meeting.data} />
      ) : meeting.error ? (
        <Emptiness level={1} icon={<FileX2 />} title={t("meetings.unknown")} text={t("meetings.unknownText")}>
          <ButtonLink href="/" variant="primary">
            {t("common.backHome")}
          </ButtonLink>
        </Emptiness>
      ) : (
        <Loading />
      )}
    </PageFrame>
  );
}
