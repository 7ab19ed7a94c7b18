/** One page of a PDF, drawn when it comes near. */
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PDFDocumentProxy } from "./pdf";

/** More pixels than this make phones give up (iOS allows 16.7 million for a canvas). */
const MOST_PIXELS = 12_000_000;

export interface PageSize {
  readonly width: number;
  readonly height: number;
}

interface PdfPageProps {
  pdf: PDFDocumentProxy;
  /** From 1. */
  number: number;
  /** In CSS pixels. */
  width: number;
  /** What is assumed until the page is known, in the document's own units. */
  expected: PageSize;
}

export function PdfPage({ pdf, number, width, expected }: PdfPageProps) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState(expected);
  useEffect(() => {
    const target = canvas.current;
    if (target === null) return;
    return draw(pdf, number, width, target, setSize);
  }, [pdf, number, width]);
  return (
    <div className="flex justify-center px-4 pb-4">
      <canvas
        ref={canvas}
        role="img"
        aria-label={t(($) => $.files.preview.page, { number, count: pdf.numPages })}
        style={{ width, height: (width * size.height) / size.width }}
        className="shrink-0 bg-white shadow-raised"
      />
    </div>
  );
}

/** Draws a page; gives what stops it. */
function draw(
  pdf: PDFDocumentProxy,
  number: number,
  width: number,
  canvas: HTMLCanvasElement,
  onSize: (size: PageSize) => void,
): () => void {
  const stopper = new AbortController();
  const { signal } = stopper;
  const run = async () => {
    const page = await pdf.getPage(number);
    if (signal.aborted) return;
    const { width: own, height } = page.getViewport({ scale: 1 });
    onSize({ width: own, height });
    const wanted = (width / own) * devicePixelRatio;
    const scale = Math.min(wanted, Math.sqrt(MOST_PIXELS / (own * height)));
    const viewport = page.getViewport({ scale });
    canvas.width = Math.ceil(viewport.width);
    canvas.height = Math.ceil(viewport.height);
    const task = page.render({ canvas, viewport });
    signal.addEventListener("abort", () => task.cancel());
    await task.promise;
  };
  // A page that cannot be drawn stays white; the others are shown.
  run().catch(() => undefined);
  return () => stopper.abort();
}
