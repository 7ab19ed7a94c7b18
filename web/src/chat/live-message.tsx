/** The answer that is being written: the one component that every token touches. */
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import type { MessageOut } from "@/wire/types";
import { usePlace, useTurn } from "./live";
import { MessageParts } from "./message-parts";

export function LiveMessage({ message, onCancel }: { message: MessageOut; onCancel: (messageId: string) => void }) {
  const turn = useTurn(message.id);
  const parts = turn?.content_parts ?? message.content_parts;
  const status = turn?.status ?? message.status;
  if (status === "queued" && parts.length === 0) {
    return <Waiting messageId={message.id} onCancel={onCancel} />;
  }
  return parts.length === 0 ? <Breathing /> : <MessageParts messageId={message.id} parts={parts} isLive />;
}

function Waiting({ messageId, onCancel }: { messageId: string; onCancel: (messageId: string) => void }) {
  const { t } = useTranslation();
  const place = usePlace(messageId);
  return (
    <p className="flex min-h-9 flex-wrap items-center gap-3 text-soft">
      <span className="size-2 animate-breathe rounded-full bg-accent" aria-hidden />
      {place === undefined ? t(($) => $.chat.waiting) : t(($) => $.chat.waitingPlace, { place })}
      <Button look="quiet" className="h-8" onClick={() => onCancel(messageId)}>
        {t(($) => $.chat.cancelWaiting)}
      </Button>
    </p>
  );
}

function Breathing() {
  const { t } = useTranslation();
  return (
    <p className="flex h-9 items-center">
      <span
        className="size-2.5 animate-breathe rounded-full bg-accent"
        role="img"
        aria-label={t(($) => $.chat.answering)}
      />
    </p>
  );
}
