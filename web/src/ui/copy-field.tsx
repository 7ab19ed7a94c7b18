/** A text to take along, such as a new key or a command, with a button that copies it. */
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button";
import { copyText } from "./clipboard";

const COPIED_MS = 2_000;

interface CopyFieldProps {
  value: string;
  /** What the text is, read aloud. */
  label: string;
  copyLabel: string;
  copiedLabel: string;
}

export function CopyField({ value, label, copyLabel, copiedLabel }: CopyFieldProps) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy(): Promise<void> {
    setCopied(await copyText(value));
  }

  return (
    <div className="flex items-center gap-2">
      <input
        readOnly
        aria-label={label}
        value={value}
        onFocus={(event) => event.currentTarget.select()}
        className="h-10 w-full min-w-0 rounded-box border border-line bg-sunken px-3 font-mono text-ui coarse:h-11"
      />
      <Button className="h-10" icon={isCopied ? <Check size={16} /> : <Copy size={16} />} onClick={() => void copy()}>
        {isCopied ? copiedLabel : copyLabel}
      </Button>
      <span role="status" className="sr-only">
        {isCopied ? copiedLabel : ""}
      </span>
    </div>
  );
}
