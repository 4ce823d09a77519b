import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Person, type Proof, useErase } from "../../../api/people";
import { Button } from "../../../design/Button";
import { Checkbox } from "../../../design/Checkbox";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";

interface Props {
  person: Person;
  onErased: (proof: Proof) => void;
  onClose: () => void;
}

/** Cannot be taken back: whoever does it writes down whom they mean. */
export function EraseDialog({ person, onErased, onClose }: Props) {
  const { t } = useTranslation();
  const erase = useErase(person.id);
  const [email, setEmail] = useState("");
  const [words, setWords] = useState(false);
  const meant = email.trim().toLowerCase() === person.email;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (meant && !erase.isPending) erase.mutate({ email, words }, { onSuccess: onErased });
  }
  return (
    <Modal title={t("admin.people.eraseTitle", { name: person.name })} role="alertdialog" isOpen onClose={onClose}>
      <Form className="people-form" onSubmit={submit}>
        <p className="soft">{t("admin.people.eraseText")}</p>
        <TextField
          label={t("admin.people.eraseEmail", { email: person.email })}
          value={email}
          onChange={setEmail}
          autoComplete="off"
          autoFocus
        />
        <Checkbox
          label={t("admin.people.eraseWords")}
          hint={t("admin.people.eraseWordsHint")}
          isSelected={words}
          onChange={setWords}
        />
        <ProblemNotice error={erase.error} />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="danger" isDisabled={!meant} isBusy={erase.isPending}>
            {t("admin.people.erase")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
