import { useTranslation } from "react-i18next";
import { Problem } from "../api/request";
import { Notice } from "./Notice";

interface Props {
  error: unknown;
  /** Codes that mean something more precise here. */
  named?: Readonly<Record<string, string>>;
}

/** A refusal of the server in the person's language; nothing when there is no error. */
export function ProblemNotice({ error, named = {} }: Props) {
  const { t } = useTranslation();
  if (!error) return null;
  const said = error instanceof Problem ? error.code : "unknown";
  const code = named[said] ?? said;
  return (
    <Notice tone="error" title={t([`problems.${code}.title`, "problems.unknown.title"])}>
      {t([`problems.${code}.advice`, "problems.unknown.advice"])}
    </Notice>
  );
}
