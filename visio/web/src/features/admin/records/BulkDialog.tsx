import { type FormEvent, useState } from "react";
import { Form, Input, Label, NumberField, ProgressBar, Text } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useConfig } from "../../../api/config";
import type { Access } from "../../../api/rooms";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { Notice } from "../../../design/Notice";
import { RadioCards } from "../../../design/RadioCards";
import { useAccessChoices } from "../../rooms/access";
import { type BulkAction, type BulkState, type Refused, useBulk } from "./useBulk";
import type { Selection } from "./useSelection";

interface Props {
  action: BulkAction;
  selection: Selection;
  onClose: () => void;
}

/** What is to be done with the chosen rooms, how far it is, and what was refused. */
export function BulkDialog({ action, selection, onClose }: Props) {
  const { t } = useTranslation();
  const [rooms] = useState(selection.rooms);
  const [access, setAccess] = useState<Access>("restricted");
  const [days, setDays] = useState(0);
  const { state, run, stop } = useBulk();
  function submit(event: FormEvent) {
    event.preventDefault();
    void run(rooms, { action, access, days });
  }
  function close() {
    if (state) selection.keep(leftOf(state, rooms.map(({ id }) => id)));
    onClose();
  }
  return (
    <Modal
      title={t(`records.bulk.titles.${action}`, { count: rooms.length })}
      role={action === "delete" ? "alertdialog" : "dialog"}
      isOpen
      onClose={state && !state.over ? undefined : close}
    >
      {state ? (
        <Outcome state={state} onStop={stop} onClose={close} />
      ) : (
        <Form className="dialog-form" onSubmit={submit}>
          {action === "access" && <AccessField value={access} onChange={setAccess} />}
          {action === "retention" && <DaysField value={days} onChange={setDays} />}
          {action === "delete" && <p className="soft">{t("records.bulk.deleteText")}</p>}
          <div className="dialog-actions">
            <Button onPress={onClose} autoFocus={action === "delete"}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" variant={action === "delete" ? "danger" : "primary"}>
              {t(`records.bulk.confirm.${action}`)}
            </Button>
          </div>
        </Form>
      )}
    </Modal>
  );
}

function AccessField({ value, onChange }: { value: Access; onChange: (access: Access) => void }) {
  const { t } = useTranslation();
  return <RadioCards label={t("access.label")} value={value} choices={useAccessChoices(value)} onChange={onChange} />;
}

function DaysField({ value, onChange }: { value: number; onChange: (days: number) => void }) {
  const { t } = useTranslation();
  const config = useConfig();
  return (
    <NumberField
      className="field"
      value={value}
      minValue={0}
      maxValue={3_660}
      onChange={(days) => onChange(Number.isNaN(days) ? 0 : days)}
    >
      <Label>{t("rules.retention")}</Label>
      <Input className="input" />
      <Text slot="description" className="hint">
        {t("rules.retentionHint", config?.retention ?? { days: "…", most: "…" })}
      </Text>
    </NumberField>
  );
}

function Outcome({ state, onStop, onClose }: { state: BulkState; onStop: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const { done, total, refused, over } = state;
  const made = done - refused.length;
  return (
    <div className="dialog-form">
      <ProgressBar className="bulk-progress" value={done} maxValue={total}>
        {({ percentage = 0 }) => (
          <>
            <Label>{t("records.bulk.progress")}</Label>
            <span>{t("records.bulk.of", { done, total })}</span>
            <progress value={percentage} max={100} aria-hidden="true" />
          </>
        )}
      </ProgressBar>
      {over && <Notice tone={made === total ? "success" : "warning"}>{t("records.bulk.done", { count: made })}</Notice>}
      {over && done < total && <p className="soft">{t("records.bulk.stopped", { count: total - done })}</p>}
      {refused.length > 0 && <RefusedRooms refused={refused} />}
      <div className="dialog-actions">
        {over ? (
          <Button variant="primary" onPress={onClose} autoFocus>
            {t("common.close")}
          </Button>
        ) : (
          <Button onPress={onStop}>{t("records.bulk.stop")}</Button>
        )}
      </div>
    </div>
  );
}

function RefusedRooms({ refused }: { refused: Refused[] }) {
  const { t } = useTranslation();
  return (
    <div>
      <h3 id="refused-rooms">{t("records.bulk.refused", { count: refused.length })}</h3>
      <div className="refused-rooms" role="region" aria-labelledby="refused-rooms" tabIndex={0}>
        <ul>
          {refused.map(({ room, code }) => (
            <li key={room.id}>
              <strong>{room.title}</strong> <span className="small soft">{room.slug}</span>
              <p>{t([`problems.${code}.title`, "problems.unknown.title"])}</p>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** What was refused, or not come to, stays chosen. */
function leftOf({ done, refused }: BulkState, ids: string[]): string[] {
  return [...ids.slice(done), ...refused.map(({ room }) => room.id)];
}
