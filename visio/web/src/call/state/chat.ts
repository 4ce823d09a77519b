import { type Room, RoomEvent } from "livekit-client";
import {
  type Addressee,
  deleteMessage,
  type Message,
  type Messages,
  readFile,
  readMessages,
  sendFile,
  sendMessage,
} from "../../api/chat";
import { Problem } from "../../api/request";
import { Observable } from "./observable";

/** A message as it is shown; ours while it is on its way, or did not arrive (`failure` is why, in the server's word). */
export interface ChatLine extends Message {
  sending?: boolean;
  failure?: string;
  /** Ours that it brings along, until the server has it. */
  upload?: File;
}

export interface Draft {
  text: string;
  to: Addressee | null;
}

/** The topic that LiveKit's own components use, so that other clients understand each other. */
const TOPIC = "lk.chat";
/** What the server takes in no message, and people paste without seeing it: control characters, turned directions. */
const REFUSED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;
/** Bytes that the server takes. */
const LARGEST_FILE = 8 * 1024 * 1024;
const LONGEST_NAME = 255;
const PIECE = 0x2000;
/** Of the packets in which the server says what was deleted. */
const NEWS = "visio.chat";

/** The meeting's chat: the server keeps it for those who come later, and sends on what is new. */
export class Chat {
  /** The oldest first. */
  readonly lines = new Observable<readonly ChatLine[]>([]);
  /** What came last from somebody else while we were there. */
  readonly newest = new Observable<ChatLine | undefined>(undefined);
  /** The ids of others' messages that came since the panel was last open. */
  readonly unread = new Observable<readonly string[]>([]);
  /** Where the first of them is, while the panel shows it. */
  readonly mark = new Observable<string | undefined>(undefined);
  /** Where older messages go on; null at the beginning. */
  readonly earlier = new Observable<string | null>(null);
  /** What was there before could not be asked for. */
  readonly incomplete = new Observable(false);
  readonly draft = new Observable<Draft>({ text: "", to: null });
  private isOpen = false;
  private known = false;

  constructor(
    private readonly room: Room,
    private readonly slug: string,
    private readonly token: string,
  ) {
    room.registerTextStreamHandler(TOPIC, async (reader, { identity }) => {
      const text = await reader.readAll();
      const { id, timestamp, attributes = {} } = reader.info;
      const { "visio.name": name, "visio.to": to, "visio.to_name": toName = "" } = attributes;
      const { "visio.file": file, "visio.file_size": size } = attributes;
      this.receive({
        id,
        identity,
        name: name || room.getParticipantByIdentity(identity)?.name || identity,
        mine: false,
        text,
        sent_at: timestamp,
        to: to ? { identity: to, name: toName } : null,
        file: file ? { name: file, size: Number(size) } : null,
      });
    });
    room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      // What has a sender is not from the server, whatever it is called.
      if (topic !== NEWS || participant) return;
      this.forget((JSON.parse(new TextDecoder().decode(payload)) as { deleted: string }).deleted);
    });
    // What was said, or taken back, meanwhile.
    room.on(RoomEvent.Reconnected, () => void this.load());
  }

  /** Asks for the newest messages. Those that were there when we came are not unread. */
  async load(): Promise<void> {
    const before = this.lines.get();
    const page = await this.ask();
    if (!page) return;
    const oldest = page.next === null ? -Infinity : (page.messages.at(-1)?.sent_at ?? -Infinity);
    const there = new Set(page.messages.map(({ id }) => id));
    const gone = before.filter((line) => !isOurs(line) && line.sent_at > oldest && !there.has(line.id));
    for (const { id } of gone) this.forget(id);
    const seen = new Set(before.map(({ id }) => id));
    const others = page.messages.filter(({ id, mine }) => !mine && !seen.has(id)).map(({ id }) => id);
    if (this.known) this.note(others.reverse());
    else this.earlier.set(page.next);
    this.known = true;
    this.add(...page.messages);
  }

  async loadEarlier(): Promise<void> {
    const after = this.earlier.get();
    const page = after && (await this.ask(after));
    if (!page) return;
    this.earlier.set(page.next);
    this.add(...page.messages);
  }

  /** Shows it at once; whether it arrived, its line says. */
  async send({ text: typed, to }: Draft): Promise<void> {
    const text = typed.replace(REFUSED, "").trim();
    if (text !== "") await this.deliver({ ...this.own(text, to), file: null });
  }

  async give(upload: File, to: Addressee | null): Promise<void> {
    const { name, size } = upload;
    const line = { ...this.own(name, to), file: { name, size }, upload };
    if (size > LARGEST_FILE) this.add({ ...line, failure: "file_too_large" });
    else await this.deliver(line);
  }

  take(id: string): Promise<Blob> {
    return readFile(this.slug, this.token, id);
  }

  /** Sends again what did not arrive. */
  async retry({ failure: _, ...line }: ChatLine): Promise<void> {
    await this.deliver(line);
  }

  /** Gives up what did not arrive. */
  discard(id: string): void {
    this.forget(id);
  }

  async remove(id: string): Promise<void> {
    await deleteMessage(this.slug, this.token, id);
    this.forget(id);
  }

  /** The panel is on the screen, or no longer: then all of it has been read. */
  setOpen(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.mark.set(isOpen ? this.unread.get()[0] : undefined);
    this.unread.set([]);
  }

  private async deliver(line: ChatLine): Promise<void> {
    this.add({ ...line, sending: true });
    try {
      this.add(await this.post(line));
    } catch (error) {
      this.add({ ...line, failure: error instanceof Problem ? error.code : "unknown" });
    }
  }

  private own(text: string, to: Addressee | null) {
    const { identity, name = "" } = this.room.localParticipant;
    return { id: crypto.randomUUID(), identity, name, mine: true, text, sent_at: Date.now(), to };
  }

  private async post({ id, text, to: addressee, upload }: ChatLine): Promise<Message> {
    const to = addressee?.identity ?? null;
    if (!upload) return sendMessage(this.slug, this.token, { id, text, to });
    const content = base64(await upload.arrayBuffer());
    return sendFile(this.slug, this.token, { id, name: upload.name.slice(-LONGEST_NAME), content, to });
  }

  private async ask(after?: string): Promise<Messages | undefined> {
    try {
      const page = await readMessages(this.slug, this.token, after);
      this.incomplete.set(false);
      return page;
    } catch {
      this.incomplete.set(true);
      return undefined;
    }
  }

  private receive(line: ChatLine): void {
    if (this.lines.get().some(({ id }) => id === line.id)) return;
    this.add(line);
    this.note([line.id]);
    this.newest.set(line);
  }

  /** Others' messages that are new. */
  private note(ids: string[]): void {
    if (!this.isOpen) this.unread.set([...this.unread.get(), ...ids]);
  }

  private forget(id: string): void {
    this.lines.set(this.lines.get().filter((line) => line.id !== id));
    this.unread.set(this.unread.get().filter((one) => one !== id));
  }

  private add(...added: ChatLine[]): void {
    this.lines.set(mergeLines(this.lines.get(), added));
  }
}

/** Each id once, as it was said last; in the order of the server's clock, ours that it has not seen at the end. */
export function mergeLines(lines: readonly ChatLine[], added: readonly ChatLine[]): ChatLine[] {
  const byId = new Map([...lines, ...added].map((line) => [line.id, line]));
  const rank = (line: ChatLine) => (isOurs(line) ? 1 : 0);
  return [...byId.values()].sort(
    (a, b) => rank(a) - rank(b) || a.sent_at - b.sent_at || (a.id < b.id ? -1 : 1),
  );
}

/** In pieces: no function takes millions of arguments. */
function base64(buffer: ArrayBuffer): string {
  const bytes = new Uint8Array(buffer);
  let binary = "";
  for (let start = 0; start < bytes.length; start += PIECE) {
    binary += String.fromCharCode(...bytes.subarray(start, start + PIECE));
  }
  return btoa(binary);
}

/** Whether the server does not have it. */
export function isOurs({ sending, failure }: ChatLine): boolean {
  return sending === true || failure !== undefined;
}
