import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSize } from "../../design/useSize";
import { place } from "../state/layout";
import { compose } from "../state/scene";
import { useScene } from "../state/useScene";
import { Alone } from "./Alone";
import { Captions } from "./Captions";
import { LargeOne } from "./LargeOne";
import { Miniature } from "./Miniature";
import { Pager } from "./Pager";
import { ScreenShare } from "./ScreenShare";
import { SelfViewBack } from "./SelfViewBack";
import { Tile } from "./Tile";
import "./Stage.css";

/** More tiles than this take their places at once: moving them all would keep a plain laptop busy. */
const MOST_MOVING = 12;

/** The middle of the call: people and what they show, as `compose` and `place` have it. */
export function Stage() {
  const { t } = useTranslation();
  const element = useRef<HTMLElement>(null);
  const size = useSize(element);
  const { scene, people } = useScene();
  const [page, setPage] = useState(0);
  const { placed, pages, pager } = place(compose(scene, size), page, size);
  const order = (key: string) => scene.subjects.findIndex((subject) => subject.key === key);
  // Always in the same order, so that for a screen reader nothing jumps about when somebody else speaks.
  const shown = size.width > 0 ? placed.sort((a, b) => order(a.subject.key) - order(b.subject.key)) : [];
  return (
    <section className="stage" ref={element} aria-label={t("call.stage")}>
      <ul className={shown.length > MOST_MOVING ? "tiles" : "tiles moving"} aria-label={t("call.people")}>
        {shown.map(({ subject, rect }) => {
          const participant = people.get(subject.identity);
          if (!participant) return null;
          const Shown = subject.kind === "share" ? ScreenShare : Tile;
          const isPinned = subject.key === scene.pinned;
          const isSpotlit = subject.kind === "person" && subject.identity === scene.spotlight;
          return <Shown key={subject.key} participant={participant} {...rect} {...{ isPinned, isSpotlit }} />;
        })}
      </ul>
      <LargeOne people={people} />
      <SelfViewBack />
      <Miniature />
      {pager && <Pager rect={pager} page={Math.min(page, pages - 1)} pages={pages} onTurn={setPage} />}
      <div className="stage-foot">
        <Captions />
        {people.size === 1 && !scene.subjects.some(({ kind }) => kind === "share") && <Alone />}
      </div>
    </section>
  );
}
