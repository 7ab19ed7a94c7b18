/** The files that fit a search, newest first; loads more towards the end. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { FolderOpen } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { LoadState } from "@/ui/load-state";
import { Rows } from "@/ui/page";
import { Spinner } from "@/ui/spinner";
import type { FileOut } from "@/wire/types";
import { FileRow } from "./file-row";
import { filesQuery, type FileFilter } from "./requests";

interface FileListProps {
  filter: FileFilter;
  onUse: (file: FileOut) => void;
}

export function FileList({ filter, onUse }: FileListProps) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const files = useInfiniteQuery(filesQuery(filter));
  const isFiltered = filter.query !== "" || filter.kind !== "";
  return (
    <LoadState query={files} words={words}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) {
          return isFiltered ? (
            <p className="py-12 text-center text-soft">{t(($) => $.files.nothingFound)}</p>
          ) : (
            <EmptyState icon={<FolderOpen size={32} />} title={t(($) => $.files.none)}>
              {t(($) => $.files.noneHint)}
            </EmptyState>
          );
        }
        return (
          <>
            <Rows label={t(($) => $.files.title)}>
              {items.map((file) => (
                <FileRow key={file.id} file={file} onUse={() => onUse(file)} />
              ))}
            </Rows>
            {files.hasNextPage && (
              <More
                isLoading={files.isFetchingNextPage}
                isFailed={files.isFetchNextPageError}
                onNear={() => void files.fetchNextPage()}
              />
            )}
          </>
        );
      }}
    </LoadState>
  );
}

interface MoreProps {
  isLoading: boolean;
  isFailed: boolean;
  onNear: () => void;
}

/** The end of what is loaded: coming near to it loads more. */
function More({ isLoading, isFailed, onNear }: MoreProps) {
  const { t } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (element === null || isLoading || isFailed) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) onNear();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isLoading, isFailed, onNear]);
  return (
    <div ref={end} className="flex min-h-16 items-center justify-center gap-3 text-soft">
      {isFailed ? (
        <>
          {t(($) => $.files.moreFailed)}
          <Button onClick={onNear}>{t(($) => $.app.tryAgain)}</Button>
        </>
      ) : (
        <Spinner label={t(($) => $.files.loadingMore)} />
      )}
    </div>
  );
}
