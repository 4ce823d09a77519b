import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Select } from "../design/Select";
import { useDevices } from "./useDevices";

interface Props {
  kind: MediaDeviceKind;
  icon?: ReactNode;
  /** Undefined while no device of the kind is open. */
  used: string | undefined;
  onChoose: (id: string) => void;
  showLabel?: boolean;
}

export function DevicePicker({ kind, icon, used, onChoose, showLabel }: Props) {
  const { t } = useTranslation();
  const devices = useDevices(kind, used);
  const none = { id: "", name: t(`devices.none.${kind}`) };
  const known = devices.find((device) => device.id === used) ?? devices[0];
  return (
    <Select
      label={t(`devices.${kind}`)}
      hideLabel={!showLabel}
      icon={icon}
      value={known?.id ?? ""}
      options={devices.length > 0 ? devices : [none]}
      isDisabled={devices.length === 0}
      onChange={onChoose}
    />
  );
}
