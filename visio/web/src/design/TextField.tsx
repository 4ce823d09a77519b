import {
  FieldError,
  Input,
  Label,
  Text,
  TextField as AriaTextField,
  type TextFieldProps,
} from "react-aria-components";
import "./Field.css";

interface Props extends TextFieldProps {
  label: string;
  hint?: string;
  placeholder?: string;
  error?: string;
}

export function TextField({ label, hint, placeholder, error, ...props }: Props) {
  return (
    <AriaTextField {...props} className="field" isInvalid={error ? true : props.isInvalid}>
      <Label>{label}</Label>
      <Input className="input" placeholder={placeholder} />
      {hint && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error">{error}</FieldError>
    </AriaTextField>
  );
}
