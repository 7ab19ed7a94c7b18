/** What was read out of a file: text, code and tables, more of it on demand. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { serverText } from "@/i18n/server-text";
import { Markdown } from "@/markdown/markdown";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { LoadState } from "@/ui/load-state";
import { Notice } from "@/ui/notice";
import { Spinner } from "@/ui/spinner";
import type { FileOut } from "@/wire/types";
import { useReadingText } from "./reading-text";
import { isBeingRead, textQuery, useReadAgain, useStopReading } from "./requests";
import { piecesOf } from "./text-pieces";

export function TextView({ file }: { file: FileOut }) {
  const { t } = useTranslation();
  if (file.status === "failed") return <Unread file={file} />;
  if (isBeingRead(file)) return <BeingRead file={file} />;
  return (
    <div className="h-full overflow-auto" tabIndex={0} role="region" aria-label={t(($) => $.files.preview.text)}>
      <div className="mx-auto max-w-page px-4 py-6 sm:px-8" data-text>
        <ReadText file={file} />
      </div>
    </div>
  );
}

function ReadText({ file }: { file: FileOut }) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const text = useInfiniteQuery(textQuery(file.id));
  return (
    <LoadState query={text} words={words}>
      {({ pages }) => (
        <>
          <ReadingNotes codes={pages[0]?.meta.notes ?? []} />
          {pages[0]?.total === 0 ? (
            <p className="py-12 text-center text-soft">{t(($) => $.files.preview.emptyText)}</p>
          ) : (
            <Ranges file={file} ranges={pages.map((page) => page.text)} isWhole={!text.hasNextPage} />
          )}
          {text.hasNextPage && (
            <div className="mt-6 flex justify-center">
              <Button busy={text.isFetchingNextPage} onClick={() => void text.fetchNextPage()}>
                {t(($) => $.files.preview.more)}
              </Button>
            </div>
          )}
        </>
      )}
    </LoadState>
  );
}

/** What a person should know about the text: that it is not all of the file, for instance. */
function ReadingNotes({ codes }: { codes: readonly string[] }) {
  const sentences = codes.map((code) => serverText("notes", code)).filter((sentence) => sentence !== undefined);
  if (sentences.length === 0) return null;
  return <Notice className="mb-6 text-small">{sentences.join(" ")}</Notice>;
}

function Ranges({ file, ranges, isWhole }: { file: FileOut; ranges: readonly string[]; isWhole: boolean }) {
  const asIs = file.kind === "text";
  const pieces = useMemo(() => (asIs ? [] : piecesOf(ranges, isWhole)), [asIs, ranges, isWhole]);
  if (asIs) {
    return (
      <pre className="font-mono text-small whitespace-pre-wrap">
        {ranges.map((range, index) => (
          <span key={index}>{range}</span>
        ))}
      </pre>
    );
  }
  return pieces.map((piece, index) => (
    <div key={index} className={cx(piece.isSameCode && "[&_.code-block:first-child>figcaption]:hidden")}>
      <Markdown text={piece.text} />
    </div>
  ));
}

function BeingRead({ file }: { file: FileOut }) {
  const { t } = useTranslation();
  const stopReading = useStopReading();
  return (
    <div className="flex h-full flex-col items-center justify-center gap-4 px-6 text-center text-soft">
      <div role="status" className="flex flex-col items-center gap-3">
        <Spinner size={20} />
        {useReadingText(file)}
        <p className="text-small">{t(($) => $.files.preview.notYet)}</p>
      </div>
      <Button busy={stopReading.isPending} onClick={() => stopReading.mutate(file.id)}>
        {t(($) => $.files.stopReadingShort)}
      </Button>
    </div>
  );
}

function Unread({ file }: { file: FileOut }) {
  const { t } = useTranslation();
  const readAgain = useReadAgain();
  return (
    <div className="flex h-full flex-col items-center justify-center gap-4 px-6 text-center">
      <p className="max-w-form text-soft">{useReadingText(file)}</p>
      <Button busy={readAgain.isPending} onClick={() => readAgain.mutate(file.id)}>
        {t(($) => $.files.readAgainShort)}
      </Button>
    </div>
  );
}
