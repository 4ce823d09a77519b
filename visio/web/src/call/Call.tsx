import { type ReactNode, useCallback, useState } from "react";
import { useTheme } from "../design/theme";
import { ControlBar } from "./bar/ControlBar";
import { TopBar } from "./bar/TopBar";
import { Banners } from "./banners/Banners";
import { ConsentDialog } from "./banners/ConsentDialog";
import { Toasts } from "./banners/Toasts";
import { focusFirst } from "./focus";
import { type PanelName, SidePanel } from "./panels/SidePanel";
import { Floating } from "./reactions/Floating";
import { useSignals } from "./signals/useSignals";
import { RemoteAudio } from "./stage/RemoteAudio";
import { Stage } from "./stage/Stage";
import { CallContext } from "./state/CallContext";
import type { CallSession } from "./state/session";
import { usePushToTalk } from "./talk/pushToTalk";
import { useFullScreen } from "./state/useFullScreen";
import "./Call.css";
import "./FullScreen.css";

/** A running meeting: one bar at the bottom, one panel at the side. */
export function Call({ session }: { session: CallSession }) {
  const [panel, setPanel] = useState<PanelName>();
  useTheme("dark");
  usePushToTalk(session);
  useSignals(session);
  const toggle = useCallback((name: PanelName) => setPanel((open) => (open === name ? undefined : name)), []);
  function close() {
    setPanel(undefined);
    // The way back for a keyboard: the panel that had the focus is about to vanish.
    focusFirst(`panel-button-${panel}`, "more-button");
  }
  return (
    <CallContext value={session}>
      <Frame>
        <TopBar />
        <Banners peopleAreShown={panel === "people"} onShowPeople={() => setPanel("people")} />
        <div className="call-middle">
          <Stage />
          <Floating />
          {panel && <SidePanel name={panel} onClose={close} />}
        </div>
        <ControlBar panel={panel} onPanel={toggle} />
        <Toasts chatIsOpen={panel === "chat"} />
        <ConsentDialog />
        <RemoteAudio />
      </Frame>
    </CallContext>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const { full, still } = useFullScreen();
  return <main className={["call", full && "full", still && "still"].filter(Boolean).join(" ")}>{children}</main>;
}
