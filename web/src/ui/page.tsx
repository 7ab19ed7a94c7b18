/** The frame of a page that is read and filled in rather than chatted on: a heading, then sections below each other. */
import { useId, type ReactNode } from "react";
import { cx } from "./cx";

interface PageProps {
  title: string;
  /** One sentence under the title. */
  intro?: string;
  /** What the page is about, at the right of its title. */
  action?: ReactNode;
  children: ReactNode;
}

export function Page({ title, intro, action, children }: PageProps) {
  return (
    // The frame scrolls, so the keyboard must be able to reach it.
    <div className="h-full overflow-y-auto" tabIndex={-1}>
      <div className="mx-auto max-w-page px-4 pt-6 pb-24 sm:px-8">
        <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
          <div className="min-w-0">
            <h1 className="text-display font-strong">{title}</h1>
            {intro !== undefined && <p className="mt-1 max-w-form text-soft">{intro}</p>}
          </div>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}

interface SectionProps {
  title: string;
  description?: string;
  action?: ReactNode;
  children: ReactNode;
}

/** One subject of a page. */
export function Section({ title, description, action, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-10">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <h2 id={id} className="text-title font-strong">
          {title}
        </h2>
        {action}
      </div>
      {description !== undefined && <p className="mt-1 max-w-thread text-soft">{description}</p>}
      <div className="mt-4">{children}</div>
    </section>
  );
}

/** A quiet frame around what belongs together. */
export function Panel({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("rounded-card border border-line bg-raised", className)}>{children}</div>;
}

/** Rows of the same kind in one frame; its children are `Row`s. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul aria-label={label} className="divide-y divide-line rounded-card border border-line bg-raised">
      {children}
    </ul>
  );
}

/** One row: what it is on the left, what can be done with it on the right. */
export function Row({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </li>
  );
}
