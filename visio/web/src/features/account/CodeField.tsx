import { useTranslation } from "react-i18next";
import { TextField } from "../../design/TextField";

interface Props {
  value: string;
  onChange: (code: string) => void;
  hint?: string;
  autoFocus?: boolean;
}

/** For a code of the authenticator. */
export function CodeField({ hint, ...props }: Props) {
  const { t } = useTranslation();
  return (
    <TextField {...props} label={t("factor.code")} hint={hint} autoComplete="one-time-code" maxLength={64} isRequired />
  );
}
