import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "../../../api/audit";
import { wordOf } from "./acts";
import { melted } from "./french";

/** Says what a row says, in the person's language; `names` of accounts, keys and rooms by their ids. */
export function useSentence(names: Record<string, string>): (entry: AuditEntry) => string {
  const { t } = useTranslation();
  return (entry) => {
    const who = author(entry, names, t);
    const what = object(entry, names, t);
    const word = wordOf(entry.act);
    if (!word) return t("admin.audit.unknownAct", { who, what, act: entry.act });
    if (entry.refused) return t("admin.audit.tried", { who, act: t(`admin.audit.acts.${word}`) });
    return melted(t(`admin.audit.says.${word}`, { who, what }), what);
  };
}

function author({ author_kind, author: id }: AuditEntry, names: Record<string, string>, t: TFunction): string {
  return t(`admin.audit.by.${author_kind}`, { name: id ? (names[id] ?? id) : "" }).trim();
}

/** What it was done to; an act that was done to nothing in particular was done to all there. */
function object({ object_kind, object: id }: AuditEntry, names: Record<string, string>, t: TFunction): string {
  if (!id) return t("admin.audit.everybody");
  const name = names[id] ?? id;
  return t([`admin.audit.things.${object_kind}`, "admin.audit.things.other"], { name });
}
