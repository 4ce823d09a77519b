import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLook, useSaveLook, useUndoLook } from "../../../api/branding";
import { Button } from "../../../design/Button";
import { Loading } from "../../../design/Loading";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { LookForm } from "./LookForm";
import "./branding.css";

/** What the service is called and looks like. */
export default function BrandingPage() {
  const { t } = useTranslation();
  const { data, error } = useLook();
  const save = useSaveLook();
  const undo = useUndoLook();
  const [done, setDone] = useState<"saved" | "undone">();
  return (
    <>
      <div className="admin-head">
        <div>
          <h1>{t("admin.branding.title")}</h1>
          <p className="soft">{t("admin.branding.lead")}</p>
        </div>
        {data && data.id !== null && (
          <Button isBusy={undo.isPending} onPress={() => undo.mutate(undefined, { onSuccess: () => setDone("undone") })}>
            {t("admin.branding.undo")}
          </Button>
        )}
      </div>
      <ProblemNotice error={error ?? undo.error} />
      {done && <Notice tone="success">{t(`admin.branding.${done}`)}</Notice>}
      {data ? (
        // Another look is in force: the form begins with it.
        <LookForm key={data.id} look={data} save={save} onSaved={() => setDone("saved")} />
      ) : (
        !error && <Loading />
      )}
    </>
  );
}
