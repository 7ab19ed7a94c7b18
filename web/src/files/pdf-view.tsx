/** A PDF, page below page, of which only those near the eye exist. */
import { ChevronDown, ChevronUp } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { failureText } from "@/i18n/server-text";
import { IconButton } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Spinner } from "@/ui/spinner";
import type { FileOut } from "@/wire/types";
import { needsPassword, openPdf, type PDFDocumentProxy } from "./pdf";
import { PdfPage, type PageSize } from "./pdf-page";
import { ZoomButtons, type Zoom } from "./zoom-buttons";

interface PdfViewProps {
  file: FileOut;
  /** The page to begin with, from 1. */
  page: number;
}

interface Opened {
  readonly pdf: PDFDocumentProxy;
  readonly firstPage: PageSize;
}

export function PdfView({ file, page }: PdfViewProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<Opened>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    const task = openPdf(file.id);
    let isCurrent = true;
    void task.opened
      .then(async (pdf) => {
        const { width, height } = (await pdf.getPage(1)).getViewport({ scale: 1 });
        if (isCurrent) setOpened({ pdf, firstPage: { width, height } });
      })
      .catch((reason: unknown) => {
        if (isCurrent) setFailure(reason);
      });
    return () => {
      isCurrent = false;
      task.close();
    };
  }, [file.id]);
  if (failure !== undefined) {
    return (
      <EmptyState title={t(($) => $.files.preview.failed)}>
        {needsPassword(failure) ? t(($) => $.files.preview.password) : failureText(failure)}
      </EmptyState>
    );
  }
  if (opened === undefined) {
    return (
      <div className="flex h-full items-center justify-center text-soft">
        <Spinner size={20} label={t(($) => $.app.loading)} />
      </div>
    );
  }
  return <Pages {...opened} startPage={page} />;
}

/** A page is no wider than this when it fits, in pixels. */
const WIDEST_FIT = 880;
const BESIDE = 32;

function Pages({ pdf, firstPage, startPage }: Opened & { startPage: number }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const [boxWidth, setBoxWidth] = useState(0);
  const [zoom, setZoom] = useState<Zoom>("fit");
  const [current, setCurrent] = useState(startPage);
  const width = Math.round(Math.min(WIDEST_FIT, boxWidth - BESIDE) * (zoom === "fit" ? 1 : zoom));
  const goTo = (page: number) => {
    const wanted = Math.min(pdf.numPages, Math.max(1, page));
    setCurrent(wanted);
    list.current?.scrollToIndex(wanted - 1, { align: "start" });
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const sizes = new ResizeObserver(() => setBoxWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  const isLaidOut = boxWidth > 0;
  useEffect(() => {
    if (isLaidOut && startPage > 1) list.current?.scrollToIndex(startPage - 1, { align: "start" });
  }, [isLaidOut, startPage]);
  const pages = Array.from({ length: pdf.numPages }, (_, index) => index + 1);
  return (
    <div className="relative h-full">
      <div
        ref={box}
        tabIndex={0}
        role="region"
        aria-label={t(($) => $.files.preview.original)}
        className="h-full overflow-auto bg-sunken py-4"
      >
        {isLaidOut && (
          <Virtualizer
            ref={list}
            scrollRef={box}
            itemSize={(width * firstPage.height) / firstPage.width + 16}
            data={pages}
            onScroll={(offset) => {
              // The list itself knows its height only after its first scroll.
              const middle = offset + (box.current?.clientHeight ?? 0) / 2;
              if (list.current !== null) setCurrent(list.current.findItemIndex(middle) + 1);
            }}
          >
            {(number) => <PdfPage key={number} pdf={pdf} number={number} width={width} expected={firstPage} />}
          </Virtualizer>
        )}
      </div>
      <div className="absolute inset-x-0 bottom-3 flex justify-center">
        <ZoomButtons zoom={zoom} onChange={setZoom}>
          <PageButtons current={current} count={pdf.numPages} onGo={goTo} />
        </ZoomButtons>
      </div>
    </div>
  );
}

function PageButtons({ current, count, onGo }: { current: number; count: number; onGo: (page: number) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string>();
  const go = () => {
    const page = Number.parseInt(typed ?? "", 10);
    setTyped(undefined);
    if (Number.isInteger(page)) onGo(page);
  };
  return (
    <>
      <IconButton
        size="small"
        label={t(($) => $.files.preview.previousPage)}
        icon={<ChevronUp size={16} />}
        disabled={current <= 1}
        onClick={() => onGo(current - 1)}
      />
      <input
        inputMode="numeric"
        aria-label={t(($) => $.files.preview.pageNumber)}
        value={typed ?? String(current)}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={go}
        onKeyDown={(event) => {
          if (event.key === "Enter") go();
        }}
        className="h-8 w-12 rounded-small border border-line bg-page text-center text-ui coarse:h-11 coarse:text-body"
      />
      <span className="px-1 text-small whitespace-nowrap text-soft">
        {t(($) => $.files.preview.ofPages, { count })}
      </span>
      <IconButton
        size="small"
        label={t(($) => $.files.preview.nextPage)}
        icon={<ChevronDown size={16} />}
        disabled={current >= count}
        onClick={() => onGo(current + 1)}
      />
    </>
  );
}
