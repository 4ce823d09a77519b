import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Branding } from "../../../api/config";
import { Button } from "../../../design/Button";
import { IconButton } from "../../../design/IconButton";
import { TextField } from "../../../design/TextField";

const MOST = 8;

interface Props {
  links: Branding["links"];
  onChange: (links: Branding["links"]) => void;
}

/** The pages that the law wants linked, each named in both languages. */
export function LinksFields({ links, onChange }: Props) {
  const { t } = useTranslation();
  function change(index: number, part: Partial<Branding["links"][number]>) {
    onChange(links.map((link, at) => (at === index ? { ...link, ...part } : link)));
  }
  return (
    <div className="link-fields">
      {links.map((link, index) => (
        <div key={index} className="link-fields-row" role="group" aria-label={t("admin.branding.link", { number: index + 1 })}>
          <TextField
            label={t("admin.branding.linkFr")}
            value={link.fr}
            onChange={(fr) => change(index, { fr })}
            maxLength={60}
            isRequired
          />
          <TextField
            label={t("admin.branding.linkEn")}
            value={link.en}
            onChange={(en) => change(index, { en })}
            maxLength={60}
            isRequired
          />
          <TextField
            label={t("admin.branding.linkUrl")}
            type="url"
            value={link.url}
            onChange={(url) => change(index, { url })}
            pattern="https?://\S+"
            maxLength={500}
            isRequired
          />
          <IconButton
            label={t("admin.branding.removeLink", { number: index + 1 })}
            icon={<Trash2 />}
            onPress={() => onChange(links.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {links.length < MOST && (
        <Button onPress={() => onChange([...links, { url: "", fr: "", en: "" }])}>
          <Plus aria-hidden="true" />
          {t("admin.branding.addLink")}
        </Button>
      )}
    </div>
  );
}
