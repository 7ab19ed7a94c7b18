/** Short messages at the bottom that go away by themselves; an action, such as undo, can ride on one. */
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { create } from "zustand";
import { Button, IconButton } from "./button";
import { cx } from "./cx";

const SHOWN_MS = 6_000;
const MOST_AT_ONCE = 3;

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "danger";
  action?: { label: string; run: () => void } | undefined;
}

interface Toasts {
  items: readonly Toast[];
  next: number;
  show: (toast: Omit<Toast, "id">) => void;
  close: (id: number) => void;
}

const useToasts = create<Toasts>()((set) => ({
  items: [],
  next: 1,
  show: (toast) =>
    set(({ items, next }) => ({ items: [...items, { ...toast, id: next }].slice(-MOST_AT_ONCE), next: next + 1 })),
  close: (id) => set(({ items }) => ({ items: items.filter((item) => item.id !== id) })),
}));

/** Says something in passing. */
export function toast(text: string, action?: { label: string; run: () => void }): void {
  useToasts.getState().show({ text, tone: "plain", action });
}

/** Says that something failed. */
export function toastError(text: string): void {
  useToasts.getState().show({ text, tone: "danger" });
}

/** Where toasts appear; stands once in the page. */
export function Toaster({ label, closeLabel }: { label: string; closeLabel: string }) {
  const items = useToasts((toasts) => toasts.items);
  return (
    <section
      aria-label={label}
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-24 z-50 flex flex-col items-center gap-2"
    >
      {items.map((item) => (
        <ToastRow key={item.id} item={item} closeLabel={closeLabel} />
      ))}
    </section>
  );
}

function ToastRow({ item, closeLabel }: { item: Toast; closeLabel: string }) {
  const close = useToasts((toasts) => toasts.close);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => close(item.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, close, item.id]);
  return (
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className={cx(
        "pointer-events-auto flex max-w-xl animate-rise items-center gap-2 rounded-box border border-line py-1 pr-1 pl-4 shadow-raised",
        item.tone === "danger" ? "bg-danger-tint text-danger" : "bg-raised text-ink",
      )}
    >
      <p className="py-2">{item.text}</p>
      {item.action !== undefined && (
        <Button
          look="quiet"
          className="text-accent"
          onClick={() => {
            item.action?.run();
            close(item.id);
          }}
        >
          {item.action.label}
        </Button>
      )}
      <IconButton size="small" label={closeLabel} icon={<X size={16} />} onClick={() => close(item.id)} />
    </div>
  );
}
