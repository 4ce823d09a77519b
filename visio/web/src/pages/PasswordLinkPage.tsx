import { type FormEvent, useEffect, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type PasswordLink, useChoosePassword, usePasswordLink } from "../api/links";
import { Button, ButtonLink } from "../design/Button";
import { Loading } from "../design/Loading";
import { Notice } from "../design/Notice";
import { ProblemNotice } from "../design/ProblemNotice";
import { NewPassword } from "../features/account/NewPassword";
import { CardPage } from "./CardPage";

/** Where a mailed link leads: choose a password. */
export default function PasswordLinkPage() {
  const { t } = useTranslation();
  const [token] = useState(() => window.location.hash.slice(1));
  // Out of the address bar and the history: whoever comes later finds nothing.
  useEffect(() => window.history.replaceState(null, "", window.location.pathname), []);
  const link = usePasswordLink(token);
  if (link.error) {
    return (
      <CardPage title={t("link.title")}>
        <div className="stack">
          <ProblemNotice error={link.error} named={{ invalid_fields: "link_spent" }} />
          <ButtonLink href="/forgotten" variant="primary">
            {t("forgotten.title")}
          </ButtonLink>
        </div>
      </CardPage>
    );
  }
  return link.data ? <Choice token={token} link={link.data} /> : <Loading />;
}

function Choice({ token, link }: { token: string; link: PasswordLink }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState("");
  const [again, setAgain] = useState("");
  const choose = useChoosePassword();
  function submit(event: FormEvent) {
    event.preventDefault();
    if (again === chosen) choose.mutate({ token, password: chosen });
  }
  if (choose.isSuccess) {
    return (
      <CardPage title={t("link.title")}>
        <div className="stack">
          <Notice tone="success">{t("link.done")}</Notice>
          <ButtonLink href="/login" variant="primary" size="large" wide>
            {t("account.signIn")}
          </ButtonLink>
        </div>
      </CardPage>
    );
  }
  const lead = link.purpose === "invitation" ? "link.invitation" : "link.reset";
  return (
    <CardPage title={t("link.title")} lead={t(lead, { name: link.name, email: link.email })}>
      <Form onSubmit={submit}>
        <ProblemNotice error={choose.error} />
        <NewPassword chosen={chosen} again={again} onChoose={setChosen} onRepeat={setAgain} />
        <Button type="submit" variant="primary" size="large" wide isBusy={choose.isPending}>
          {t("link.save")}
        </Button>
      </Form>
    </CardPage>
  );
}
