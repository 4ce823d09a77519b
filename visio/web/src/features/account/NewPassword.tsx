import { useTranslation } from "react-i18next";
import { TextField } from "../../design/TextField";

const SHORTEST = 12;

interface Props {
  chosen: string;
  again: string;
  onChoose: (password: string) => void;
  onRepeat: (password: string) => void;
}

/** A new password, typed twice. */
export function NewPassword({ chosen, again, onChoose, onRepeat }: Props) {
  const { t } = useTranslation();
  const different = again !== "" && again !== chosen;
  return (
    <>
      <TextField
        label={t("password.new")}
        hint={t("password.rule", { count: SHORTEST })}
        type="password"
        autoComplete="new-password"
        value={chosen}
        onChange={onChoose}
        minLength={SHORTEST}
        isRequired
      />
      <TextField
        label={t("password.again")}
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={onRepeat}
        error={different ? t("password.different") : undefined}
        isRequired
      />
    </>
  );
}
