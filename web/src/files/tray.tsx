/** The attachments of one draft, above where the message is written. */
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useShallow } from "zustand/react/shallow";
import { attachedTo, isUnderWay, useAttachments } from "./attachments";
import { Chip } from "./chip";
import { isUploading } from "./uploads";

export function Tray({ draftKey }: { draftKey: string }) {
  const { t } = useTranslation();
  const items = useAttachments(useShallow(attachedTo(draftKey)));
  const count = items.filter(isUnderWay).length;
  const list = useRef<HTMLUListElement>(null);
  const latest = items.at(-1)?.key;
  useEffect(() => {
    // What was attached last is what one wants to see.
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [latest]);
  useWarning(count > 0);
  if (items.length === 0) return null;
  return (
    <div className="px-3 pt-3">
      <ul
        ref={list}
        aria-label={t(($) => $.files.attached)}
        className="grid max-h-56 grid-cols-1 gap-2 overflow-y-auto sm:grid-cols-2"
      >
        {items.map((item) => (
          <Chip key={item.key} item={item} />
        ))}
      </ul>
      <p role="status" className="sr-only">
        {count > 0 ? t(($) => $.files.uploadingCount, { count }) : t(($) => $.files.allUploaded)}
      </p>
    </div>
  );
}

/** Whoever closes the page during an upload is asked whether they mean it. */
function useWarning(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const warn = (event: BeforeUnloadEvent) => {
      if (isUploading()) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isNeeded]);
}
