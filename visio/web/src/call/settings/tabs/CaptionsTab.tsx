import { useTranslation } from "react-i18next";
import { useChoice } from "../../../design/choice";
import { Select } from "../../../design/Select";
import { CAPTION_CHOICES, type CaptionChoice, chooseCaptions, useCaptionChoice } from "../../state/captionChoice";
import { CAPTION_COLOURS, CAPTION_PLACE } from "../../state/captionLook";
import "../../stage/Captions.css";
import { Choose } from "./Choose";

export function CaptionsTab() {
  const { t } = useTranslation();
  const captions = useCaptionChoice();
  const colours = useChoice(CAPTION_COLOURS);
  return (
    <>
      <Select
        label={t("captions.title")}
        value={captions}
        options={CAPTION_CHOICES.map((id) => ({ id, name: t(`captions.choices.${id}`) }))}
        onChange={(choice) => chooseCaptions(choice as CaptionChoice)}
      />
      {captions !== "off" && (
        <>
          <Choose choice={CAPTION_PLACE} label={t("captions.place")} names={(place) => t(`captions.places.${place}`)} />
          <Choose
            choice={CAPTION_COLOURS}
            label={t("captions.colours")}
            names={(colour) => t(`captions.colourNames.${colour}`)}
          />
          <div className={`captions example ${captions} ${colours}`}>
            <p>
              <strong>{t("captions.exampleName")}</strong>
              <span>{t("captions.example")}</span>
            </p>
          </div>
        </>
      )}
    </>
  );
}
