import { Ban, Droplet, Droplets, Image } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { FileTrigger, Label, Radio, RadioGroup } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../call/state/useObservable";
import { Button } from "../../design/Button";
import { Notice } from "../../design/Notice";
import { type Background, BACKGROUNDS, chooseBackground, chosenBackground, PICTURES } from "./choice";
import { dropOwnPicture, ownPicture, takeOwnPicture } from "./ownPicture";
import { paintPicture, type Picture } from "./pictures";
import { isPreparing } from "./wear";
import "./effects.css";

/** What is shown of what is behind a person, each choice with a small picture of it. */
export function BackgroundChoices() {
  const { t } = useTranslation();
  const { background } = useObservable(chosenBackground);
  const preparing = useObservable(isPreparing);
  const own = useObservable(ownPicture);
  return (
    <>
      <RadioGroup className="field" value={background} onChange={(chosen) => chooseBackground(chosen as Background)}>
        <Label className="label">{t("effects.background")}</Label>
        <div className="background-cards">
          {BACKGROUNDS.filter((choice) => choice !== "own" || own).map((choice) => (
            <Radio key={choice} value={choice} className="background-card">
              <Sample background={choice} own={own} />
              <span>{t(`effects.choices.${choice}`)}</span>
            </Radio>
          ))}
        </div>
      </RadioGroup>
      <p role="status" className="small soft">
        {preparing && t("effects.preparing")}
      </p>
      <OwnPictureField own={own} />
    </>
  );
}

function OwnPictureField({ own }: { own: string | undefined }) {
  const { t } = useTranslation();
  const [isRefused, setRefused] = useState(false);
  async function take(file: File) {
    setRefused(false);
    try {
      await takeOwnPicture(file);
      chooseBackground("own");
    } catch {
      setRefused(true);
    }
  }
  function drop() {
    if (chosenBackground.get().background === "own") chooseBackground("blurStrong");
    dropOwnPicture();
  }
  return (
    <div className="own-picture">
      <FileTrigger
        acceptedFileTypes={["image/png", "image/jpeg", "image/webp"]}
        onSelect={(files) => {
          const file = files?.item(0);
          if (file) void take(file);
        }}
      >
        <Button size="small">{t(own ? "effects.anotherOwn" : "effects.takeOwn")}</Button>
      </FileTrigger>
      {own && (
        <Button size="small" variant="quiet" onPress={drop}>
          {t("effects.dropOwn")}
        </Button>
      )}
      <p className="small soft">{t("effects.ownStays")}</p>
      {isRefused && <Notice tone="error">{t("effects.refused")}</Notice>}
    </div>
  );
}

function Sample({ background, own }: { background: Background; own: string | undefined }): ReactNode {
  const picture = PICTURES.find((name) => name === background);
  if (picture) return <PictureSample picture={picture} />;
  if (background === "own") return <img src={own} alt="" />;
  const Icon = ICONS[background] ?? Image;
  return (
    <span className="background-icon" aria-hidden="true">
      <Icon />
    </span>
  );
}

function PictureSample({ picture }: { picture: Picture }) {
  const element = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const brush = element.current?.getContext("2d");
    if (brush) paintPicture(picture, brush, WIDTH, HEIGHT);
  }, [picture]);
  return <canvas ref={element} width={WIDTH} height={HEIGHT} aria-hidden="true" />;
}

const ICONS: Partial<Record<Background, typeof Ban>> = { none: Ban, blurLight: Droplet, blurStrong: Droplets };
const [WIDTH, HEIGHT] = [192, 108];
