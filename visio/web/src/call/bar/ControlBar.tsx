import { useTranslation } from "react-i18next";
import type { PanelName } from "../panels/SidePanel";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { HandButton } from "../hands/HandButton";
import { ReactionButton } from "../reactions/ReactionButton";
import { LeaveButton } from "./LeaveButton";
import { CameraButton, MicrophoneButton } from "./MediaButtons";
import { MoreMenu } from "./MoreMenu";
import { PanelButtons } from "./PanelButtons";
import { ShareButton } from "./ShareButton";

interface Props {
  panel: PanelName | undefined;
  onPanel: (name: PanelName) => void;
}

export function ControlBar({ panel, onPanel }: Props) {
  const { t } = useTranslation();
  const unread = useObservable(useCall().chat.unread).length;
  return (
    <footer className="control-bar">
      <div className="controls centre" role="group" aria-label={t("call.controls")}>
        <MicrophoneButton />
        <CameraButton />
        <ShareButton />
        <HandButton />
        <ReactionButton />
        <MoreMenu unread={unread} onPanel={onPanel} />
        <LeaveButton />
      </div>
      <div className="controls end" role="group" aria-label={t("call.panels")}>
        <PanelButtons open={panel} unread={unread} onPanel={onPanel} />
      </div>
    </footer>
  );
}
