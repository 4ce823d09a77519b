import { UserX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Present } from "../../../api/live";
import type { Column } from "../../../design/DataTable";
import { formatTime } from "../../../design/format";
import { IconButton } from "../../../design/IconButton";

/** What is shown of those in a meeting. */
export function usePeopleColumns(onRemove: (person: Present) => void): Column<Present>[] {
  const { t, i18n } = useTranslation();
  return [
    { id: "name", title: t("admin.live.name"), sort: "name", show: ({ name }) => name },
    {
      id: "came",
      title: t("admin.live.came"),
      sort: "came",
      minor: true,
      show: ({ came }) => t(`admin.live.by.${came}`),
    },
    {
      id: "since",
      title: t("admin.since"),
      sort: "since",
      minor: true,
      show: ({ since }) => formatTime(since, i18n.language),
    },
    {
      id: "quality",
      title: t("admin.live.quality"),
      sort: "score",
      show: ({ quality }) => <span className={`quality ${quality}`}>{t(`admin.live.qualities.${quality}`)}</span>,
    },
    {
      id: "published",
      title: t("admin.live.published"),
      minor: true,
      show: ({ published }) =>
        published
          .map(({ source, muted }) =>
            muted
              ? t("admin.live.muted", { source: t(`admin.live.sources.${source}`) })
              : t(`admin.live.sources.${source}`),
          )
          .join(", "),
    },
    {
      id: "remove",
      title: t("admin.live.actions"),
      show: (person) => (
        <IconButton
          label={t("admin.live.remove", { name: person.name })}
          icon={<UserX />}
          onPress={() => onRemove(person)}
        />
      ),
    },
  ];
}
