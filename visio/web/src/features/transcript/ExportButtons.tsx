import { Check, Copy, Download } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import type { Passage } from "../../call/state/transcript";
import { Button } from "../../design/Button";
import { Dropdown } from "../../design/Dropdown";
import { useCopy } from "../../design/useCopy";
import { formatDay } from "../../design/format";
import { asMarkdown, asText, fileName } from "./export";
import { speakerName } from "./PassageText";

interface Props {
  meeting: Meeting;
  passages: Passage[];
}

export function ExportButtons({ meeting, passages }: Props) {
  const { t, i18n } = useTranslation();
  const [copied, copy] = useCopy();
  if (passages.length === 0) return null;
  const written = {
    title: meeting.title,
    date: formatDay(meeting.started_at, i18n.language),
    passages: passages.map((passage) => ({ ...passage, name: speakerName(passage.speaker, t) })),
  };
  function download(kind: string) {
    const text = kind === "md" ? asMarkdown(written) : asText(written);
    save(text, `${fileName(meeting.title, meeting.started_at)}.${kind}`);
  }
  return (
    <div className="transcript-actions">
      <Button onPress={() => void copy(asText(written))}>
        {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        <span role="status">{copied ? t("common.copied") : t("transcript.copy")}</span>
      </Button>
      <MenuTrigger>
        <Button variant="primary">
          <Download aria-hidden="true" />
          {t("transcript.download")}
        </Button>
        <Dropdown placement="bottom end">
          <Menu aria-label={t("transcript.download")} onAction={(kind) => download(String(kind))}>
            <MenuItem id="txt" className="item">
              {t("transcript.asText")}
            </MenuItem>
            <MenuItem id="md" className="item">
              {t("transcript.asMarkdown")}
            </MenuItem>
          </Menu>
        </Dropdown>
      </MenuTrigger>
    </div>
  );
}

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
