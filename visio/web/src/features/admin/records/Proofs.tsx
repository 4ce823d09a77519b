import { Download, FileCheck, Search } from "lucide-react";
import { useState } from "react";
import { Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Proof, proofsFile, useProofs } from "../../../api/records";
import { Button, ButtonLink } from "../../../design/Button";
import { type Column, DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { formatMoment } from "../../../design/format";
import { IconButton } from "../../../design/IconButton";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { saveText } from "../../../design/save";
import { Skeletons } from "../../../design/Skeletons";

/** The proofs of deletion: found by room or meeting, taken away, and how they are checked. */
export function Proofs() {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  /** The numbers below which the parts began that led here. */
  const [befores, setBefores] = useState<number[]>([]);
  const { data, error } = useProofs(search, befores.at(-1) ?? null);
  const columns = useColumns();
  function find(wanted: string) {
    setSearch(wanted);
    setBefores([]);
  }
  return (
    <section className="admin-section" aria-labelledby="proofs">
      <h2 id="proofs">{t("records.proofs.title")}</h2>
      <p className="soft">{t("records.proofs.lead")}</p>
      <ProblemNotice error={error} />
      <div className="list-tools">
        <SearchField className="field" value={search} onChange={find} maxLength={200}>
          <Label className="visually-hidden">{t("records.proofs.search")}</Label>
          <Search aria-hidden="true" />
          <Input className="input" placeholder={t("records.proofs.search")} />
        </SearchField>
        {(["json", "csv"] as const).map((kind) => (
          <ButtonLink key={kind} href={proofsFile(kind, search)} download>
            <Download aria-hidden="true" />
            {t(`records.proofs.${kind}`)}
          </ButtonLink>
        ))}
      </div>
      {data ? (
        data.proofs.length === 0 ? (
          <div className="card">
            <Emptiness
              icon={<FileCheck />}
              title={t(search ? "admin.nothing" : "records.proofs.none")}
              text={t(search ? "admin.nothingText" : "records.proofs.noneText")}
            />
          </div>
        ) : (
          <DataTable
            label={t("records.proofs.title")}
            columns={columns}
            rows={data.proofs}
            keyOf={({ entry }) => String(entry.number)}
            order={{ sort: "", order: "descending" }}
            onOrder={() => undefined}
          />
        )
      ) : (
        !error && <Skeletons count={3} shape="row" />
      )}
      {data && (data.next !== null || befores.length > 0) && (
        <nav className="pager" aria-label={t("records.proofs.pages")}>
          <Button size="small" isDisabled={befores.length === 0} onPress={() => setBefores(befores.slice(0, -1))}>
            {t("admin.previous")}
          </Button>
          <Button
            size="small"
            isDisabled={data.next === null}
            onPress={() => data.next !== null && setBefores([...befores, data.next])}
          >
            {t("admin.next")}
          </Button>
        </nav>
      )}
      <HowToCheck newest={data?.proofs[0]} />
    </section>
  );
}

function useColumns(): Column<Proof>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      id: "room",
      title: t("records.meetings.room"),
      show: ({ title, slug }) => (
        <>
          {title ?? t("records.proofs.unknownRoom")}
          <span className="small soft block">{slug}</span>
        </>
      ),
    },
    {
      id: "when",
      title: t("records.proofs.when"),
      show: ({ entry }) => formatMoment(entry.created_at, i18n.language),
    },
    { id: "by", title: t("records.proofs.by"), minor: true, show: (proof) => <By proof={proof} /> },
    { id: "what", title: t("records.proofs.what"), minor: true, show: ({ entry }) => <What detail={entry.detail} /> },
    {
      id: "number",
      title: t("records.proofs.number"),
      minor: true,
      show: ({ entry }) => <code className="small">{`${entry.number}:${entry.hash.slice(0, 12)}…`}</code>,
    },
    {
      id: "file",
      title: t("records.proofs.file"),
      show: (proof) => (
        <IconButton
          label={t("records.proofs.take", { number: proof.entry.number })}
          icon={<Download />}
          onPress={() => saveText(JSON.stringify(proof, null, 1), `proof-${proof.entry.number}.json`, "application/json")}
        />
      ),
    },
  ];
}

function By({ proof: { by, entry } }: { proof: Proof }) {
  const { t } = useTranslation();
  if (entry.author_kind === "server") return t("records.proofs.rule");
  if (entry.author_kind === "command") return t("records.proofs.command", { login: entry.author });
  return by ?? t("records.proofs.account");
}

/** How many rows of which tables went. */
function What({ detail }: { detail: string }) {
  const { t } = useTranslation();
  return Object.entries(JSON.parse(detail) as Record<string, number>)
    .map(([table, count]) => t(`records.proofs.rows.${table}`, { count, defaultValue: `${table}: ${count}` }))
    .join(", ");
}

function HowToCheck({ newest }: { newest: Proof | undefined }) {
  const { t } = useTranslation();
  const example = newest ? `${newest.entry.number}:${newest.entry.hash}` : "1234:5f1c…";
  return (
    <section className="card padded" aria-labelledby="check-proofs">
      <h3 id="check-proofs">{t("records.proofs.check")}</h3>
      <p>{t("records.proofs.checkChain")}</p>
      <pre className="command" tabIndex={0} role="region" aria-label={t("records.proofs.commandLabel")}>
        <code>{`visio admin audit verify --expect ${example}`}</code>
      </pre>
      <p>{t("records.proofs.checkAlone")}</p>
    </section>
  );
}
