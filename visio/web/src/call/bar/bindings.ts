/** What can be done by a shortcut, and the one it has until a person chooses another; "" is none. */
export const DEFAULTS = {
  microphone: "mod+d",
  camera: "mod+e",
  hand: "mod+shift+h",
  reactions: "",
  chat: "",
  people: "",
  transcript: "",
  captions: "",
  leave: "",
} as const;

export type Action = keyof typeof DEFAULTS;

/** Keys as `comboOf` writes them, "" for none. */
export type Bindings = Readonly<Record<Action, string>>;

export const ACTIONS = Object.keys(DEFAULTS) as Action[];

type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/**
 * The keys of an event, as "mod+shift+h"; "mod" is Ctrl or Cmd. Undefined for what is no shortcut: single letters, which
 * people type, and AltGr, which Windows reports as Ctrl with Alt.
 */
export function comboOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Keys): string | undefined {
  const mod = ctrlKey !== metaKey;
  const isFunction = /^F([1-9]|1[0-2])$/.test(key);
  if ((mod && altKey) || (ctrlKey && metaKey)) return undefined;
  if (!isFunction && ((!mod && !altKey) || !/^[^\s+]$/u.test(key))) return undefined;
  return [mod && "mod", altKey && "alt", shiftKey && "shift", key.toLowerCase()].filter(Boolean).join("+");
}

/** What was kept, as far as it can still be used. */
export function bindingsOf(stored: string | undefined): Bindings {
  const read = parse(stored);
  const bindings: Record<Action, string> = { ...DEFAULTS };
  for (const action of ACTIONS) {
    const combo = read[action];
    if (typeof combo === "string" && (combo === "" || isCombo(combo))) bindings[action] = combo;
  }
  // Nobody chose two actions for the same keys; whoever wrote that did not do it here.
  const twice = ACTIONS.some((action) => takenBy(bindings, action, bindings[action]));
  return twice ? DEFAULTS : bindings;
}

/** The other action that has these keys. */
export function takenBy(bindings: Bindings, action: Action, combo: string): Action | undefined {
  return combo === "" ? undefined : ACTIONS.find((other) => other !== action && bindings[other] === combo);
}

/** Whether the browser keeps these keys to itself, or everybody needs them to write. */
export function isReserved(combo: string): boolean {
  return RESERVED.has(combo);
}

/** How keys are written on this kind of system. */
export function written(combo: string, apple: boolean): string {
  const parts = combo.split("+").map((part) => (apple ? APPLE : OTHER)[part] ?? part.toUpperCase());
  return parts.join(apple ? " " : " + ");
}

function isCombo(combo: string): boolean {
  return COMBO.test(combo) && !isReserved(combo);
}

function parse(stored: string | undefined): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(stored ?? "");
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const COMBO = /^((mod|alt)\+(shift\+)?([^\s+]|f([1-9]|1[0-2]))|(shift\+)?f([1-9]|1[0-2]))$/u;

const APPLE: Record<string, string> = { mod: "⌘", alt: "⌥", shift: "⇧" };
const OTHER: Record<string, string> = { mod: "Ctrl", alt: "Alt", shift: "⇧" };

const RESERVED = new Set([
  ..."acfhlnopqrstvwxyz".split("").map((letter) => `mod+${letter}`),
  ..."invtwjcpqz".split("").map((letter) => `mod+shift+${letter}`),
  ...["mod+0", "mod+-", "mod+=", "alt+f4", "f1", "f5", "f6", "f11", "f12"],
]);
