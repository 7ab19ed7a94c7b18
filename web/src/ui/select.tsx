/** A choice of one among a few. */
import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import { CONTROL } from "./field";
import { cx } from "./cx";

interface SelectProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: string }[];
  /** Read aloud when no `Field` around it gives a label. */
  label?: string;
  id?: string;
  disabled?: boolean;
  className?: string;
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  return (
    <Radix.Root
      value={props.value}
      onValueChange={(value) => props.onChange(value as Value)}
      disabled={props.disabled === true}
    >
      <Radix.Trigger
        id={props.id}
        aria-label={props.label}
        className={cx(CONTROL, "flex h-10 items-center justify-between gap-2 text-left coarse:h-11", props.className)}
      >
        <span className="truncate">
          <Radix.Value />
        </span>
        <Radix.Icon>
          <ChevronDown size={16} className="text-soft" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-80 min-w-[var(--radix-select-trigger-width)] animate-rise overflow-hidden rounded-box border border-line bg-raised p-1 shadow-raised"
        >
          <Radix.Viewport>
            {props.options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className="flex min-h-9 items-center justify-between gap-3 rounded-small px-3 text-ui outline-none select-none data-highlighted:bg-sunken coarse:min-h-11"
              >
                <Radix.ItemText>{option.label}</Radix.ItemText>
                <Radix.ItemIndicator>
                  <Check size={16} className="text-accent" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
