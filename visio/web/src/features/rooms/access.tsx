import { Building2, Globe, Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePolicy } from "../../api/policy";
import type { Access } from "../../api/rooms";
import type { Choice } from "../../design/RadioCards";

const ICONS = { restricted: Lock, trusted: Building2, public: Globe };
const LEVELS: Access[] = ["restricted", "trusted", "public"];

/** The levels of access that a room may get, or has, with their explanations, the most careful first. */
export function useAccessChoices(has?: Access): Choice<Access>[] {
  const { t } = useTranslation();
  const { access } = usePolicy();
  return LEVELS.filter((level) => level === has || access.includes(level)).map((value) => {
    const Icon = ICONS[value];
    return {
      value,
      title: t(`access.${value}.title`),
      explanation: t(`access.${value}.explanation`),
      icon: <Icon aria-hidden="true" />,
    };
  });
}

export function AccessTag({ access }: { access: Access }) {
  const { t } = useTranslation();
  const Icon = ICONS[access];
  return (
    <span className="tag">
      <Icon aria-hidden="true" />
      {t(`access.${access}.title`)}
    </span>
  );
}
