import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry, AuditFilters } from "../../../api/audit";
import { Button } from "../../../design/Button";
import "../../../design/DataTable.css";
import { exactMoment } from "../moments";
import { detailsOf } from "./acts";
import { useSentence } from "./useSentence";

interface Props {
  entries: AuditEntry[];
  /** What accounts, keys and rooms are called, by id. */
  names: Record<string, string>;
  /** Everything about somebody or something. */
  onAsk: (filters: Partial<AuditFilters>) => void;
}

/** A row a line: when, what in a sentence, and the rest for who opens it. */
export function AuditTable({ entries, names, onAsk }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <div className="card data-table">
      <table aria-label={t("admin.audit.title")}>
        <thead>
          <tr>
            <th scope="col">{t("admin.audit.when")}</th>
            <th scope="col">{t("admin.audit.what")}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.number}>
              <th scope="row" className="audit-when">
                <time dateTime={new Date(entry.created_at).toISOString()}>
                  {exactMoment(entry.created_at, i18n.language)}
                </time>
              </th>
              <td>
                <Entry entry={entry} names={names} onAsk={onAsk} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Entry({ entry, names, onAsk }: Omit<Props, "entries"> & { entry: AuditEntry }) {
  const { t } = useTranslation();
  const sentence = useSentence(names);
  const { author_kind, author, object, room, refused } = entry;
  return (
    <>
      <p>{sentence(entry)}</p>
      {room && names[room] && <p className="small soft">{t("admin.audit.inRoom", { room: names[room] })}</p>}
      {refused && (
        <p className="small audit-refused">
          {t("admin.audit.refused", { why: t([`problems.${refused}.title`, "problems.unknown.title"]) })}
        </p>
      )}
      <details className="small">
        <summary>{t("admin.audit.details")}</summary>
        <Details entry={entry} />
        <div className="row">
          {author_kind === "account" && author && (
            <Button size="small" onPress={() => onAsk({ person: author })}>
              {t("admin.audit.allOfPerson")}
            </Button>
          )}
          {object && (
            <Button size="small" onPress={() => onAsk({ about: object })}>
              {t("admin.audit.allOfObject")}
            </Button>
          )}
          {room && room !== object && (
            <Button size="small" onPress={() => onAsk({ about: room })}>
              {t("admin.audit.allOfRoom")}
            </Button>
          )}
        </div>
      </details>
    </>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const { number, act, author_kind, author, object_kind, object, room, address, detail, hash } = entry;
  const facts: [string, string | null][] = [
    [t("admin.audit.number"), String(number)],
    [t("admin.audit.act"), act],
    [t("admin.audit.author"), [author_kind, author].filter(Boolean).join(" ")],
    [t("admin.audit.object"), object && [object_kind, object].filter(Boolean).join(" ")],
    [t("admin.audit.room"), room],
    [t("admin.audit.address"), address],
    ...detailsOf(detail),
    [t("admin.audit.hash"), hash],
  ];
  return (
    <dl className="audit-facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ),
      )}
    </dl>
  );
}
