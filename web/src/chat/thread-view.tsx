/** The messages of a thread, windowed: only what is near the eye exists. */
import { ArrowDown } from "lucide-react";
import { useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer, type CustomContainerComponentProps, type VirtualizerHandle } from "virtua";
import { SourcesContext } from "@/markdown/sources";
import { Button, IconButton } from "@/ui/button";
import { Spinner } from "@/ui/spinner";
import type { AttachedPart, MessageOut } from "@/wire/types";
import type { MessageActions } from "./actions";
import { Announcer } from "./announcer";
import { useFilesDoor } from "./files-door";
import { MessageRow } from "./message-row";
import { OutboxRows } from "./outbox-rows";
import { ThreadContext } from "./thread-context";
import type { Thread } from "./thread-data";
import { useFocusedRow } from "./use-focused-row";
import { usePinnedScroll } from "./use-pinned-scroll";
import { useOlder } from "./use-thread";

/** How near to the top, in pixels, older messages are asked for. */
const OLDER_WITHIN = 1_200;

export interface ThreadHandle {
  toEnd: () => void;
  /** Brings a message into view. */
  show: (index: number) => void;
  /** Where the messages are drawn. */
  box: () => HTMLElement | null;
}

interface ThreadViewProps {
  sessionId: string;
  thread: Thread;
  actions: MessageActions;
  ref: Ref<ThreadHandle>;
}

export function ThreadView({ sessionId, thread, actions, ref }: ThreadViewProps) {
  const { t } = useTranslation();
  const { messages } = thread;
  const list = useRef<VirtualizerHandle>(null);
  const { scroller, content, isAtEnd, toEnd, letGo } = usePinnedScroll();
  const older = useOlder(sessionId);
  const [editingId, startEdit] = useState<string | null>(null);
  const tools = useMemo(() => ({ ...actions, startEdit }), [actions]);
  const { useSources } = useFilesDoor();
  const sources = useSources(useMemo(() => attachedIn(messages), [messages]));
  const hasGrownAbove = useHasGrownAbove(messages);
  const focused = useFocusedRow();
  const kept = messages.flatMap(({ id }, index) => (id === editingId || id === focused.id ? [index] : []));
  useImperativeHandle(ref, () => ({
    toEnd,
    show: (index) => {
      letGo();
      list.current?.scrollToIndex(index, { align: "center" });
    },
    box: () => content.current,
  }));
  const loadNearTop = (offset: number) => {
    if (offset < OLDER_WITHIN && thread.older !== null && !older.isLoading && !older.isFailed) older.load();
  };
  return (
    <ThreadContext value={tools}>
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={t(($) => $.chat.thread)}
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain outline-offset-[-2px] [overflow-anchor:none]"
      >
        <div ref={content} onFocus={focused.onFocus} className="pt-4 pb-8">
          <Older isLoading={older.isLoading} isFailed={older.isFailed} onRetry={older.load} />
          <SourcesContext value={sources}>
            <Virtualizer
              ref={list}
              as={Rows}
              scrollRef={scroller}
              data={messages}
              shift={hasGrownAbove}
              onScroll={loadNearTop}
              keepMounted={kept}
            >
              {(message, index) => (
                <MessageRow
                  key={message.id}
                  message={message}
                  isLast={index === messages.length - 1}
                  isEditing={message.id === editingId}
                />
              )}
            </Virtualizer>
          </SourcesContext>
          <OutboxRows sessionId={sessionId} />
        </div>
      </div>
      <Announcer messages={messages} />
      {!isAtEnd && (
        <div className="relative">
          <IconButton
            look="plain"
            label={t(($) => $.chat.jumpToEnd)}
            icon={<ArrowDown size={18} />}
            onClick={toEnd}
            className="absolute bottom-3 left-1/2 z-10 -translate-x-1/2 rounded-full shadow-raised"
          />
        </div>
      )}
    </ThreadContext>
  );
}

/** What people attached, which answers may name. */
function attachedIn(messages: readonly MessageOut[]): AttachedPart[] {
  return messages.flatMap(({ role, content_parts: parts }) =>
    role === "user" ? parts.filter((part) => part.type === "file" || part.type === "image") : [],
  );
}

/** The list would let nothing be pressed while it scrolls, and it scrolls for as long as an answer is written. */
function Rows({ style, ref, children }: CustomContainerComponentProps & { ref?: Ref<HTMLDivElement> }) {
  return (
    <div ref={ref} style={{ ...style, pointerEvents: undefined }}>
      {children}
    </div>
  );
}

function Older({ isLoading, isFailed, onRetry }: { isLoading: boolean; isFailed: boolean; onRetry: () => void }) {
  const { t } = useTranslation();
  if (isFailed) {
    return (
      <p className="flex items-center justify-center gap-3 py-2 text-soft">
        {t(($) => $.chat.olderFailed)}
        <Button onClick={onRetry}>{t(($) => $.app.tryAgain)}</Button>
      </p>
    );
  }
  return isLoading ? (
    <p className="flex h-0 justify-center text-soft">
      <Spinner label={t(($) => $.chat.loadingOlder)} />
    </p>
  ) : null;
}

/** Whether the last change put messages before the ones that were there: then the reader's place is kept from the end. */
function useHasGrownAbove(messages: readonly MessageOut[]): boolean {
  const [seen, setSeen] = useState({ messages, hasGrown: false });
  if (seen.messages === messages) return seen.hasGrown;
  const first = seen.messages[0]?.id;
  const hasGrown = first !== undefined && messages[0]?.id !== first && messages.some((message) => message.id === first);
  setSeen({ messages, hasGrown });
  return hasGrown;
}
