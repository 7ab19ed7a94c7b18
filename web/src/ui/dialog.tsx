/** A box over the page that takes the focus and gives it back; and the same as a drawer from the left. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button";
import { cx } from "./cx";
import { useFocusReturn } from "./use-focus-return";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** One sentence under the title. */
  description?: string;
  closeLabel: string;
  children?: ReactNode;
  /** Buttons at the bottom right. */
  footer?: ReactNode;
  wide?: boolean;
}

const VEIL = "fixed inset-0 z-40 bg-veil";

export function Dialog({ open, onOpenChange, title, description, closeLabel, children, footer, wide }: DialogProps) {
  const focusReturn = useFocusReturn(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={VEIL} />
        <Radix.Content
          {...focusReturn}
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          className={cx(
            "fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-1/2 flex-col",
            "rounded-card border border-line bg-raised shadow-raised outline-none",
            wide === true ? "max-w-page" : "max-w-form",
          )}
        >
          <header className="pt-5 pr-16 pb-3 pl-6">
            <Radix.Title className="text-title font-strong">{title}</Radix.Title>
            {description !== undefined && (
              <Radix.Description className="mt-1 text-soft">{description}</Radix.Description>
            )}
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-6 pb-6">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-6 py-4">{footer}</footer>
          )}
          {/* Last, so that the focus begins at what the dialog is about. */}
          <Radix.Close asChild>
            <IconButton isPlain label={closeLabel} icon={<X size={18} />} className="absolute top-4 right-4" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface DrawerProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  side?: "left" | "right";
}

/** A panel that slides in from an edge; its title is read aloud, its content draws its own header. */
export function Drawer({ open, onOpenChange, title, children, side = "left" }: DrawerProps) {
  const focusReturn = useFocusReturn(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={VEIL} />
        <Radix.Content
          {...focusReturn}
          aria-describedby={undefined}
          className={cx(
            "fixed inset-y-0 z-40 flex w-80 max-w-[85vw] flex-col bg-side shadow-raised outline-none",
            side === "left" ? "left-0" : "right-0",
          )}
        >
          <Radix.Title className="sr-only">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
