/** Opens PDFs with pdf.js, which loads with the first one. Nothing of a document runs: no scripts, no WebAssembly. */
import { getDocument, GlobalWorkerOptions, PasswordException, version, type PDFDocumentProxy } from "pdfjs-dist";
import workerAddress from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { inlineAddress } from "./requests";

GlobalWorkerOptions.workerSrc = workerAddress;

/** Where the tables of Asian fonts and the like are; the build puts them there. */
const SHARED = import.meta.env.DEV ? "/node_modules/pdfjs-dist/" : `/assets/pdfjs-${version}/`;
/** The page's policy allows no WebAssembly; the same code in plain JavaScript stands in for it. */
const SURROUNDINGS = {
  cMapUrl: `${SHARED}cmaps/`,
  standardFontDataUrl: `${SHARED}standard_fonts/`,
  wasmUrl: `${SHARED}wasm/`,
  useWasm: false,
};

export type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";

export interface OpenPdf {
  readonly opened: Promise<PDFDocumentProxy>;
  readonly close: () => void;
}

/** Opens a file by its id; its bytes are read as they are needed. */
export function openPdf(fileId: string): OpenPdf {
  const task = getDocument({
    url: inlineAddress(fileId),
    withCredentials: true,
    disableAutoFetch: true,
    disableStream: true, // or else the rest would come along all the same
    ...SURROUNDINGS,
  });
  return { opened: task.promise, close: () => void task.destroy() };
}

export function needsPassword(failure: unknown): boolean {
  return failure instanceof PasswordException;
}
