import { type FormEvent, useState } from "react";
import { Form, Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Account } from "../../api/session";
import { Button } from "../../design/Button";
import { Checkbox } from "../../design/Checkbox";
import { keep, kept } from "../../design/kept";
import { TextField } from "../../design/TextField";
import { MicrophonePeople } from "../../media/MicrophonePeople";
import { signInPath } from "../account/AccountMenu";

export interface JoinChoice {
  /** Of a guest; a signed-in person has the account's name. */
  name?: string;
  sharedMicrophone: boolean;
  /** How many share it, where that is known. */
  microphonePeople: number | null;
}

interface Props {
  account: Account | null;
  /** Somebody inside has to let them in. */
  asks: boolean;
  joining: boolean;
  onJoin: (choice: JoinChoice) => void;
}

const NAME_KEY = "visio.name";

export function JoinForm({ account, asks, joining, onJoin }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(() => kept(NAME_KEY) ?? "");
  const [sharedMicrophone, setShared] = useState(false);
  const [microphonePeople, setPeople] = useState<number | null>(null);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (joining) return;
    if (!account) keep(NAME_KEY, name.trim());
    onJoin({ name: account ? undefined : name.trim(), sharedMicrophone, microphonePeople });
  }
  return (
    <Form className="join-form" onSubmit={submit}>
      {account ? (
        <p className="soft">{t("prejoin.as", { name: account.name })}</p>
      ) : (
        <TextField
          label={t("prejoin.name")}
          hint={t("prejoin.nameHint")}
          value={name}
          onChange={setName}
          autoComplete="name"
          maxLength={80}
          isRequired
        />
      )}
      <Checkbox
        label={t("prejoin.shared")}
        hint={t("prejoin.sharedHint")}
        isSelected={sharedMicrophone}
        onChange={setShared}
      />
      {sharedMicrophone && <MicrophonePeople people={microphonePeople} onChange={setPeople} />}
      <div className="join-bar">
        <Button type="submit" variant="primary" size="large" wide isBusy={joining}>
          {t(joining ? "prejoin.joining" : asks ? "prejoin.ask" : "prejoin.join")}
        </Button>
      </div>
      {!account && (
        <p className="small soft">
          {t("prejoin.haveAccount")} <Link href={signInPath(location.pathname)}>{t("account.signIn")}</Link>
        </p>
      )}
    </Form>
  );
}
