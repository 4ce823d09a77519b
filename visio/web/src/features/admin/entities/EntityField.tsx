import { Building2 } from "lucide-react";
import { useState } from "react";
import { ComboBox, Input, Label, ListBox, ListBoxItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useFoundEntities } from "../../../api/entities";
import { Dropdown } from "../../../design/Dropdown";

/** Stands for all, also those who are of none. */
const ALL = "all";
/** Stands for who is of no entity, as the server says it. */
export const NONE = "none";

interface Props {
  label: string;
  /** In a row of tools: the label is not shown, "all" is offered. */
  isFilter?: boolean;
  /** The id of an entity, or one of the words above. */
  value: string;
  onChange: (value: string) => void;
}

interface Choice {
  id: string;
  name: string;
}

/** In a row of tools, where there are entities: `entity` is empty for all, as the server is asked. */
export function EntityFilter({ entity, onChange }: { entity: string; onChange: (entity: string) => void }) {
  const { t } = useTranslation();
  const areAny = useFoundEntities("", true).length > 0;
  if (!areAny && !entity) return null;
  return (
    <EntityField
      label={t("admin.entities.entity")}
      isFilter
      value={entity || ALL}
      onChange={(value) => onChange(value === ALL ? "" : value)}
    />
  );
}

/** One of any number of entities, found by its name or identifier. */
export function EntityField({ label, isFilter, value, onChange }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string>();
  const [picked, setPicked] = useState<Choice>();
  const none = { id: NONE, name: t("admin.entities.noneOf") };
  const fixed = isFilter ? [{ id: ALL, name: t("admin.entities.all") }, none] : [none];
  const chosen = useChosen(value, picked ? [...fixed, picked] : fixed);
  const found = useFoundEntities(typed ?? "", true);
  const others = [...fixed, ...found].filter(({ id }) => id !== value);
  return (
    <ComboBox
      className="field"
      menuTrigger="focus"
      items={chosen ? [chosen, ...others] : others}
      inputValue={typed ?? chosen?.name ?? ""}
      // What is chosen is shown, not looked for.
      onInputChange={(text) => setTyped(text === chosen?.name ? undefined : text)}
      onOpenChange={(isOpen) => !isOpen && setTyped(undefined)}
      selectedKey={value}
      onSelectionChange={(id) => {
        if (id === null) return;
        setTyped(undefined);
        const other = others.find((one) => one.id === id);
        if (!other) return;
        // Known at once: a name that came later would open the list again.
        setPicked(other);
        onChange(other.id);
      }}
    >
      <Label className={isFilter ? "visually-hidden" : undefined}>{label}</Label>
      {isFilter && <Building2 aria-hidden="true" />}
      {/* react-aria tells of a focus of its own when the list's moves: what is typed stays unselected. */}
      <Input
        className="input"
        onFocus={({ target, isTrusted }) => isTrusted && target.select()}
        maxLength={200}
      />
      <Dropdown>
        <ListBox<Choice>>
          {({ id, name }) => (
            <ListBoxItem className="item" id={id} textValue={name}>
              <span className="truncate">{name}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Dropdown>
    </ComboBox>
  );
}

/** What is chosen, by name: of an entity that comes from an address, only the id is known. */
function useChosen(value: string, known: Choice[]): Choice | undefined {
  const one = known.find(({ id }) => id === value);
  const found = useFoundEntities(value, one === undefined);
  return one ?? found.find(({ id }) => id === value);
}
