/**
 * Turns the events of one answer into its parts; the twin of the server's `generation/reduce.py`. Both run the vectors
 * in `tests/contract/turns`, so that what a person watches is what is stored.
 */
import type { ContentPart, MessageOut, ReasoningPart, ServerEvent, ToolCallPart } from "@/wire/types";

/** What of a message its events change. */
export interface Turn extends Pick<MessageOut, "content_parts" | "status" | "usage" | "finish_reason"> {
  /** Whether the last part is reasoning that may still grow: it began in this run and bears no signature yet. */
  readonly isReasoningOpen: boolean;
}

export const NEW_TURN: Turn = {
  content_parts: [],
  status: "streaming",
  usage: null,
  finish_reason: null,
  isReasoningOpen: false,
};

/** A turn that goes on from what the server had written when it was asked. */
export function turnOf({ content_parts, status, usage, finish_reason }: MessageOut): Turn {
  const last = content_parts.at(-1);
  return {
    content_parts,
    status,
    usage,
    finish_reason,
    isReasoningOpen: last?.type === "reasoning" && !last.signature,
  };
}

/** What of `turn` a message keeps. */
export function outcomeOf({ content_parts, status, usage, finish_reason }: Turn) {
  return { content_parts, status, usage, finish_reason };
}

/** The event types that belong to one message. */
export type TurnEvent = Extract<ServerEvent, { data: { message_id: string | null } }>;

/** `turn` after `event`; the same object when nothing changed. */
export function reduce(turn: Turn, event: Omit<TurnEvent, "seq">): Turn {
  const told = event as TurnEvent;
  switch (told.type) {
    case "stream_start":
      return { ...turn, content_parts: told.data.content_parts, status: "streaming", isReasoningOpen: false };
    case "stream_chunk":
      return withParts(turn, withText(turn.content_parts, told.data.chunk));
    case "reasoning_chunk":
      return withReasoning(turn, told.data);
    case "tool_call": {
      const { toolCallId, toolName, args, signature } = told.data;
      return withParts(turn, [
        ...turn.content_parts,
        { type: "tool-call", toolCallId, toolName, args, state: "call", ...(signature === null ? {} : { signature }) },
      ]);
    }
    case "tool_result":
      return withParts(turn, withResult(turn.content_parts, told.data));
    case "error": {
      const { code, detail, params } = told.data;
      return withParts(turn, [...turn.content_parts, { type: "error", code, detail, params }]);
    }
    case "stream_end": {
      const { usage, status, finish_reason } = told.data;
      return { ...turn, content_parts: withCallsEnded(turn.content_parts), usage, status, finish_reason };
    }
    case "tool_approval":
      return turn;
    default:
      return told satisfies never;
  }
}

type Parts = readonly ContentPart[];

function withParts(turn: Turn, parts: Parts): Turn {
  return parts === turn.content_parts ? turn : { ...turn, content_parts: parts };
}

function withText(parts: Parts, chunk: string): Parts {
  const last = parts.at(-1);
  if (last?.type !== "text") return [...parts, { type: "text", text: chunk }];
  return parts.with(-1, { ...last, text: last.text + chunk });
}

type ReasoningData = Extract<TurnEvent, { type: "reasoning_chunk" }>["data"];

/** A signature closes its block: what is thought after it starts a new part. */
function withReasoning(turn: Turn, { chunk, signature, provider }: ReasoningData): Turn {
  const parts = turn.content_parts;
  const last = parts.at(-1);
  const open: ReasoningPart | undefined = last?.type === "reasoning" && turn.isReasoningOpen ? last : undefined;
  const part: ReasoningPart = {
    ...(open ?? { type: "reasoning" }),
    text: (open?.text ?? "") + chunk,
    ...(provider === null ? {} : { provider }),
    ...(signature === null ? {} : { signature }),
  };
  return {
    ...turn,
    content_parts: open === undefined ? [...parts, part] : parts.with(-1, part),
    isReasoningOpen: signature === null,
  };
}

type ResultData = Extract<TurnEvent, { type: "tool_result" }>["data"];

/** A result goes where its call stands; one without a call is dropped. */
function withResult(parts: Parts, { toolCallId, state, result }: ResultData): Parts {
  const index = parts.findLastIndex((part) => part.type === "tool-call" && part.toolCallId === toolCallId);
  const call = parts[index];
  return call?.type === "tool-call" ? parts.with(index, { ...call, state, result }) : parts;
}

/** What was called and has no result when the answer is over will never have one. */
function withCallsEnded(parts: Parts): Parts {
  if (!parts.some(waits)) return parts;
  return parts.map((part) => (waits(part) ? { ...part, state: "error", result: "tool_interrupted" } : part));
}

function waits(part: ContentPart): part is ToolCallPart {
  return part.type === "tool-call" && part.state === "call";
}
