import { useTranslation } from "react-i18next";
import type { PanelName } from "../panels/SidePanel";
import { LeaveButton } from "./LeaveButton";
import { CameraButton, MicrophoneButton } from "./MediaButtons";
import { MoreMenu } from "./MoreMenu";
import { PanelButtons } from "./PanelButtons";
import { ShareButton } from "./ShareButton";
import { useUnread } from "./useUnread";

interface Props {
  panel: PanelName | undefined;
  onPanel: (name: PanelName) => void;
}

export function ControlBar({ panel, onPanel }: Props) {
  const { t } = useTranslation();
  const unread = useUnread(panel === "chat");
  return (
    <footer className="control-bar">
      <div className="controls centre" role="group" aria-label={t("call.controls")}>
        <MicrophoneButton />
        <CameraButton />
        <ShareButton />
        <MoreMenu unread={unread} onPanel={onPanel} />
        <LeaveButton />
      </div>
      <div className="controls end" role="group" aria-label={t("call.panels")}>
        <PanelButtons open={panel} unread={unread} onPanel={onPanel} />
      </div>
    </footer>
  );
}
