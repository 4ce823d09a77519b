import { type Choice, useChoice } from "../../../design/choice";
import { Select } from "../../../design/Select";

/** A choice of this browser; `names` says what its values are called. */
export function Choose<Value extends string>({ choice, label, names }: {
  choice: Choice<Value>;
  label: string;
  names: (value: Value) => string;
}) {
  return (
    <Select
      label={label}
      value={useChoice(choice)}
      options={choice.values.map((id) => ({ id, name: names(id) }))}
      onChange={(value) => choice.choose(value as Value)}
    />
  );
}
