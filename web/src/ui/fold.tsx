/** Something that is folded away under a line of text until it is wanted. */
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

interface FoldProps {
  title: string;
  /** How it starts, and what it turns to when this changes. */
  open?: boolean;
  onToggle?: (isOpen: boolean) => void;
  children: ReactNode;
}

export function Fold({ title, open, onToggle, children }: FoldProps) {
  return (
    <details open={open} className="group" onToggle={(event) => onToggle?.(event.currentTarget.open)}>
      <summary className="-ml-1 flex min-h-9 w-fit cursor-pointer list-none items-center gap-1 rounded-small pr-2 text-soft hover:text-ink coarse:min-h-11 [&::-webkit-details-marker]:hidden">
        <ChevronRight size={16} aria-hidden className="transition-transform duration-100 group-open:rotate-90" />
        {title}
      </summary>
      {children}
    </details>
  );
}
