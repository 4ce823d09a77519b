import { useMutation } from "@tanstack/react-query";
import { Check, Copy, Download } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Format, FORMATS, readText, useExport } from "../../api/transcripts";
import { Button } from "../../design/Button";
import { Dropdown } from "../../design/Dropdown";
import { ProblemNotice } from "../../design/ProblemNotice";
import { useCopy } from "../../design/useCopy";

/** The transcript as a file, or on the clipboard: the server writes both, with corrections and without what is hidden. */
export function ExportButtons({ meeting }: { meeting: string }) {
  const { t, i18n } = useTranslation();
  const [copied, copy] = useCopy();
  const copying = useMutation({ mutationFn: () => copy(readText(meeting, i18n.language)) });
  const saving = useExport(meeting);
  return (
    <>
      <Button isBusy={copying.isPending} onPress={() => copying.mutate()}>
        {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
        {t(copied ? "common.copied" : "transcript.copy")}
      </Button>
      <span className="visually-hidden" role="status">
        {copied && t("common.copied")}
      </span>
      <MenuTrigger>
        <Button variant="primary" isBusy={saving.isPending}>
          <Download aria-hidden="true" />
          {t("transcript.download")}
        </Button>
        <Dropdown placement="bottom end">
          <Menu
            aria-label={t("transcript.download")}
            onAction={(format) => saving.mutate({ format: format as Format, language: i18n.language })}
          >
            {FORMATS.map((format) => (
              <MenuItem key={format} id={format} className="item">
                {t(`transcript.formats.${format}`)}
              </MenuItem>
            ))}
          </Menu>
        </Dropdown>
      </MenuTrigger>
      <ProblemNotice error={saving.error ?? copying.error} />
    </>
  );
}
