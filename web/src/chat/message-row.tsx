/** One message of a thread. Settled rows render once: their message is the same object until something changes it. */
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import type { MessageOut } from "@/wire/types";
import { EditBox } from "./edit-box";
import { useFilesDoor } from "./files-door";
import { LiveMessage } from "./live-message";
import { MessageParts, Note } from "./message-parts";
import { filesOf } from "./message-text";
import { MessageToolbar } from "./message-toolbar";
import { useThreadTools } from "./thread-context";
import { isUnfinished } from "./thread-data";

interface MessageRowProps {
  message: MessageOut;
  isLast: boolean;
  isEditing: boolean;
}

export const MessageRow = memo(function MessageRow({ message, isLast, isEditing }: MessageRowProps) {
  const { t } = useTranslation();
  if (isEditing) {
    return (
      <Row label={t(($) => $.chat.editMessage)} id={message.id}>
        <EditBox message={message} />
      </Row>
    );
  }
  if (message.role === "user") {
    return (
      <Row label={t(($) => $.chat.you)} id={message.id}>
        <Asked message={message} />
        <MessageToolbar message={message} isLast={false} />
      </Row>
    );
  }
  const label = message.role === "system" ? t(($) => $.chat.systemMessage) : t(($) => $.chat.answer);
  return (
    <Row label={label} id={message.id}>
      <Answer message={message} isLast={isLast} />
    </Row>
  );
});

function Row({ label, id, children }: { label: string; id: string; children: ReactNode }) {
  return (
    <div className="mx-auto max-w-thread px-4 py-2">
      <article aria-label={label} data-message={id} className="group/message">
        {children}
      </article>
    </div>
  );
}

/** What a person wrote, as it was written: no Markdown, so that nothing of it is lost. */
function Asked({ message }: { message: MessageOut }) {
  const { MessageFiles } = useFilesDoor();
  return (
    <div className="flex flex-col items-end">
      <MessageFiles parts={filesOf(message)} isOwn />
      {message.content_parts.map((part, index) => {
        if (part.type === "text") return <Bubble key={index}>{part.text}</Bubble>;
        return part.type === "info" ? <Note key={index} part={part} /> : null;
      })}
    </div>
  );
}

export function Bubble({ children }: { children: ReactNode }) {
  return (
    <div className="max-w-[85%] rounded-card bg-sunken px-4 py-2 text-body whitespace-pre-wrap" data-text>
      {children}
    </div>
  );
}

function Answer({ message, isLast }: { message: MessageOut; isLast: boolean }) {
  const tools = useThreadTools();
  if (isUnfinished(message)) return <LiveMessage message={message} onCancel={tools.stop} />;
  return (
    <>
      <MessageParts messageId={message.id} parts={message.content_parts} isLive={false} />
      <Ending message={message} isLast={isLast} />
      <MessageToolbar message={message} isLast={isLast} />
    </>
  );
}

/** How an answer ended when it did not simply end, and what to do about it. */
function Ending({ message, isLast }: { message: MessageOut; isLast: boolean }) {
  const { t } = useTranslation();
  const tools = useThreadTools();
  const note = useEndingNote(message);
  const hasText = message.content_parts.some((part) => part.type === "text");
  const isCut = message.status !== "complete" || message.finish_reason === "length";
  if (note === undefined && !isCut) return null;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-3 text-ui text-soft">
      {note}
      {isCut && isLast && hasText && (
        <Button onClick={() => tools.goOn(message.id)}>{t(($) => $.chat.continue)}</Button>
      )}
      {isCut && isLast && !hasText && (
        <Button onClick={() => tools.regenerate(message.id)}>{t(($) => $.chat.tryAgain)}</Button>
      )}
    </div>
  );
}

function useEndingNote(message: MessageOut): string | undefined {
  const { t } = useTranslation();
  const { status, finish_reason, content_parts } = message;
  if (status === "stopped") return t(($) => $.chat.stopped);
  if (status === "interrupted") return t(($) => $.chat.interrupted);
  if (finish_reason === "length") return t(($) => $.chat.cutByLength);
  if (status === "complete" && content_parts.length === 0) return t(($) => $.chat.emptyAnswer);
  return undefined;
}
