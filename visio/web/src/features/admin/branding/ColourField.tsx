import { useTranslation } from "react-i18next";
import { TextField } from "../../../design/TextField";
import { colourOf } from "./colour";

interface Props {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

/** A colour by its number, or out of the browser's own choice. */
export function ColourField({ label, hint, value, onChange }: Props) {
  const { t } = useTranslation();
  const colour = colourOf(value);
  return (
    <div className="colour-field">
      <TextField
        label={label}
        hint={hint}
        value={value}
        onChange={onChange}
        error={colour === undefined ? t("admin.branding.noColour") : undefined}
        placeholder="#000091"
        autoComplete="off"
        spellCheck="false"
      />
      <input
        type="color"
        aria-label={t("admin.branding.choose", { label })}
        value={colour || OURS}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

const OURS = "#000091";
