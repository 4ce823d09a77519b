import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button } from "../../design/Button";
import { TextField } from "../../design/TextField";
import { slugIn } from "./slug";
import "./JoinByCode.css";

/** Opens the room of a code, or of a whole link pasted in its place. */
export function JoinByCode({ label }: { label: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState(false);
  function submit(event: FormEvent) {
    event.preventDefault();
    const slug = slugIn(typed);
    setWrong(slug === undefined);
    if (slug) void navigate(`/${slug}`);
  }
  return (
    <Form className="join-by-code" onSubmit={submit}>
      <TextField
        label={label}
        placeholder={t("join.placeholder")}
        value={typed}
        onChange={(text) => {
          setTyped(text);
          setWrong(false);
        }}
        error={wrong ? t("join.wrong") : undefined}
        autoComplete="off"
        spellCheck="false"
      />
      <Button type="submit" variant="soft" isDisabled={typed.trim() === ""}>
        {t("join.action")}
      </Button>
    </Form>
  );
}
