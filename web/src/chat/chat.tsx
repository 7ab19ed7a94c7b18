/** One open chat: its bar, its messages, and where the next one is written. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Search, SlidersHorizontal } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { failureText } from "@/i18n/server-text";
import { IconButton } from "@/ui/button";
import { copyText } from "@/ui/clipboard";
import { toast, toastError } from "@/ui/toast";
import { keyNames, useShortcut } from "@/ui/use-shortcut";
import { api } from "@/wire/api";
import { putSession } from "@/wire/session-cache";
import type { SessionOut } from "@/wire/types";
import { useMessageActions } from "./actions";
import { Composer } from "./composer";
import { ConnectionPill } from "./connection-pill";
import { useFilesDoor } from "./files-door";
import { FindBar } from "./find-bar";
import { textOf } from "./message-text";
import { useLastModel, useModelId } from "./model-choice";
import { ModelPicker } from "./model-picker";
import { sendMessage } from "./outbox";
import { isUnfinished, type Thread } from "./thread-data";
import { ThreadView, type ThreadHandle } from "./thread-view";
import { useJump } from "./use-jump";
import type { useThread } from "./use-thread";

// What few visits need is loaded when it is asked for.
const SessionPanel = lazy(async () => ({ default: (await import("./session-panel")).SessionPanel }));

interface ChatProps {
  session: SessionOut;
  thread: Thread;
  /** The message to begin at, until it was gone to. */
  messageId?: string | undefined;
  onArrived: () => void;
  live: Pick<ReturnType<typeof useThread>, "state" | "reload" | "tryNow">;
  /** What stands at the left of the bar, and its menu at the right. */
  barStart: ReactNode;
  barEnd: ReactNode;
}

export function Chat({ session, thread, messageId, onArrived, live, barStart, barEnd }: ChatProps) {
  const { t } = useTranslation();
  const view = useRef<ThreadHandle>(null);
  const [isFinding, setFinding] = useState(false);
  const [isPanelOpen, setPanelOpen] = useState(false);
  const actions = useMessageActions(session.id, live.reload);
  const { DropZone } = useFilesDoor();
  useShortcut("mod+f", (event) => {
    event.preventDefault();
    setFinding(true);
  });
  useCopyLast(thread);
  useJump({ sessionId: session.id, thread, view, messageId, switchTo: actions.switchTo, onArrived });
  return (
    <DropZone draftKey={session.id} className="flex h-full flex-col">
      <header className="flex h-14 shrink-0 items-center gap-1 px-2">
        {barStart}
        <h1 className="min-w-0 flex-1 truncate px-2 text-ui font-strong">{session.name || t(($) => $.chat.newChat)}</h1>
        <ConnectionPill state={live.state} onRetry={live.tryNow} />
        <IconButton
          label={t(($) => $.chat.find)}
          shortcut={keyNames("mod+f").join(" ")}
          icon={<Search size={18} />}
          onClick={() => setFinding(true)}
        />
        <IconButton
          label={t(($) => $.chat.settings)}
          icon={<SlidersHorizontal size={18} />}
          onClick={() => setPanelOpen(true)}
        />
        {barEnd}
      </header>
      {isFinding && <FindBar sessionId={session.id} thread={thread} view={view} onClose={() => setFinding(false)} />}
      <ThreadView ref={view} sessionId={session.id} thread={thread} actions={actions} />
      <Writing session={session} thread={thread} onStop={actions.stop} onSent={() => view.current?.toEnd()} />
      <Suspense>{isPanelOpen && <SessionPanel session={session} onClose={() => setPanelOpen(false)} />}</Suspense>
    </DropZone>
  );
}

interface WritingProps {
  session: SessionOut;
  thread: Thread;
  onStop: (messageId: string) => void;
  onSent: () => void;
}

function Writing({ session, thread, onStop, onSent }: WritingProps) {
  const queryClient = useQueryClient();
  const model = useModelId(session.model);
  const choose = useChooseModel(session);
  const running =
    thread.messages.findLast((message) => message.status === "streaming") ?? thread.messages.findLast(isUnfinished);
  return (
    <div className="relative mx-auto w-full max-w-thread px-3 pb-3 before:pointer-events-none before:absolute before:inset-x-0 before:-top-5 before:h-5 before:bg-linear-to-t before:from-page before:to-transparent sm:px-4 sm:pb-4">
      <Composer
        draftKey={session.id}
        isBlocked={model === null}
        onStop={running === undefined ? undefined : () => onStop(running.id)}
        onSend={(text, files) => {
          void sendMessage(queryClient, { sessionId: session.id, text, files, model });
          onSent();
        }}
      >
        <ModelPicker value={model} onChange={choose} />
      </Composer>
    </div>
  );
}

/** Remembers a model for this chat and for the next new one. */
function useChooseModel(session: SessionOut): (model: string) => void {
  const queryClient = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (model: string) => api.patch<SessionOut>(`/sessions/${session.id}`, { model }),
    // Shown before the server knows, because the next message may be sent at once and names it.
    onMutate: (model) => putSession(queryClient, { ...session, model }),
    onSuccess: (changed) => putSession(queryClient, changed),
    onError: (failure) => {
      putSession(queryClient, session);
      toastError(failureText(failure));
    },
  });
  return (model) => {
    useLastModel.setState({ id: model });
    mutate(model);
  };
}

function useCopyLast(thread: Thread): void {
  const { t } = useTranslation();
  const latest = useRef(thread);
  useEffect(() => {
    latest.current = thread;
  }, [thread]);
  useShortcut("mod+shift+c", (event) => {
    const answer = latest.current.messages.findLast((message) => message.role === "assistant");
    if (answer === undefined) return;
    event.preventDefault();
    void copyText(textOf(answer)).then((isCopied) =>
      isCopied ? toast(t(($) => $.app.copied)) : toastError(t(($) => $.chat.copyFailed)),
    );
  });
}
