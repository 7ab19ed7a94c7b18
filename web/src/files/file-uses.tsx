/** The chats in which a file stands, each a way to the message. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { dayText } from "@/i18n/dates";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { LoadState } from "@/ui/load-state";
import type { FileOut } from "@/wire/types";
import { usesQuery } from "./requests";

export function FileUses({ file, onClose }: { file: FileOut; onClose: () => void }) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const uses = useInfiniteQuery(usesQuery(file.id));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(($) => $.files.uses)}
      description={file.filename}
      closeLabel={t(($) => $.app.close)}
    >
      <LoadState query={uses} words={words}>
        {({ pages }) =>
          pages[0]?.items.length === 0 ? (
            <p className="text-soft">{t(($) => $.files.usesEmpty)}</p>
          ) : (
            <ul className="-mx-3">
              {pages
                .flatMap((page) => page.items)
                .map((use) => (
                  <li key={use.message_id}>
                    <Link
                      to="/chat/$sessionId"
                      params={{ sessionId: use.session_id }}
                      search={{ message: use.message_id }}
                      className="flex min-h-11 items-center gap-3 rounded-box px-3 hover:bg-sunken"
                    >
                      <MessageSquare size={16} aria-hidden className="shrink-0 text-soft" />
                      <span className="min-w-0 flex-1 truncate" data-text>
                        {use.session_name || t(($) => $.files.untitled)}
                      </span>
                      <span className="text-small text-soft">{dayText(use.created_at)}</span>
                    </Link>
                  </li>
                ))}
            </ul>
          )
        }
      </LoadState>
      {uses.hasNextPage && (
        <Button className="mt-3" busy={uses.isFetchingNextPage} onClick={() => void uses.fetchNextPage()}>
          {t(($) => $.files.preview.more)}
        </Button>
      )}
    </Dialog>
  );
}
