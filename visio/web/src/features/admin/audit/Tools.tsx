import { Download, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditFilters, auditFile } from "../../../api/audit";
import { Button, ButtonLink } from "../../../design/Button";
import { VerifyDialog } from "./VerifyDialog";

/** What is shown, to take away; and whether all of it holds. */
export function Tools({ filters }: { filters: AuditFilters }) {
  const { t } = useTranslation();
  const [verifying, setVerifying] = useState(false);
  return (
    <div className="row">
      <ButtonLink href={auditFile(filters, "csv")} download>
        <Download aria-hidden="true" />
        {t("admin.csv")}
      </ButtonLink>
      <ButtonLink href={auditFile(filters, "jsonl")} download>
        <Download aria-hidden="true" />
        {t("admin.audit.jsonl")}
      </ButtonLink>
      <Button onPress={() => setVerifying(true)}>
        <ShieldCheck aria-hidden="true" />
        {t("admin.audit.verify")}
      </Button>
      {verifying && <VerifyDialog onClose={() => setVerifying(false)} />}
    </div>
  );
}
