/** The quiet row of buttons under a message. */
import { Check, Copy, Ellipsis, Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { copyText } from "@/ui/clipboard";
import { Confirm } from "@/ui/confirm";
import { cx } from "@/ui/cx";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { toastError } from "@/ui/toast";
import type { MessageOut } from "@/wire/types";
import { BranchArrows } from "./branch-arrows";
import { textOf } from "./message-text";
import { RegenerateWith } from "./regenerate-with";
import { useThreadTools } from "./thread-context";
import { UsageLine } from "./usage-line";

interface ToolbarProps {
  message: MessageOut;
  /** The last message shows its buttons always, others when they are pointed at. */
  isLast: boolean;
}

export function MessageToolbar({ message, isLast }: ToolbarProps) {
  const { t } = useTranslation();
  const tools = useThreadTools();
  const isAnswer = message.role === "assistant";
  return (
    <div className={cx("mt-1 flex min-h-8 flex-wrap items-center", isAnswer ? "-ml-2" : "-mb-5 flex-row-reverse")}>
      <BranchArrows message={message} onSwitch={tools.switchTo} />
      <div className={cx("flex items-center", !isLast && QUIET)}>
        <CopyButton message={message} />
        {!isAnswer && (
          <IconButton
            size="small"
            label={t(($) => $.chat.editMessage)}
            icon={<Pencil size={16} />}
            onClick={() => tools.startEdit(message.id)}
          />
        )}
        {isAnswer && (
          <IconButton
            size="small"
            label={t(($) => $.chat.regenerate)}
            icon={<RefreshCw size={16} />}
            onClick={() => tools.regenerate(message.id)}
          />
        )}
        <MoreMenu message={message} isAnswer={isAnswer} />
        {isAnswer && <UsageLine message={message} />}
      </div>
    </div>
  );
}

const QUIET =
  "opacity-0 transition-opacity duration-100 group-hover/message:opacity-100 focus-within:opacity-100 " +
  "has-data-[state=open]:opacity-100 coarse:opacity-100";

function CopyButton({ message }: { message: MessageOut }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    if (await copyText(textOf(message))) setCopied(true);
    else toastError(t(($) => $.chat.copyFailed));
  };
  return (
    <IconButton
      size="small"
      label={t(($) => (isCopied ? $.app.copied : $.chat.copyMessage))}
      icon={isCopied ? <Check size={16} /> : <Copy size={16} />}
      onClick={() => void copy()}
    />
  );
}

function MoreMenu({ message, isAnswer }: { message: MessageOut; isAnswer: boolean }) {
  const { t } = useTranslation();
  const tools = useThreadTools();
  const [dialog, setDialog] = useState<"delete" | "model">();
  const close = () => setDialog(undefined);
  return (
    <>
      <Menu
        align="start"
        trigger={<IconButton size="small" label={t(($) => $.chat.more)} icon={<Ellipsis size={16} />} />}
      >
        {isAnswer && (
          <>
            <MenuItem icon={<RefreshCw size={16} />} onSelect={() => setDialog("model")}>
              {t(($) => $.chat.regenerateWith)}
            </MenuItem>
            <MenuItem icon={<Pencil size={16} />} onSelect={() => tools.startEdit(message.id)}>
              {t(($) => $.chat.edit)}
            </MenuItem>
            <MenuLine />
          </>
        )}
        <MenuItem danger icon={<Trash2 size={16} />} onSelect={() => setDialog("delete")}>
          {t(($) => $.chat.deleteMessage)}
        </MenuItem>
      </Menu>
      {dialog === "model" && <RegenerateWith message={message} onClose={close} />}
      <Confirm
        danger
        open={dialog === "delete"}
        onOpenChange={close}
        title={t(($) => $.chat.deleteTitle)}
        description={t(($) => $.chat.deleteText)}
        confirmLabel={t(($) => $.chat.deleteMessage)}
        cancelLabel={t(($) => $.app.cancel)}
        onConfirm={() => tools.remove(message.id)}
      />
    </>
  );
}
