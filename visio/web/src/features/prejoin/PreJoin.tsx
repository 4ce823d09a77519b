import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Wait } from "../../api/lobby";
import type { RoomDetails } from "../../api/rooms";
import type { Account } from "../../api/session";
import { focusFirst } from "../../call/focus";
import { loadCall } from "../../call/load";
import { useObservable } from "../../call/state/useObservable";
import { ProblemNotice } from "../../design/ProblemNotice";
import { DeviceNotices } from "../../media/DeviceNotices";
import { chosenBackground } from "../../media/effects/choice";
import { EffectNotice } from "../../media/effects/EffectNotice";
import { type Taken, usePreview } from "../../media/usePreview";
import { TestLink } from "../connection/TestLink";
import { ClosedDoor } from "./ClosedDoor";
import { ROOM_HEADING } from "./heading";
import { JoinForm, type JoinChoice } from "./JoinForm";
import { PreviewControls } from "./PreviewControls";
import { PreviewPicture } from "./PreviewPicture";
import { RoomFacts } from "./RoomFacts";
import { WaitingRoom } from "./WaitingRoom";
import "./PreJoin.css";

interface Props {
  slug: string;
  /** Undefined where one may only ask to be let in. */
  room: RoomDetails | undefined;
  account: Account | null;
  joining: boolean;
  /** While somebody waits to be let in. */
  wait: Wait | undefined;
  error: unknown;
  /** They were in, and are here again: what had the focus is gone. */
  isBack: boolean;
  onGiveUp: () => void;
  /** `take` is called once the meeting accepts what it gives. */
  onJoin: (choice: JoinChoice, take: () => Taken) => void;
}

/** The last look in the mirror: camera, microphone, name, and what to know about the room. */
export function PreJoin({ slug, room, account, joining, wait, error, isBack, onGiveUp, onJoin }: Props) {
  const { t } = useTranslation();
  const preview = usePreview();
  const { problem } = useObservable(chosenBackground);
  useEffect(() => {
    if (isBack) focusFirst(ROOM_HEADING);
  }, [isBack]);
  useSoon(preview.camera.state !== "starting");
  return (
    <div className="prejoin">
      <section className="prejoin-mirror" aria-label={t("prejoin.devices")}>
        <PreviewPicture preview={preview} name={account?.name} />
        <PreviewControls preview={preview} />
      </section>
      <section className="prejoin-side" onPointerEnter={prepare} onFocus={prepare}>
        {room ? <RoomFacts room={room} /> : <ClosedDoor slug={slug} />}
        <DeviceNotices microphone={preview.microphone} camera={preview.camera} />
        {problem && <EffectNotice problem={problem} />}
        {error !== undefined && (
          <div ref={seen}>
            <ProblemNotice error={error} />
          </div>
        )}
        {wait ? (
          <WaitingRoom wait={wait} onGiveUp={onGiveUp} />
        ) : (
          <JoinForm
            account={account}
            asks={!room}
            joining={joining}
            onJoin={(choice) => onJoin(choice, preview.take)}
          />
        )}
        <TestLink from={`/${slug}`} />
      </section>
    </div>
  );
}

/** The button that they pressed may be far from where they are told why it did nothing. */
function seen(told: HTMLElement | null): void {
  told?.scrollIntoView({ block: "nearest" });
}

/** Whoever looks in the mirror for a while is about to join, too. */
function useSoon(isShown: boolean): void {
  useEffect(() => {
    if (!isShown) return;
    const timer = setTimeout(prepare, LOOK);
    return () => clearTimeout(timer);
  }, [isShown]);
}

/** What cannot come now is asked for again at the door. */
function prepare(): void {
  loadCall().catch(() => {});
}

/** Milliseconds after the picture is there: sooner, the meeting's code delays the page before it; later, the meeting. */
const LOOK = 2_000;
