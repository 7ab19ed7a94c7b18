/** The files of a message: pictures small, everything else as cards; each opens the preview. */
import { useQuery } from "@tanstack/react-query";
import { FileX, ImageOff } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sizeText } from "@/i18n/sizes";
import { cx } from "@/ui/cx";
import { KindIcon } from "./kind-icon";
import { isDrawable, kindOf } from "./kinds";
import { fileIdOf } from "./parts";
import type { AttachedPart } from "@/wire/types";
import { openPreview, type Shown } from "./preview-state";
import { useReadingText } from "./reading-text";
import { fileQuery, isGone, viewAddress } from "./requests";

interface MessageFilesProps {
  parts: readonly AttachedPart[];
  /** They stand at the side of the one who wrote them. */
  isOwn: boolean;
}

export function MessageFiles({ parts, isOwn }: MessageFilesProps) {
  const files = parts.map((part) => ({ part, id: fileIdOf(part) }));
  const known = files.flatMap(({ part, id }) => (id === undefined ? [] : [{ id, name: nameIn(part) }]));
  const images = files.filter(({ part }) => part.type === "image");
  const others = files.filter(({ part }) => part.type === "file");
  const side = isOwn ? "justify-end" : "justify-start";
  return (
    <>
      {images.length > 0 && (
        <div className={cx("mb-2 flex flex-wrap gap-2", side)}>
          {images.map(({ id }, index) => (
            <Picture key={index} id={id} all={known} isAlone={images.length === 1} />
          ))}
        </div>
      )}
      {others.length > 0 && (
        <div className={cx("mb-2 flex flex-wrap gap-2", side)}>
          {others.map(({ part, id }, index) => (
            <Card key={index} id={id} name={nameIn(part)} all={known} />
          ))}
        </div>
      )}
    </>
  );
}

function nameIn(part: AttachedPart): string {
  return part.filename ?? "";
}

function openAmong(all: readonly Shown[], id: string): void {
  openPreview(
    all,
    Math.max(
      0,
      all.findIndex((file) => file.id === id),
    ),
  );
}

interface PictureProps {
  id: string | undefined;
  all: readonly Shown[];
  isAlone: boolean;
}

function Picture({ id, all, isAlone }: PictureProps) {
  const { t } = useTranslation();
  const [hasFailed, setFailed] = useState(false);
  const { data: file, error } = useQuery({ ...fileQuery(id ?? ""), enabled: id !== undefined });
  const box = cx("overflow-hidden rounded-box border border-line bg-sunken", isAlone ? "size-56" : "size-36");
  if (id === undefined || hasFailed || (error !== null && file === undefined)) {
    return (
      <Missing icon={<ImageOff size={16} />}>{t(($) => (isGone(error) ? $.files.gone : $.files.unavailable))}</Missing>
    );
  }
  if (file === undefined) return <div className={box} />;
  const name = file.filename;
  const hasView = file.preview_url !== null || isDrawable(file.mime_type);
  return (
    <button
      type="button"
      className={box}
      aria-label={t(($) => $.files.open, { name })}
      onClick={() => openAmong(all, id)}
    >
      {!hasView ? (
        <span className="flex size-full items-center justify-center text-soft">
          <KindIcon kind="image" size={28} />
        </span>
      ) : (
        <img
          src={viewAddress(id)}
          alt={name}
          loading="lazy"
          decoding="async"
          className="size-full object-cover"
          onError={() => setFailed(true)}
        />
      )}
    </button>
  );
}

function Card({ id, name, all }: { id: string | undefined; name: string; all: readonly Shown[] }) {
  const { t } = useTranslation();
  const { data: file, error } = useQuery({ ...fileQuery(id ?? ""), enabled: id !== undefined });
  const reading = useReadingText(file);
  if (id === undefined || isGone(error)) {
    return (
      <Missing icon={<FileX size={16} />}>
        <span data-text>{name}</span> · {t(($) => $.files.gone)}
      </Missing>
    );
  }
  const kind = kindOf(file, name);
  // Why it could not be read is a sentence, too long for here: the preview says it.
  const state = file?.status === "failed" ? t(($) => $.files.unreadable) : reading;
  const facts = [t(($) => $.files.kinds[kind]), state ?? (file === undefined ? "" : sizeText(file.size))];
  return (
    <button
      type="button"
      onClick={() => openAmong(all, id)}
      className="flex w-64 max-w-full items-center gap-3 rounded-box border border-line bg-raised p-2 text-left transition-colors duration-100 hover:bg-sunken"
    >
      <span className="flex size-10 shrink-0 items-center justify-center rounded-small bg-tint text-accent">
        <KindIcon kind={kind} />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate" title={name} data-text>
          {name}
        </span>
        <span className="block truncate text-small text-soft">{facts.filter(Boolean).join(" · ")}</span>
      </span>
    </button>
  );
}

function Missing({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className="flex min-h-10 max-w-full items-center gap-2 rounded-box border border-dashed border-line px-3 text-small text-soft">
      <span aria-hidden>{icon}</span>
      <span className="min-w-0">{children}</span>
    </p>
  );
}
