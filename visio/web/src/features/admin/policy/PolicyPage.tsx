import { useTranslation } from "react-i18next";
import { useConfig } from "../../../api/config";
import { Loading } from "../../../design/Loading";
import { PolicyForm } from "./PolicyForm";

/** What the instance allows its rooms. */
export default function PolicyPage() {
  const { t } = useTranslation();
  const config = useConfig();
  return (
    <>
      <h1>{t("admin.policy.title")}</h1>
      <p className="soft">{t("admin.policy.lead")}</p>
      {config ? <PolicyForm policy={config.policy} /> : <Loading />}
    </>
  );
}
