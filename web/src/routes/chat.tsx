/** The page of one chat. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Chat } from "@/chat/chat";
import { FilesContext } from "@/chat/files-door";
import { useThread } from "@/chat/use-thread";
import { failureText } from "@/i18n/server-text";
import { SessionMenu } from "@/sessions/session-menu";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Spinner } from "@/ui/spinner";
import { Problem } from "@/wire/api";
import { sessionQuery } from "@/wire/session-cache";
import { chatFiles } from "./chat-files";
import { SidebarButton } from "./sidebar-button";

export function ChatPage() {
  const { sessionId } = useParams({ from: "/app/chat/$sessionId" });
  return <OpenChat key={sessionId} sessionId={sessionId} />;
}

function OpenChat({ sessionId }: { sessionId: string }) {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery(sessionId));
  const { thread, error, refetch, ...live } = useThread(sessionId);
  const { message } = useSearch({ from: "/app/chat/$sessionId" });
  const navigate = useNavigate({ from: "/chat/$sessionId" });
  const failure = session.error ?? error;
  if (session.data !== undefined && thread !== undefined) {
    return (
      <FilesContext value={chatFiles}>
        <title>{`${session.data.name || t(($) => $.chat.newChat)} · Chatbox`}</title>
        <Chat
          session={session.data}
          thread={thread}
          messageId={message}
          onArrived={() => void navigate({ search: {}, replace: true })}
          live={live}
          barStart={<SidebarButton />}
          barEnd={<SessionMenu session={session.data} />}
        />
      </FilesContext>
    );
  }
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-14 shrink-0 items-center px-2">
        <SidebarButton />
      </header>
      {failure === null ? (
        <Loading />
      ) : (
        <Failed
          failure={failure}
          onRetry={() => {
            void session.refetch();
            void refetch();
          }}
        />
      )}
    </div>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className="flex flex-1 items-center justify-center text-soft">
      <Spinner size={20} label={t(($) => $.app.loading)} />
    </div>
  );
}

function Failed({ failure, onRetry }: { failure: Error; onRetry: () => void }) {
  const { t } = useTranslation();
  const isGone = failure instanceof Problem && (failure.status === 404 || failure.status === 422);
  return (
    <EmptyState
      title={isGone ? t(($) => $.chat.gone) : t(($) => $.chat.loadFailed)}
      action={
        <>
          {!isGone && <Button onClick={onRetry}>{t(($) => $.app.tryAgain)}</Button>}
          <Link to="/" className="inline-flex h-9 items-center px-4 text-accent underline coarse:h-11">
            {t(($) => $.chat.newChat)}
          </Link>
        </>
      }
    >
      {isGone ? t(($) => $.chat.goneHint) : failureText(failure)}
    </EmptyState>
  );
}
