import { useTranslation } from "react-i18next";

/** Grey shapes where a list is about to be. */
export function Skeletons({ count, className = "", shape = "" }: { count: number; className?: string; shape?: string }) {
  const { t } = useTranslation();
  return (
    <div className={className} role="status">
      <span className="visually-hidden">{t("common.loading")}</span>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className={`skeleton ${shape}`} />
      ))}
    </div>
  );
}
