/** Edits a message in place: a new version of it, the old one stays behind the arrows. */
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import type { MessageOut } from "@/wire/types";
import { filesOf, textOf } from "./message-text";
import { useThreadTools } from "./thread-context";

export function EditBox({ message }: { message: MessageOut }) {
  const { t } = useTranslation();
  const tools = useThreadTools();
  const [text, setText] = useState(() => textOf(message));
  const [isBusy, setBusy] = useState(false);
  const close = () => tools.startEdit(null);
  const canSave = text.trim() !== "" && text !== textOf(message);
  const save = () => {
    if (!canSave) return;
    setBusy(true);
    void tools.edit(message.id, text.trim(), filesOf(message)).then(close, () => setBusy(false));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  };
  return (
    <div className="rounded-card border border-line bg-raised p-2 focus-within:border-accent">
      <textarea
        autoFocus
        aria-label={t(($) => $.chat.editMessage)}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content block max-h-[60dvh] min-h-16 w-full resize-none bg-transparent px-2 py-1 text-body outline-none"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          {t(($) => $.app.cancel)}
        </Button>
        <Button look="primary" busy={isBusy} disabled={!canSave} onClick={save}>
          {t(($) => (message.role === "user" ? $.chat.saveAndSend : $.chat.saveEdit))}
        </Button>
      </div>
    </div>
  );
}
