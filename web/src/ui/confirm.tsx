/** Asks before something that cannot be undone. */
import { AlertDialog as Radix } from "radix-ui";
import { Button } from "./button";
import { useFocusReturn } from "./use-focus-return";

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  confirmLabel: string;
  cancelLabel: string;
  onConfirm: () => void;
  danger?: boolean;
}

export function Confirm(props: ConfirmProps) {
  const focusReturn = useFocusReturn(props.open);
  return (
    <Radix.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Radix.Content
          {...focusReturn}
          className="fixed top-1/2 left-1/2 z-40 w-[calc(100vw-2rem)] max-w-form -translate-1/2 rounded-card border border-line bg-raised p-6 shadow-raised outline-none"
        >
          <Radix.Title className="text-title font-strong">{props.title}</Radix.Title>
          <Radix.Description className="mt-2 text-soft">{props.description}</Radix.Description>
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>{props.cancelLabel}</Button>
            </Radix.Cancel>
            <Radix.Action asChild>
              <Button look={props.danger === true ? "danger" : "primary"} onClick={props.onConfirm}>
                {props.confirmLabel}
              </Button>
            </Radix.Action>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
