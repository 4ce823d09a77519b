import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useAddMember } from "../../api/members";
import type { Role } from "../../api/rooms";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Select } from "../../design/Select";
import { TextField } from "../../design/TextField";

const ROLES: Role[] = ["member", "administrator", "owner"];

/** Gives somebody who has an account a role in the room. */
export function AddMember({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const add = useAddMember(slug);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  function submit(event: FormEvent) {
    event.preventDefault();
    add.mutate({ email: email.trim(), role }, { onSuccess: () => setEmail("") });
  }
  return (
    <Form className="add-member" onSubmit={submit}>
      <TextField label={t("members.email")} type="email" value={email} onChange={setEmail} isRequired />
      <Select
        label={t("members.role")}
        value={role}
        options={ROLES.map((one) => ({ id: one, name: t(`members.roles.${one}`) }))}
        onChange={(chosen) => setRole(chosen as Role)}
      />
      <Button type="submit" variant="primary" isBusy={add.isPending}>
        {t("members.add")}
      </Button>
      <ProblemNotice error={add.error} />
    </Form>
  );
}
