import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { region } from "../../design/format";
import { save } from "../../design/save";

interface Props {
  file: { name: string; size: number };
  onTake?: () => Promise<Blob>;
}

/** A file, saved when asked for: no page of ours shows what is in it. */
export function GivenFile({ file, onTake }: Props) {
  const { t, i18n } = useTranslation();
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  async function take(fetch: () => Promise<Blob>) {
    setState("busy");
    try {
      save(await fetch(), file.name);
      setState("idle");
    } catch {
      setState("failed");
    }
  }
  const size = new Intl.NumberFormat(region(i18n.language), { style: "unit", unit: "kilobyte" });
  return (
    <div className="given-file">
      <div>
        <p className="name">{file.name}</p>
        <p className="small soft">{size.format(Math.ceil(file.size / 1000))}</p>
      </div>
      {onTake && (
        <Button
          size="small"
          isBusy={state === "busy"}
          aria-label={t("chat.take", { name: file.name })}
          onPress={() => void take(onTake)}
        >
          <Download aria-hidden="true" />
        </Button>
      )}
      {state === "failed" && <p role="alert" className="failure">{t("chat.failedTake")}</p>}
    </div>
  );
}
