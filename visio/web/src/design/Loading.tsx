import { useTranslation } from "react-i18next";
import { Spinner } from "./Spinner";
import "./Loading.css";

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="loading" role="status">
      <Spinner />
      <h1>{t("common.loading")}</h1>
    </div>
  );
}
