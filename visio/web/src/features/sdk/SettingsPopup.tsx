import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Navigate, useParams, useSearchParams } from "react-router";
import { type RoomDetails, settingsOf, useEditRoom, useRoom } from "../../api/rooms";
import { isUnfinished, useAccount } from "../../api/session";
import { Button } from "../../design/Button";
import { Loading } from "../../design/Loading";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";
import { CardPage } from "../../pages/CardPage";
import { signInPath } from "../account/AccountMenu";
import { RoomRules } from "../rooms/RoomRules";
import { slugIn } from "../rooms/slug";

/** A window with a room's rules, for its hosts. */
export function SettingsPopup() {
  const { slug } = useParams();
  const [search] = useSearchParams();
  const account = useAccount();
  const named = slugIn(slug ?? search.get("slug") ?? "") ?? "";
  if (account === undefined) return <Loading />;
  if (account === null || isUnfinished(account)) {
    return <Navigate to={signInPath(`/sdk/settings-popup/${named}`)} replace />;
  }
  return <Rules slug={named} />;
}

function Rules({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const { data: room, error } = useRoom(slug);
  if (!room && !error) return <Loading />;
  const hosts = room?.role === "owner" || room?.role === "administrator";
  return (
    <CardPage title={t("sdk.settings")} lead={room?.title}>
      <ProblemNotice error={error} />
      {room && (hosts ? <RulesForm room={room} /> : <Notice tone="warning">{t("sdk.notHost")}</Notice>)}
    </CardPage>
  );
}

function RulesForm({ room }: { room: RoomDetails }) {
  const { t } = useTranslation();
  const [settings, setSettings] = useState(() => settingsOf(room));
  const edit = useEditRoom(room.slug);
  function submit(event: FormEvent) {
    event.preventDefault();
    edit.mutate(settings, { onSuccess: () => window.close() });
  }
  return (
    <Form className="dialog-form" onSubmit={submit}>
      <ProblemNotice error={edit.error} />
      {edit.isSuccess && <Notice tone="success">{t("sdk.saved")}</Notice>}
      <RoomRules settings={settings} onChange={(change) => setSettings({ ...settings, ...change })} />
      <div className="dialog-actions">
        <Button onPress={() => window.close()}>{t("common.close")}</Button>
        <Button type="submit" variant="primary" isBusy={edit.isPending}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}
