import type { EffectProblem } from "../../media/effects/choice";
import type { DeviceProblem } from "../../media/problems";
import { Observable } from "./observable";

export type Toast =
  | { kind: "joined" | "left" | "hand"; name: string }
  | { kind: "chat"; name: string; text: string; isPrivate: boolean }
  | { kind: "device"; device: "microphone" | "camera"; problem: DeviceProblem }
  | { kind: "effect"; problem: EffectProblem }
  | { kind: "share" | "refused" | "noise" };

export type ShownToast = Toast & { id: number };

/** Long enough to be read; an error stays longer, since it asks for something to be done. */
const SHOWN = 5_000;
const SHOWN_ERROR = 12_000;
/** More at once would cover the faces. */
const MOST = 3;

/** Short messages over the meeting that go away by themselves. */
export class Toasts {
  readonly shown = new Observable<readonly ShownToast[]>([]);
  private last = 0;

  readonly show = (toast: Toast): void => {
    const shown = { ...toast, id: ++this.last };
    this.shown.set([...this.shown.get(), shown].slice(-MOST));
    setTimeout(() => this.dismiss(shown.id), isError(toast) ? SHOWN_ERROR : SHOWN);
  };

  /** Those of a kind are seen elsewhere now. */
  drop(kind: Toast["kind"]): void {
    this.shown.set(this.shown.get().filter((toast) => toast.kind !== kind));
  }

  private dismiss(id: number): void {
    this.shown.set(this.shown.get().filter((toast) => toast.id !== id));
  }
}

export function isError({ kind }: Toast): boolean {
  return ERRORS.includes(kind);
}

const ERRORS: readonly Toast["kind"][] = ["device", "effect", "share", "refused", "noise"];
