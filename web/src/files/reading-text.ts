/** How far the server is with reading a file, in words. */
import { useTranslation } from "react-i18next";
import type { FileOut } from "@/wire/types";

/** Undefined when there is nothing to say: it is read, or nothing is known. */
export function useReadingText(file: FileOut | undefined): string | undefined {
  const { t } = useTranslation();
  if (file === undefined || file.status === "ready") return undefined;
  if (file.status === "failed") return file.problem?.detail ?? t(($) => $.files.unreadable);
  if (file.status === "queued") return t(($) => $.files.waitingToBeRead);
  if (file.progress === null || file.progress.of === 0) return t(($) => $.files.reading);
  return t(($) => $.files.readingPage, { done: file.progress.done, of: file.progress.of });
}
