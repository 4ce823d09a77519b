import { keep, kept } from "../../design/kept";
import { Observable } from "./observable";

/** One of a few, chosen by the person and kept for the next meetings. */
export class KeptChoice<Value extends string> extends Observable<Value> {
  constructor(
    private readonly name: string,
    choices: readonly Value[],
    otherwise: Value,
  ) {
    super(choices.find((choice) => choice === kept(name)) ?? otherwise);
  }

  override set(value: Value): void {
    keep(this.name, value);
    super.set(value);
  }
}
