/** Asks which model should answer again. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import type { MessageOut } from "@/wire/types";
import { ModelPicker } from "./model-picker";
import { useThreadTools } from "./thread-context";

export function RegenerateWith({ message, onClose }: { message: MessageOut; onClose: () => void }) {
  const { t } = useTranslation();
  const tools = useThreadTools();
  const [model, setModel] = useState(message.model);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(($) => $.chat.regenerateWith)}
      closeLabel={t(($) => $.app.close)}
      footer={
        <Button
          look="primary"
          disabled={model === null}
          onClick={() => {
            tools.regenerate(message.id, model ?? undefined);
            onClose();
          }}
        >
          {t(($) => $.chat.regenerate)}
        </Button>
      }
    >
      <div className="rounded-box border border-line">
        <ModelPicker value={model} onChange={setModel} />
      </div>
    </Dialog>
  );
}
