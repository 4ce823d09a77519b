import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { Button, Label, ListBox, ListBoxItem, Select as AriaSelect, SelectValue } from "react-aria-components";
import { Dropdown } from "./Dropdown";
import "./Field.css";

interface Props {
  label: string;
  hideLabel?: boolean;
  icon?: ReactNode;
  value: string;
  options: { id: string; name: string }[];
  onChange: (id: string) => void;
  isDisabled?: boolean;
}

export function Select({ label, hideLabel, icon, value, options, onChange, isDisabled }: Props) {
  return (
    <AriaSelect
      className="field"
      selectedKey={value}
      onSelectionChange={(key) => key !== null && onChange(String(key))}
      isDisabled={isDisabled}
    >
      <Label className={hideLabel ? "visually-hidden" : "label"}>{label}</Label>
      <Button className="select-button">
        {icon}
        <SelectValue className="value truncate" />
        <ChevronDown aria-hidden="true" />
      </Button>
      <Dropdown>
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem className="item" id={option.id} textValue={option.name}>
              <span className="truncate">{option.name}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Dropdown>
    </AriaSelect>
  );
}
