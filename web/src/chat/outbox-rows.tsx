/** What was just sent, shown at once at the end of the thread; what failed keeps its text and says why. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { failureText } from "@/i18n/server-text";
import { Button } from "@/ui/button";
import { setDraft } from "./drafts";
import { useFilesDoor } from "./files-door";
import { Bubble } from "./message-row";
import { forgetSent, sendAgain, useOutbox, type Sending } from "./outbox";

export function OutboxRows({ sessionId }: { sessionId: string }) {
  const items = useOutbox(useShallow((outbox) => outbox.items.filter((item) => item.sessionId === sessionId)));
  return items.map((item) => <OutboxRow key={item.clientId} item={item} />);
}

function OutboxRow({ item }: { item: Sending }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { MessageFiles, useAttached } = useFilesDoor();
  const { giveBack } = useAttached(item.sessionId);
  const hasFailed = item.failure !== null;
  return (
    <div className="mx-auto flex max-w-thread flex-col items-end px-4 py-2">
      <MessageFiles parts={item.files} isOwn />
      {item.text !== "" && <Bubble>{item.text}</Bubble>}
      {hasFailed && (
        <div role="alert" className="mt-2 flex flex-wrap items-center justify-end gap-2 text-ui text-danger">
          <span>
            {t(($) => $.chat.notSent)}. {failureText(item.failure)}
          </span>
          <Button
            look="quiet"
            onClick={() => {
              setDraft(item.sessionId, item.text);
              giveBack(item.files);
              forgetSent([item.clientId]);
            }}
          >
            {t(($) => $.chat.edit)}
          </Button>
          <Button onClick={() => void sendAgain(queryClient, item)}>{t(($) => $.chat.sendAgain)}</Button>
        </div>
      )}
    </div>
  );
}
