import { FieldError, Label, Text, TextArea as AriaTextArea, TextField, type TextFieldProps } from "react-aria-components";
import "./Field.css";

interface Props extends TextFieldProps {
  label: string;
  hint?: string;
  rows?: number;
}

/** Several lines of text. */
export function TextArea({ label, hint, rows = 3, ...props }: Props) {
  return (
    <TextField {...props} className="field">
      <Label>{label}</Label>
      <AriaTextArea className="input" rows={rows} />
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error" />
    </TextField>
  );
}
