/** Where a person writes: grows with the text, sends on Enter, keeps what was not sent. */
import { ArrowUp, Square } from "lucide-react";
import { useEffect, useRef, type ClipboardEvent, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { useShortcut } from "@/ui/use-shortcut";
import { setDraft, useDraft } from "./drafts";
import { useFilesDoor, type Attached } from "./files-door";
import type { AttachedPart } from "@/wire/types";

interface ComposerProps {
  /** Where the draft is kept: the session's id, or `NEW_CHAT`. */
  draftKey: string;
  onSend: (text: string, files: readonly AttachedPart[]) => void;
  /** Stops the answer that is being written; absent when none is. */
  onStop?: (() => void) | undefined;
  /** Sending has to wait, for lack of a model or because a chat is being made. */
  isBlocked?: boolean;
  /** What stands at the left of the send button. */
  children?: ReactNode;
}

export function Composer({ draftKey, onSend, onStop, isBlocked = false, children }: ComposerProps) {
  const { t } = useTranslation();
  const text = useDraft(draftKey);
  const { Tray, AttachButton, useAttached } = useFilesDoor();
  const files = useAttached(draftKey);
  const hasContent = text.trim() !== "" || files.count > 0;
  const canSend = hasContent && !isBlocked && files.obstacle === undefined;
  const send = () => {
    if (!canSend) return;
    setDraft(draftKey, "");
    onSend(text.trim(), files.take());
  };
  useShortcut("escape", (event) => {
    if (onStop === undefined) return;
    event.preventDefault();
    onStop();
  });
  const label = t(($) => $.chat.message);
  return (
    <form
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="rounded-card border border-line bg-raised shadow-raised focus-within:border-soft/60"
    >
      <Tray draftKey={draftKey} />
      <WritingArea draftKey={draftKey} text={text} label={label} onEnter={send} onStop={onStop} onPaste={files.paste} />
      <div className="flex items-center gap-1 px-2 pb-2">
        <div className="flex min-w-0 flex-1 items-center gap-1">
          <AttachButton draftKey={draftKey} />
          {children}
        </div>
        <Buttons canSend={canSend} obstacle={files.obstacle} onStop={onStop} />
      </div>
    </form>
  );
}

interface ButtonsProps {
  canSend: boolean;
  /** Why the message cannot go yet, in words. */
  obstacle: string | undefined;
  onStop: (() => void) | undefined;
}

function Buttons({ canSend, obstacle, onStop }: ButtonsProps) {
  const { t } = useTranslation();
  // A button that says why it refuses can be reached; one that simply has nothing to send cannot.
  const state = obstacle === undefined ? { shortcut: "Enter", disabled: !canSend } : { "aria-disabled": true };
  return (
    <>
      {onStop !== undefined && (
        <IconButton
          look={canSend ? "plain" : "primary"}
          label={t(($) => $.chat.stopAnswer)}
          shortcut="Esc"
          icon={<Square size={14} fill="currentColor" />}
          onClick={onStop}
        />
      )}
      {(onStop === undefined || canSend) && (
        <IconButton
          type="submit"
          look="primary"
          label={obstacle ?? t(($) => $.chat.send)}
          icon={<ArrowUp size={18} />}
          {...state}
        />
      )}
    </>
  );
}

interface WritingAreaProps {
  draftKey: string;
  text: string;
  label: string;
  onEnter: () => void;
  onStop: (() => void) | undefined;
  onPaste: Attached["paste"];
}

function WritingArea({ draftKey, text, label, onEnter, onStop, onPaste }: WritingAreaProps) {
  const { t } = useTranslation();
  const area = useRef<HTMLTextAreaElement>(null);
  const focus = () => area.current?.focus();
  useShortcut("/", (event) => {
    event.preventDefault();
    focus();
  });
  // A phone would cover half of the page with its keyboard.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) focus();
  }, [draftKey]);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter chooses a word; Safari says so only by key code 229.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && onStop !== undefined) {
      event.preventDefault();
      onStop();
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    onEnter();
  };
  const takePaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const { selectionStart: from, selectionEnd: to } = event.currentTarget;
    const isTaken = onPaste(event.clipboardData, (pasted) => {
      const now = area.current?.value ?? "";
      setDraft(draftKey, now.slice(0, from) + pasted + now.slice(to));
      focus();
    });
    if (isTaken) event.preventDefault();
  };
  return (
    <textarea
      ref={area}
      rows={1}
      value={text}
      aria-label={label}
      placeholder={t(($) => $.chat.placeholder)}
      onChange={(event) => setDraft(draftKey, event.target.value)}
      onKeyDown={onKeyDown}
      onPaste={takePaste}
      className="field-sizing-content block max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3 pb-2 text-body outline-none"
    />
  );
}
