/** All keys of the page, in a dialog that opens with "?". */
import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/dialog";
import { keyNames } from "@/ui/use-shortcut";

const SHORTCUTS = [
  ["newChat", "mod+shift+o"],
  ["searchChats", "mod+k"],
  ["sidebar", "mod+b"],
  ["find", "mod+f"],
  ["focus", "/"],
  ["send", "enter"],
  ["newline", "shift+enter"],
  ["stop", "escape"],
  ["copyLast", "mod+shift+c"],
  ["help", "?"],
] as const;

export function ShortcutsHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t(($) => $.app.shortcuts)}
      closeLabel={t(($) => $.app.close)}
    >
      <dl>
        {SHORTCUTS.map(([name, keys]) => (
          <div key={name} className="flex min-h-9 items-center justify-between gap-4">
            <dt>{t(($) => $.chat.shortcuts[name])}</dt>
            <dd className="flex gap-1">
              {keyNames(keys).map((key) => (
                <kbd key={key} className="rounded-small border border-line bg-sunken px-2 py-0.5 font-sans text-small">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
