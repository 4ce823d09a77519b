import { Search } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button } from "../../design/Button";
import { TextField } from "../../design/TextField";
import "./search.css";

/** Goes to what is found. The words travel in the history's state: addresses are written into logs. */
export function SearchForm({ words = "" }: { words?: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState(words);
  function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = typed.trim();
    if (wanted) void navigate(SEARCH, { state: { words: wanted }, replace: words !== "" });
  }
  return (
    <Form className="search-form" role="search" onSubmit={submit}>
      <TextField
        label={t("search.label")}
        type="search"
        value={typed}
        onChange={setTyped}
        maxLength={200}
        autoComplete="off"
      />
      <Button type="submit" variant="soft" isDisabled={typed.trim() === ""}>
        <Search aria-hidden="true" />
        {t("search.action")}
      </Button>
    </Form>
  );
}

/** Where the page of what is found is. */
export const SEARCH = "/meetings/search";
