import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Look, useLookAt, type useSaveLook } from "../../../api/branding";
import { Button } from "../../../design/Button";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";
import { colourOf } from "./colour";
import { ColourField } from "./ColourField";
import { LinksFields } from "./LinksFields";
import { LogoField } from "./LogoField";
import { LookPreview } from "./LookPreview";

interface Props {
  look: Look;
  /** The page's own: once it is done, another form stands in the place of this one. */
  save: ReturnType<typeof useSaveLook>;
  onSaved: () => void;
}

/** Changes what is in force, after a look at it. */
export function LookForm({ look, save, onSaved }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Look>(() => pick(look));
  const accent = colourOf(draft.accent);
  const accentDark = accent === "" ? "" : colourOf(draft.accent_dark);
  const seen = useLookAt({ accent: accent ?? "", accent_dark: accentDark ?? "", logo: draft.logo });
  const faults = seen.data?.faults ?? [];
  const isGood = accent !== undefined && accentDark !== undefined && faults.length === 0 && !seen.error;
  function change(part: Partial<Look>) {
    setDraft((before) => ({ ...before, ...part }));
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isGood) save.mutate({ ...draft, accent, accent_dark: accentDark }, { onSuccess: onSaved });
  }
  return (
    <Form className="look-form" onSubmit={submit}>
      <section className="card padded" aria-labelledby="look-name">
        <h2 id="look-name">{t("admin.branding.identity")}</h2>
        <TextField
          label={t("admin.branding.name")}
          value={draft.name}
          onChange={(name) => change({ name })}
          maxLength={60}
          isRequired
        />
        <LogoField logo={draft.logo} onChange={(logo) => change({ logo })} />
        <ColourField
          label={t("admin.branding.accent")}
          hint={t("admin.branding.accentHint")}
          value={draft.accent}
          onChange={(value) => change({ accent: value })}
        />
        <ColourField
          label={t("admin.branding.accentDark")}
          hint={t("admin.branding.accentDarkHint")}
          value={draft.accent_dark}
          onChange={(value) => change({ accent_dark: value })}
        />
        {faults.map(({ theme, contrast }) => (
          <Notice key={theme} tone="error" title={t(`admin.branding.faint.${theme}`)}>
            {t("admin.branding.faintWhy", { contrast })}
          </Notice>
        ))}
        <ProblemNotice error={seen.error} />
      </section>
      <section className="card padded" aria-labelledby="look-footer">
        <h2 id="look-footer">{t("admin.branding.footer")}</h2>
        <LinksFields links={draft.links} onChange={(links) => change({ links })} />
        {(["footer_fr", "footer_en"] as const).map((name) => (
          <TextField
            key={name}
            label={t(`admin.branding.${name}`)}
            value={draft[name]}
            onChange={(text) => change({ [name]: text })}
            maxLength={500}
          />
        ))}
      </section>
      <section className="card padded" aria-labelledby="look-preview">
        <h2 id="look-preview">{t("admin.branding.preview")}</h2>
        <LookPreview look={draft} seen={seen.data} />
      </section>
      <ProblemNotice error={save.error} />
      <div className="row">
        <Button type="submit" variant="primary" isDisabled={!isGood} isBusy={save.isPending}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}

function pick({ name, accent, accent_dark, links, footer_fr, footer_en, logo }: Look): Look {
  return { name, accent, accent_dark, links, footer_fr, footer_en, logo };
}
