/** The start of a chat: a greeting, a few ideas, and where the first message is written. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { failureText } from "@/i18n/server-text";
import { toastError } from "@/ui/toast";
import { api } from "@/wire/api";
import { putSession } from "@/wire/session-cache";
import type { AttachedPart, SessionOut } from "@/wire/types";
import { Composer } from "./composer";
import { NEW_CHAT, setDraft } from "./drafts";
import { useFilesDoor } from "./files-door";
import { threadKey } from "./keys";
import { useLastModel, useModelId } from "./model-choice";
import { ModelPicker } from "./model-picker";
import { sendMessage } from "./outbox";
import { EMPTY_THREAD } from "./thread-data";

export function NewChat() {
  const { t } = useTranslation();
  const model = useModelId(null);
  const start = useStart(model);
  const { DropZone } = useFilesDoor();
  return (
    <DropZone draftKey={NEW_CHAT} className="h-full">
      <div className="mx-auto flex h-full w-full max-w-thread flex-col px-3 pb-3 sm:px-4 sm:pb-4">
        <div className="flex min-h-0 flex-1 flex-col items-center justify-center text-center">
          <h1 className="text-display font-strong">{t(($) => $.chat.welcome)}</h1>
          <p className="mt-2 text-soft">{t(($) => $.chat.welcomeHint)}</p>
        </div>
        <Suggestions />
        <Composer
          draftKey={NEW_CHAT}
          isBlocked={model === null || start.isPending}
          onSend={(text, files) => start.mutate({ text, files })}
        >
          <ModelPicker value={model} onChange={(id) => useLastModel.setState({ id })} />
        </Composer>
      </div>
    </DropZone>
  );
}

const IDEAS = ["explain", "plan", "code", "rewrite"] as const;

function Suggestions() {
  const { t } = useTranslation();
  return (
    <ul className="mb-4 grid grid-cols-1 gap-2 sm:grid-cols-2">
      {IDEAS.map((idea) => {
        const text = t(($) => $.chat.suggestions[idea]);
        return (
          <li key={idea}>
            <button
              type="button"
              onClick={() => {
                setDraft(NEW_CHAT, text);
                document.querySelector("textarea")?.focus();
              }}
              className="h-full min-h-11 w-full rounded-box border border-line px-4 py-2 text-left text-soft transition-colors duration-100 hover:bg-sunken hover:text-ink"
            >
              {text}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface FirstMessage {
  readonly text: string;
  readonly files: readonly AttachedPart[];
}

/** Makes the chat, goes there and sends the first message. */
function useStart(model: string | null) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { useAttached } = useFilesDoor();
  const { giveBack } = useAttached(NEW_CHAT);
  return useMutation<SessionOut, Error, FirstMessage>({
    // Its title comes from the first message later, on the server.
    mutationFn: () => api.post<SessionOut>("/sessions", { model }),
    onSuccess: async (session, { text, files }) => {
      // A new chat has no messages yet: its stream tells everything from the first event on.
      queryClient.setQueryData(threadKey(session.id), EMPTY_THREAD);
      putSession(queryClient, session);
      void sendMessage(queryClient, { sessionId: session.id, text, files, model });
      await navigate({ to: "/chat/$sessionId", params: { sessionId: session.id } });
    },
    onError: (failure, { text, files }) => {
      setDraft(NEW_CHAT, text);
      giveBack(files);
      toastError(failureText(failure));
    },
  });
}
