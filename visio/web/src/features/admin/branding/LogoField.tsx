import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../../../design/Button";

/** Bytes; the server takes no more. */
const LARGEST = 32 * 1024;

interface Props {
  /** In base64; "" is ours. */
  logo: string;
  onChange: (logo: string) => void;
}

export function LogoField({ logo, onChange }: Props) {
  const { t } = useTranslation();
  const [tooLarge, setTooLarge] = useState(false);
  async function take(files: FileList | null) {
    const file = files?.[0];
    if (!file) return;
    setTooLarge(file.size > LARGEST);
    if (file.size <= LARGEST) onChange(base64(new Uint8Array(await file.arrayBuffer())));
  }
  return (
    <div className="field">
      <span className="label" id="logo-label">
        {t("admin.branding.logo")}
      </span>
      <div className="row" role="group" aria-labelledby="logo-label">
        <FileTrigger acceptedFileTypes={["image/svg+xml", "image/png"]} onSelect={(files) => void take(files)}>
          <Button>{t("admin.branding.chooseLogo")}</Button>
        </FileTrigger>
        {logo && <Button onPress={() => onChange("")}>{t("admin.branding.removeLogo")}</Button>}
      </div>
      <span className="hint">{t("admin.branding.logoHint")}</span>
      {tooLarge && (
        <span className="error" role="alert">
          {t("admin.branding.logoTooLarge")}
        </span>
      )}
    </div>
  );
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
