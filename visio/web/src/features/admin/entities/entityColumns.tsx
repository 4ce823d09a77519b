import { Pencil, Trash2 } from "lucide-react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Entity } from "../../../api/entities";
import type { Column } from "../../../design/DataTable";
import { IconButton } from "../../../design/IconButton";

export interface Doing {
  what: "change" | "delete";
  entity: Entity;
}

/** What is shown of each; its numbers lead to the lists of its people and rooms. */
export function useEntityColumns(onDo: (doing: Doing) => void): Column<Entity>[] {
  const { t } = useTranslation();
  return [
    { id: "name", title: t("admin.entities.name"), sort: "name", show: ({ name }) => name },
    {
      id: "identifier",
      title: t("admin.entities.identifier"),
      sort: "identifier",
      minor: true,
      show: ({ identifier }) => identifier,
    },
    {
      id: "people",
      title: t("admin.people.title"),
      sort: "people",
      show: ({ id, name, people }) => (
        <Link href={`/admin/people?entity=${id}`} aria-label={t("admin.entities.peopleOf", { count: people, name })}>
          {people}
        </Link>
      ),
    },
    {
      id: "rooms",
      title: t("records.rooms.title"),
      minor: true,
      show: ({ id, name, rooms }) => (
        <Link href={`/admin/rooms?entity=${id}`} aria-label={t("admin.entities.roomsOf", { count: rooms, name })}>
          {rooms}
        </Link>
      ),
    },
    {
      id: "actions",
      title: t("admin.live.actions"),
      show: (entity) => (
        <span className="entity-actions">
          <IconButton
            label={t("admin.entities.changeNamed", { name: entity.name })}
            icon={<Pencil />}
            onPress={() => onDo({ what: "change", entity })}
          />
          <IconButton
            label={t("admin.entities.deleteNamed", { name: entity.name })}
            icon={<Trash2 />}
            onPress={() => onDo({ what: "delete", entity })}
          />
        </span>
      ),
    },
  ];
}
