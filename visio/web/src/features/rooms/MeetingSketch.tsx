import { Captions, Mic, MicOff, Phone, ScreenShare, Video } from "lucide-react";
import "./MeetingSketch.css";

const PEOPLE = [
  { initials: "CM", hue: 0, speaking: true },
  { initials: "AD", hue: 2 },
  { initials: "LP", hue: 3 },
  { initials: "NB", hue: 5, muted: true },
];

/** A drawing of a meeting, made of the same colours as a real one. Decoration only. */
export function MeetingSketch() {
  return (
    <div className="sketch" aria-hidden="true">
      <div className="sketch-tiles">
        {PEOPLE.map((person) => (
          <div key={person.initials} className={`sketch-tile hue-${person.hue} ${person.speaking ? "speaking" : ""}`}>
            <span className="sketch-face">{person.initials}</span>
            <span className="sketch-mic">{person.muted ? <MicOff /> : <Mic />}</span>
          </div>
        ))}
      </div>
      <div className="sketch-line">
        <span className="sketch-face hue-0">{PEOPLE[0]?.initials}</span>
        <span className="sketch-words">
          <i />
          <i />
        </span>
      </div>
      <div className="sketch-bar">
        <span><Mic /></span>
        <span><Video /></span>
        <span><ScreenShare /></span>
        <span><Captions /></span>
        <span className="leave"><Phone /></span>
      </div>
    </div>
  );
}
