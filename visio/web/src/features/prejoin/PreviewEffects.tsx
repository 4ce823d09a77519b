import { Sparkles } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { MirrorPicture } from "../../media/MirrorPicture";
import type { Preview } from "../../media/usePreview";

// Few open it, and it brings the pictures with it.
const EffectsDialog = lazy(() => import("../../media/effects/EffectsDialog"));

/** The button that opens the effects before the meeting. */
export function PreviewEffects({ preview: { camera } }: { preview: Preview }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        className="media-toggle"
        label={t("effects.title")}
        icon={<Sparkles />}
        onPress={() => setOpen(true)}
      />
      {isOpen && (
        <Suspense>
          <EffectsDialog
            picture={camera.state === "on" && <MirrorPicture mirror={camera.device} />}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
