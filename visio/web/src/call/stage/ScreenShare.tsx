import { RemoteTrackPublication, Track } from "livekit-client";
import { ScreenShare as ScreenShareIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Spinner } from "../../design/Spinner";
import { VideoPicture } from "../../media/VideoPicture";
import { focusFirst } from "../focus";
import { useCall } from "../state/CallContext";
import { useParticipant } from "../state/hooks";
import type { Rect } from "../state/layout";
import type { TileProps } from "./Tile";
import { TileTools } from "./TileTools";
import { Zoomable } from "./Zoomable";

/** In a smaller tile one would zoom without seeing where. */
const LEAST_ZOOMED = 180;

/** What somebody shows. */
export function ScreenShare({ participant, isPinned, isSpotlit, ...rect }: TileProps) {
  const { t } = useTranslation();
  useParticipant(participant);
  if (participant.isLocal) return <OwnShare rect={rect} />;
  const publication = participant.getTrackPublication(Track.Source.ScreenShare);
  const isOff = publication instanceof RemoteTrackPublication && !publication.track && !publication.isDesired;
  const title = t("share.of", { name: participant.name || participant.identity });
  return (
    <li className="tile share" style={rect}>
      <Zoomable name={title} isOff={rect.height < LEAST_ZOOMED}>
        {publication?.track ? (
          <VideoPicture track={publication.track} whole />
        ) : isOff ? (
          <p>{t("bandwidth.shareOff")}</p>
        ) : (
          <Spinner />
        )}
      </Zoomable>
      <span className="tile-label">
        <ScreenShareIcon aria-hidden="true" />
        <span className="truncate">{title}</span>
      </span>
      <TileTools participant={participant} kind="share" name={title} isPinned={isPinned} isSpotlit={isSpotlit} />
    </li>
  );
}

/** Not the picture itself: a screen that shows itself is a hall of mirrors. */
function OwnShare({ rect }: { rect: Rect }) {
  const { t } = useTranslation();
  const { room } = useCall();
  function stop() {
    void room.localParticipant.setScreenShareEnabled(false);
    focusFirst("share-button");
  }
  return (
    <li className="tile share own" style={rect}>
      <ScreenShareIcon aria-hidden="true" />
      <p>{t("share.mine")}</p>
      <Button variant="secondary" size="small" onPress={stop}>
        {t("share.stop")}
      </Button>
    </li>
  );
}
