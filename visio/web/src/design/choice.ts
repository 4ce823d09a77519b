import { useSyncExternalStore } from "react";
import { keep, kept } from "./kept";

/** One of a few values that a person chose in this browser; the first where nothing was chosen. */
export class Choice<Value extends string> {
  private readonly listeners = new Set<() => void>();
  private chosen: Value | undefined;

  constructor(
    private readonly name: string,
    readonly values: readonly [Value, ...Value[]],
  ) {}

  readonly get = (): Value => {
    // What the browser refuses to keep counts until the page is left.
    if (this.chosen !== undefined) return this.chosen;
    const stored = kept(this.name);
    return this.values.find((value) => value === stored) ?? this.values[0];
  };

  choose(value: Value): void {
    this.chosen = value;
    keep(this.name, value);
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

export function useChoice<Value extends string>(choice: Choice<Value>): Value {
  return useSyncExternalStore(choice.subscribe, choice.get);
}
