/** The parts of an answer in their order. */
import { CircleAlert, Info } from "lucide-react";
import { useTranslation } from "react-i18next";
import { serverText } from "@/i18n/server-text";
import { linkAddress } from "@/markdown/addresses";
import { LiveMarkdown, Markdown } from "@/markdown/markdown";
import type { AttachedPart, CitationPart, ContentPart, ErrorPart, InfoPart } from "@/wire/types";
import { useFilesDoor } from "./files-door";
import { Reasoning } from "./reasoning";
import { ToolCall } from "./tool-call";

interface PartsProps {
  messageId: string;
  parts: readonly ContentPart[];
  /** The last part still grows. */
  isLive: boolean;
}

export function MessageParts({ messageId, parts, isLive }: PartsProps) {
  return parts.map((part, index) => (
    <Part key={index} name={`${messageId}/${index}`} part={part} isOpen={isLive && index === parts.length - 1} />
  ));
}

interface PartProps {
  /** Tells it from all parts of all messages. */
  name: string;
  part: ContentPart;
  isOpen: boolean;
}

function Part({ name, part, isOpen }: PartProps) {
  switch (part.type) {
    case "text":
      return isOpen ? <LiveMarkdown text={part.text} /> : <Markdown text={part.text} />;
    case "reasoning":
      return <Reasoning name={name} text={part.text} isOpen={isOpen} />;
    case "tool-call":
      return <ToolCall name={name} part={part} />;
    case "image":
    case "file":
      return <Files part={part} />;
    case "citation":
      return <Citation part={part} />;
    case "info":
      return <Note part={part} />;
    case "error":
      return <Failure part={part} />;
    default:
      return part satisfies never;
  }
}

function Files({ part }: { part: AttachedPart }) {
  const { MessageFiles } = useFilesDoor();
  return <MessageFiles parts={[part]} isOwn={false} />;
}

function Citation({ part }: { part: CitationPart }) {
  const address = linkAddress(part.url);
  const title = `[${part.number}] ${part.title}`;
  return (
    <p className="my-1 text-small text-soft">
      {address === undefined ? (
        title
      ) : (
        <a href={address} target="_blank" rel="noopener noreferrer nofollow" className="underline">
          {title}
        </a>
      )}
    </p>
  );
}

export function Note({ part }: { part: InfoPart }) {
  return (
    <p className="my-3 flex items-start gap-2 text-small text-soft">
      <Info size={16} className="mt-0.5 shrink-0" />
      {serverText("notes", part.code, part.params) ?? part.code}
    </p>
  );
}

function Failure({ part }: { part: ErrorPart }) {
  const { t } = useTranslation();
  const text = serverText("errors", part.code, part.params) ?? part.detail;
  return (
    <p role="alert" className="my-3 flex items-start gap-2 rounded-box bg-danger-tint px-4 py-3 text-ui text-danger">
      <CircleAlert size={16} className="mt-1 shrink-0" />
      {text === undefined || text === "" ? t(($) => $.app.failed) : text}
    </p>
  );
}
