import { type RoomSettings, settingsOf } from "../../api/rooms";

/** What a participant answered when asked whether what they say may be written down. */
export type Consent = "" | "granted" | "refused";

/** What the server says about a participant beside the name (their LiveKit attributes). */
export interface Person {
  role: "owner" | "administrator" | "member" | "guest";
  consent: Consent;
  sharedMicrophone: boolean;
  /** How many share it, where that was said. */
  microphonePeople: number | null;
  /** The place in the queue of raised hands, lower is earlier; null while the hand is down. */
  hand: number | null;
}

/** What the server says about the room (its LiveKit metadata). */
export interface RoomState {
  settings: RoomSettings;
  title: string;
  meeting: string | undefined;
  transcription: "on" | "off";
  /** The identity of who is in front for everybody. */
  spotlight: string | undefined;
}

export function personOf(attributes: Readonly<Record<string, string>>): Person {
  const role = attributes["visio.role"] ?? "";
  const consent = attributes["visio.consent"] ?? "";
  return {
    role: role === "owner" || role === "administrator" || role === "member" ? role : "guest",
    consent: consent === "granted" || consent === "refused" ? consent : "",
    sharedMicrophone: attributes["visio.shared_microphone"] === "true",
    microphonePeople: Number(attributes["visio.microphone_people"] ?? "") || null,
    hand: Number(attributes["visio.hand"] ?? "") || null,
  };
}

/** Metadata that is not ours, or not there yet, is a room without a title that is not transcribed. */
export function roomStateOf(metadata: string | undefined): RoomState {
  const read = parse(metadata);
  return {
    title: typeof read.title === "string" ? read.title : "",
    meeting: typeof read.meeting === "string" && read.meeting !== "" ? read.meeting : undefined,
    transcription: read.transcription === "on" ? "on" : "off",
    spotlight: typeof read.spotlight === "string" && read.spotlight !== "" ? read.spotlight : undefined,
    settings: settingsOf(read),
  };
}

/** Whether a person has to be asked now. */
export function mustAnswer(transcription: RoomState["transcription"], consent: Consent): boolean {
  return transcription === "on" && consent === "";
}

/** Whether somebody may write in the chat. */
export function mayWrite({ chat }: RoomSettings, role: Person["role"]): boolean {
  return chat === "everyone" || (chat === "hosts" && mayDirect(role));
}

export function mayDirect(role: Person["role"]): boolean {
  return role === "owner" || role === "administrator";
}

/** Whether one may change another's role so, or send them away; owners are made and unmade by owners. */
export function mayGive(giver: Person["role"], before: Person["role"], after: Person["role"] | undefined): boolean {
  return giver === "owner" || (giver === "administrator" && before !== "owner" && after !== "owner");
}

function parse(metadata: string | undefined): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(metadata ?? "");
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
