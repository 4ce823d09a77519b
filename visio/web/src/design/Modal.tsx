import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog, Heading, Modal as AriaModal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./IconButton";
import "./overlay.css";

interface Props {
  title: string;
  isOpen: boolean;
  /** Without it the dialog can only be left by one of its own buttons. */
  onClose?: () => void;
  role?: "dialog" | "alertdialog";
  children: ReactNode;
}

export function Modal({ title, isOpen, onClose, role = "dialog", children }: Props) {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      className="scrim"
      isOpen={isOpen}
      isDismissable={onClose !== undefined && role === "dialog"}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(open) => !open && onClose?.()}
    >
      <AriaModal className="modal">
        <Dialog className="dialog" role={role}>
          <div className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {onClose && <IconButton label={t("common.close")} icon={<X />} onPress={onClose} />}
          </div>
          {children}
        </Dialog>
      </AriaModal>
    </ModalOverlay>
  );
}
