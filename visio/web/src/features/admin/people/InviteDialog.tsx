import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useInvite } from "../../../api/people";
import { Button } from "../../../design/Button";
import { Checkbox } from "../../../design/Checkbox";
import { Modal } from "../../../design/Modal";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Select } from "../../../design/Select";
import { TextField } from "../../../design/TextField";

const LANGUAGES = ["fr", "en"];

/** A new account; its holder chooses a password by a link that is mailed. Stays for the next one. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const invite = useInvite();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [administrator, setAdministrator] = useState(false);
  const [language, setLanguage] = useState(i18n.language === "en" ? "en" : "fr");
  function submit(event: FormEvent) {
    event.preventDefault();
    invite.mutate(
      { email: email.trim(), name: name.trim(), administrator, language },
      {
        onSuccess: () => {
          setEmail("");
          setName("");
          setAdministrator(false);
        },
      },
    );
  }
  return (
    <Modal title={t("admin.people.inviteTitle")} isOpen onClose={onClose}>
      <Form className="people-form" onSubmit={submit}>
        <TextField
          label={t("account.email")}
          type="email"
          value={email}
          onChange={setEmail}
          maxLength={254}
          isRequired
          autoFocus
        />
        <TextField
          label={t("admin.people.name")}
          hint={t("admin.people.nameHint")}
          value={name}
          onChange={setName}
          maxLength={100}
        />
        <Select
          label={t("admin.people.language")}
          value={language}
          options={LANGUAGES.map((id) => ({ id, name: t(`languages.${id}`) }))}
          onChange={setLanguage}
        />
        <Checkbox
          label={t("admin.people.asAdministrator")}
          hint={t("admin.people.promoteText")}
          isSelected={administrator}
          onChange={setAdministrator}
        />
        <ProblemNotice error={invite.error} />
        {invite.data && <Notice tone="success">{t("admin.people.invited", { email: invite.data.email })}</Notice>}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.close")}</Button>
          <Button type="submit" variant="primary" isBusy={invite.isPending}>
            {t("admin.people.send")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
