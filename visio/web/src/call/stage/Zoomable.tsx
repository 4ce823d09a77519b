import { Minus, Plus, Scan } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { LARGEST, placeOf, STEP, WHOLE } from "../state/zoom";
import { useZoom } from "./useZoom";
import "./Zoomable.css";

interface Props {
  name: string;
  /** A picture that is too small for it is shown whole. */
  isOff: boolean;
  children: ReactNode;
}

/** A picture of which one may look at a part: really larger, not only stretched, so that it is asked for sharper. */
export function Zoomable({ name, isOff, children }: Props) {
  const { t } = useTranslation();
  const area = useRef<HTMLDivElement>(null);
  const { zoom, scale, handlers } = useZoom(area);
  const shown = isOff ? WHOLE : zoom;
  return (
    <>
      <div
        ref={area}
        className="zoomable"
        data-zoomed={shown.scale > 1}
        {...(isOff ? {} : { ...handlers, role: "group", "aria-label": t("stage.zoomable", { name }), tabIndex: 0 })}
      >
        <div className="zoomed" style={placeOf(shown)}>
          {children}
        </div>
      </div>
      {!isOff && (
        <div className="zoom-tools theme-dark" role="group" aria-label={t("stage.zoom")} data-zoomed={shown.scale > 1}>
          <IconButton
            className="tile-tool"
            label={t("stage.zoomOut")}
            icon={<Minus />}
            isDisabled={shown.scale <= 1}
            onPress={() => scale(1 / STEP)}
          />
          <span role="status">{t("stage.percent", { percent: Math.round(shown.scale * 100) })}</span>
          <IconButton
            className="tile-tool"
            label={t("stage.zoomIn")}
            icon={<Plus />}
            isDisabled={shown.scale >= LARGEST}
            onPress={() => scale(STEP)}
          />
          <IconButton
            className="tile-tool"
            label={t("stage.zoomReset")}
            icon={<Scan />}
            isDisabled={shown.scale <= 1}
            onPress={() => scale(0)}
          />
        </div>
      )}
    </>
  );
}
