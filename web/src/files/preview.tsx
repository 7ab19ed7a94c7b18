/** A look at a file without leaving the page. Arrow keys go on to the next file of the same message. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Download, X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { lazy, Suspense, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLoadWords } from "@/i18n/load-words";
import { sizeText } from "@/i18n/sizes";
import { IconButton } from "@/ui/button";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/empty-state";
import { LoadState } from "@/ui/load-state";
import { Spinner } from "@/ui/spinner";
import { useFocusReturn } from "@/ui/use-focus-return";
import type { FileOut } from "@/wire/types";
import { ImageView } from "./image-view";
import { isDrawable, kindOf } from "./kinds";
import { closePreview, stepPreview, usePreview, type Shown } from "./preview-state";
import { downloadAddress, fileQuery, isGone } from "./requests";
import { TextView } from "./text-view";

const PdfView = lazy(async () => ({ default: (await import("./pdf-view")).PdfView }));

export function Preview() {
  const { files, index, page } = usePreview();
  const focusReturn = useFocusReturn(true);
  const shown = files[index];
  if (shown === undefined) return null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement || files.length < 2) return;
    if (event.key === "ArrowRight") stepPreview(1);
    else if (event.key === "ArrowLeft") stepPreview(-1);
    else return;
    event.preventDefault();
  };
  return (
    <Radix.Root open onOpenChange={closePreview}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Radix.Content
          {...focusReturn}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // Not on a button, whose hint would come up and take the first Escape.
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          onKeyDown={onKeyDown}
          className="fixed inset-0 z-40 flex flex-col overflow-hidden bg-page outline-none sm:inset-4 sm:rounded-card sm:border sm:border-line sm:shadow-raised"
        >
          <Looked key={shown.id} shown={shown} page={page} place={{ index, count: files.length }} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface Place {
  readonly index: number;
  readonly count: number;
}

type View = "original" | "text";

function Looked({ shown, page, place }: { shown: Shown; page: number; place: Place }) {
  const { t } = useTranslation();
  const words = useLoadWords();
  const query = useQuery(fileQuery(shown.id));
  const [chosen, setView] = useState<View>();
  const file = query.data;
  const views = file === undefined ? [] : viewsOf(file);
  const view = chosen ?? views[0];
  return (
    <>
      <Bar shown={shown} file={file} place={place}>
        {views.length > 1 && <ViewSwitch view={view ?? "text"} onChange={setView} />}
      </Bar>
      <div className="min-h-0 flex-1">
        {isGone(query.error) ? (
          <EmptyState title={t(($) => $.files.gone)} />
        ) : (
          <LoadState query={query} words={words}>
            {(known) => (
              <Suspense fallback={<Waiting />}>
                <Content file={known} view={view} page={page} />
              </Suspense>
            )}
          </LoadState>
        )}
      </div>
    </>
  );
}

/** Pictures and PDFs can be looked at as they are; of everything else the text is shown. */
function viewsOf(file: FileOut): readonly View[] {
  const kind = kindOf(file, file.filename);
  const hasView = isDrawable(file.mime_type) || file.preview_url !== null;
  if (kind === "pdf" || (kind === "image" && hasView)) return ["original", "text"];
  return ["text"];
}

function Content({ file, view, page }: { file: FileOut; view: View | undefined; page: number }) {
  if (view === "text") return <TextView file={file} />;
  return kindOf(file, file.filename) === "pdf" ? <PdfView file={file} page={page} /> : <ImageView file={file} />;
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div className="flex h-full items-center justify-center text-soft">
      <Spinner size={20} label={t(($) => $.app.loading)} />
    </div>
  );
}

interface BarProps {
  shown: Shown;
  file: FileOut | undefined;
  place: Place;
  children: ReactNode;
}

function Bar({ shown, file, place, children }: BarProps) {
  const { t } = useTranslation();
  const name = file?.filename ?? shown.name;
  const kind = kindOf(file, name);
  const facts = file === undefined ? [] : [t(($) => $.files.kinds[kind]), sizeText(file.size)];
  if (file?.pages != null) facts.push(t(($) => $.files.pages, { count: file.pages }));
  return (
    <header className="flex min-h-14 flex-wrap items-center gap-x-2 border-b border-line bg-raised px-3 py-2">
      <div className="min-w-0 flex-1 px-1">
        <Radix.Title className="truncate text-ui font-strong" data-text>
          {name}
        </Radix.Title>
        <p className="truncate text-small text-soft">{facts.join(" · ")}</p>
      </div>
      {/* On a phone this is a line of its own, below what every file has. */}
      <div className="order-last flex w-full items-center justify-between gap-2 empty:hidden sm:order-none sm:w-auto">
        {children}
        {place.count > 1 && <Arrows place={place} />}
      </div>
      <IconButton
        label={t(($) => $.files.download)}
        icon={<Download size={18} />}
        onClick={() => location.assign(downloadAddress(shown.id))}
      />
      <Radix.Close asChild>
        <IconButton isPlain label={t(($) => $.app.close)} icon={<X size={18} />} />
      </Radix.Close>
    </header>
  );
}

function Arrows({ place }: { place: Place }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-1">
      <IconButton
        label={t(($) => $.files.preview.previous)}
        shortcut="←"
        icon={<ChevronLeft size={18} />}
        onClick={() => stepPreview(-1)}
      />
      <span className="text-small whitespace-nowrap text-soft" role="status">
        {t(($) => $.files.preview.position, { number: place.index + 1, count: place.count })}
      </span>
      <IconButton
        label={t(($) => $.files.preview.next)}
        shortcut="→"
        icon={<ChevronRight size={18} />}
        onClick={() => stepPreview(1)}
      />
    </div>
  );
}

function ViewSwitch({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={t(($) => $.files.preview.view)} className="flex rounded-box bg-sunken p-0.5">
      {(["original", "text"] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={view === name}
          onClick={() => onChange(name)}
          className={cx(
            "h-8 rounded-small px-3 text-small coarse:h-11",
            view === name ? "bg-raised font-strong text-ink" : "text-soft hover:text-ink",
          )}
        >
          {t(($) => $.files.preview[name])}
        </button>
      ))}
    </div>
  );
}
