/** A menu that opens from a button. */
import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx";

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
}

export function Menu({ trigger, children, align = "end", side = "bottom" }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            // An item may have put the focus into a field or a dialog; only an aimless focus goes back to the button.
            if (document.activeElement !== null && document.activeElement !== document.body) {
              if (!(event.currentTarget as HTMLElement).contains(document.activeElement)) event.preventDefault();
            }
          }}
          className="z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-44 animate-rise overflow-y-auto rounded-box border border-line bg-raised p-1 shadow-raised"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM =
  "flex min-h-9 items-center gap-3 rounded-small px-3 text-ui outline-none select-none data-highlighted:bg-sunken " +
  "data-disabled:opacity-50 coarse:min-h-11";

interface MenuItemProps {
  onSelect: () => void;
  children: ReactNode;
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  /** Marks the current choice among several. */
  checked?: boolean;
}

export function MenuItem({ onSelect, children, icon, danger, disabled, checked }: MenuItemProps) {
  return (
    <Radix.Item
      onSelect={(event) => {
        // A dialog that opens from here gives the focus back to the menu's button, for the menu is gone by then.
        openerOf(event.currentTarget)?.focus();
        onSelect();
      }}
      disabled={disabled === true}
      aria-current={checked === true ? "true" : undefined}
      className={cx(ITEM, danger === true && "text-danger")}
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {checked === true && <Check size={16} className="text-accent" />}
    </Radix.Item>
  );
}

function openerOf(item: EventTarget | null): HTMLElement | null {
  const menu = item instanceof Element ? item.closest("[role=menu]") : null;
  return document.getElementById(menu?.getAttribute("aria-labelledby") ?? "");
}

export function MenuLine() {
  return <Radix.Separator className="mx-2 my-1 h-px bg-line" />;
}

/** A quiet heading above a group of items. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="truncate px-3 pt-2 pb-1 text-small text-soft">{children}</Radix.Label>;
}
