import type { LocalTrack } from "livekit-client";
import { useTranslation } from "react-i18next";
import type { RoomDetails } from "../../api/rooms";
import type { Account } from "../../api/session";
import { ProblemNotice } from "../../design/ProblemNotice";
import { DeviceNotices } from "../../media/DeviceNotices";
import { usePreview } from "../../media/usePreview";
import { JoinForm, type JoinChoice } from "./JoinForm";
import { PreviewControls } from "./PreviewControls";
import { PreviewPicture } from "./PreviewPicture";
import { RoomFacts } from "./RoomFacts";
import "./PreJoin.css";

interface Props {
  room: RoomDetails;
  account: Account | null;
  joining: boolean;
  error: unknown;
  /** `takeTracks` is called once the meeting accepts them. */
  onJoin: (choice: JoinChoice, takeTracks: () => LocalTrack[]) => void;
}

/** The last look in the mirror: camera, microphone, name, and what to know about the room. */
export function PreJoin({ room, account, joining, error, onJoin }: Props) {
  const { t } = useTranslation();
  const preview = usePreview();
  return (
    <div className="prejoin">
      <section className="prejoin-mirror" aria-label={t("prejoin.devices")}>
        <PreviewPicture preview={preview} name={account?.name} />
        <PreviewControls preview={preview} />
      </section>
      <section className="prejoin-side">
        <RoomFacts room={room} />
        <DeviceNotices microphone={preview.microphone} camera={preview.camera} />
        <ProblemNotice error={error} />
        <JoinForm account={account} joining={joining} onJoin={(choice) => onJoin(choice, preview.take)} />
      </section>
    </div>
  );
}
