import { FileSpreadsheet } from "lucide-react";
import { DropZone, FileTrigger, isFileDropItem } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";

interface Props {
  file: File | undefined;
  isDisabled: boolean;
  onChoose: (file: File) => void;
}

/** A place to drop a file, and a button to choose one. */
export function FileField({ file, isDisabled, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <DropZone
      className="file-field"
      aria-label={t("imports.drop")}
      isDisabled={isDisabled}
      onDrop={({ items }) => {
        const dropped = items.find(isFileDropItem);
        if (dropped) void dropped.getFile().then(onChoose);
      }}
    >
      <FileSpreadsheet aria-hidden="true" />
      <p>{file ? file.name : t("imports.drop")}</p>
      <FileTrigger
        acceptedFileTypes={[".csv", "text/csv"]}
        onSelect={(files) => {
          const chosen = files?.item(0);
          if (chosen) onChoose(chosen);
        }}
      >
        <Button isDisabled={isDisabled}>{file ? t("imports.another") : t("imports.choose")}</Button>
      </FileTrigger>
    </DropZone>
  );
}
