import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Person, useChangePerson } from "../../../api/people";
import { Button } from "../../../design/Button";
import { AssignDialog } from "../entities/AssignDialog";

/** Of which administration somebody is. */
export function PersonEntity({ person }: { person: Person }) {
  const { t } = useTranslation();
  const change = useChangePerson(person.id);
  const [isChoosing, setChoosing] = useState(false);
  function choose() {
    change.reset();
    setChoosing(true);
  }
  return (
    <section className="card padded" aria-labelledby="entity">
      <h2 id="entity">{t("admin.entities.entity")}</h2>
      <p role="status">{person.entity?.name ?? t("admin.entities.noneOf")}</p>
      <div className="people-acts">
        <Button onPress={choose}>{t("admin.entities.choose")}</Button>
      </div>
      {isChoosing && (
        <AssignDialog
          title={t("admin.entities.chooseTitle", { name: person.name })}
          before={person.entity?.id ?? null}
          error={change.error}
          isBusy={change.isPending}
          onSave={(entity) => change.mutate({ entity }, { onSuccess: () => setChoosing(false) })}
          onClose={() => setChoosing(false)}
        />
      )}
    </section>
  );
}
