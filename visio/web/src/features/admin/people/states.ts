import { useTranslation } from "react-i18next";
import type { Person } from "../../../api/people";

/** In words: whether somebody may come in, how, and what they may do. */
export function usePersonStates(): (person: Person) => string[] {
  const { t } = useTranslation();
  return ({ disabled, invited, provided, administrator, second_factor }) => {
    const admitted = disabled ? "disabled" : invited ? "invited" : "active";
    const means = provided ? "provided" : "local";
    return [
      t(`admin.people.states.${admitted}`),
      t(`admin.people.states.${means}`),
      ...(administrator ? [t("admin.people.states.administrator")] : []),
      ...(second_factor ? [t("admin.people.states.factor")] : []),
    ];
  };
}
