/** A part of the page where files can be dropped; says so while they hover over it. */
import { Upload } from "lucide-react";
import { useEffect, useState, type DragEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import { toastError } from "@/ui/toast";

interface DropZoneProps {
  words: string;
  onDrop: (files: readonly File[]) => void;
  className?: string;
  children: ReactNode;
}

export function DropZone({ words, onDrop, className, children }: DropZoneProps) {
  const { t } = useTranslation();
  // Every element on the way tells of entering and leaving; it is over the zone while more were entered than left.
  const [depth, setDepth] = useState(0);
  useMissedDrops();
  const take = (event: DragEvent) => {
    event.preventDefault();
    setDepth(0);
    const { files, hasFolder } = filesIn(event.dataTransfer);
    if (hasFolder) toastError(t(($) => $.files.noFolders));
    if (files.length > 0) onDrop(files);
  };
  const ifFiles = (act: (event: DragEvent) => void) => (event: DragEvent) => {
    if (event.dataTransfer.types.includes("Files")) act(event);
  };
  return (
    <div
      className={cx("relative", className)}
      onDragEnter={ifFiles(() => setDepth((before) => before + 1))}
      onDragOver={ifFiles((event) => {
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      })}
      onDragLeave={ifFiles(() => setDepth((before) => Math.max(0, before - 1)))}
      onDrop={ifFiles(take)}
    >
      {children}
      {depth > 0 && (
        <div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center rounded-card border-2 border-dashed border-accent bg-page/90">
          <p className="flex items-center gap-3 text-title font-strong text-accent">
            <Upload size={22} aria-hidden />
            {words}
          </p>
        </div>
      )}
    </div>
  );
}

function filesIn(data: DataTransfer): { files: File[]; hasFolder: boolean } {
  const items = [...data.items].filter((item) => item.kind === "file");
  // Asked before anything else happens: the browser empties the list after the event.
  const folders = new Set(
    items.flatMap((item, index) => (item.webkitGetAsEntry()?.isDirectory === true ? [index] : [])),
  );
  return { files: [...data.files].filter((_file, index) => !folders.has(index)), hasFolder: folders.size > 0 };
}

/** A file that is dropped beside the zone would otherwise be opened in place of the page. */
function useMissedDrops(): void {
  useEffect(() => {
    const ignore = (event: globalThis.DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
    };
    addEventListener("dragover", ignore);
    addEventListener("drop", ignore);
    return () => {
      removeEventListener("dragover", ignore);
      removeEventListener("drop", ignore);
    };
  }, []);
}
