import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AnyRoom } from "../../../api/records";
import { Button } from "../../../design/Button";
import { Checkbox } from "../../../design/Checkbox";
import { BulkDialog } from "./BulkDialog";
import type { BulkAction } from "./useBulk";
import type { Selection } from "./useSelection";

const ACTIONS: BulkAction[] = ["access", "retention", "delete"];

/** Above the list: chooses all that is shown, and says what is done with all that is chosen. */
export function Selected({ selection, shown }: { selection: Selection; shown: AnyRoom[] }) {
  const { t } = useTranslation();
  const [action, setAction] = useState<BulkAction>();
  const chosen = shown.filter(selection.has).length;
  const count = selection.rooms.length;
  return (
    <div className="selected" role="group" aria-label={t("records.bulk.label")}>
      <Checkbox
        label={t("records.bulk.all")}
        isSelected={chosen === shown.length}
        isIndeterminate={chosen > 0 && chosen < shown.length}
        onChange={(all) => selection.set(shown, all)}
      />
      <span className="small soft" role="status">
        {count > 0 && t("records.bulk.chosen", { count })}
      </span>
      {count > 0 && (
        <div className="row">
          {ACTIONS.map((one) => (
            <Button key={one} size="small" variant={one === "delete" ? "danger" : "secondary"} onPress={() => setAction(one)}>
              {t(`records.bulk.actions.${one}`)}
            </Button>
          ))}
          <Button size="small" variant="quiet" onPress={() => selection.keep([])}>
            {t("records.bulk.none")}
          </Button>
        </div>
      )}
      {action && <BulkDialog action={action} selection={selection} onClose={() => setAction(undefined)} />}
    </div>
  );
}
