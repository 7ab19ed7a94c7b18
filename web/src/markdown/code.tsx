/** A block of code with its language and a copy button; colours come when the block is complete. */
import { Check, Copy } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/button";
import { copyText } from "@/ui/clipboard";
import { toast } from "@/ui/toast";

/** Colouring longer code would hold up the page. */
const LONGEST_COLOURED = 60_000;
const COPIED_MS = 1_500;

interface CodeBlockProps {
  code: string;
  language: string;
  /** Still being written. */
  isOpen: boolean;
}

export const CodeBlock = memo(function CodeBlock({ code, language, isOpen }: CodeBlockProps) {
  const { t } = useTranslation();
  const coloured = useColours(code, language, isOpen);
  const name = language === "" ? t(($) => $.chat.code) : language;
  return (
    <figure className="code-block">
      <figcaption>
        <span className="truncate">{name}</span>
        <CopyButton text={code} />
      </figcaption>
      <pre tabIndex={0} aria-label={name}>
        {coloured === undefined ? <code>{code}</code> : <code dangerouslySetInnerHTML={{ __html: coloured }} />}
      </pre>
    </figure>
  );
});

function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    if (await copyText(text)) setCopied(true);
    else toast(t(($) => $.chat.copyFailed));
  };
  return (
    <IconButton
      size="small"
      label={t(($) => (isCopied ? $.app.copied : $.app.copy))}
      icon={isCopied ? <Check size={16} /> : <Copy size={16} />}
      onClick={() => void copy()}
    />
  );
}

/** The code as HTML that the highlighter made and escaped; undefined until it is there. */
function useColours(code: string, language: string, isOpen: boolean): string | undefined {
  const [result, setResult] = useState<{ code: string; html: string }>();
  useEffect(() => {
    if (isOpen || language === "" || code.length > LONGEST_COLOURED) return;
    let isCurrent = true;
    void import("./highlight")
      .then(({ highlight }) => highlight(code, language))
      .then((html) => {
        if (isCurrent && html !== undefined) setResult({ code, html });
      })
      // Without its colours, for lack of a connection, code is still code.
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [code, language, isOpen]);
  return result?.code === code ? result.html : undefined;
}
