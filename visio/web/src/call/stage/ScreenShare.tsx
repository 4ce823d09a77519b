import { RemoteTrackPublication } from "livekit-client";
import { ScreenShare as ScreenShareIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Spinner } from "../../design/Spinner";
import { VideoPicture } from "../../media/VideoPicture";
import { useCall } from "../state/CallContext";
import { useParticipant } from "../state/hooks";
import type { Share } from "./Stage";

export function ScreenShare({ share: { participant, publication } }: { share: Share }) {
  const { t } = useTranslation();
  useParticipant(participant);
  const name = participant.name || participant.identity;
  if (participant.isLocal) return <OwnShare />;
  return (
    <figure className="share">
      {publication.track ? (
        <VideoPicture track={publication.track} whole />
      ) : publication instanceof RemoteTrackPublication && !publication.isDesired ? (
        <p>{t("bandwidth.shareOff")}</p>
      ) : (
        <Spinner />
      )}
      <figcaption className="tile-label">
        <ScreenShareIcon aria-hidden="true" />
        <span className="truncate">{t("share.of", { name })}</span>
      </figcaption>
    </figure>
  );
}

/** Not the picture itself: a screen that shows itself is a hall of mirrors. */
function OwnShare() {
  const { t } = useTranslation();
  const { room } = useCall();
  return (
    <div className="share own">
      <ScreenShareIcon aria-hidden="true" />
      <p>{t("share.mine")}</p>
      <Button variant="secondary" onPress={() => void room.localParticipant.setScreenShareEnabled(false)}>
        {t("share.stop")}
      </Button>
    </div>
  );
}
