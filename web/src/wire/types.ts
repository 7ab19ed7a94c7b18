/** The wire's shapes under the names that the page uses; the only door to the generated types. */
import type {
  CitationPart,
  ErrorEvent,
  ErrorPart,
  FilePart,
  ImagePart,
  InfoPart,
  MessageCreated,
  MessageOut,
  ReasoningChunk,
  ReasoningPart,
  Reset,
  SessionUpdated,
  StreamChunk,
  StreamEnd,
  StreamStart,
  TextPart,
  ToolApproval,
  ToolCallPart,
  ToolCallStarted,
  ToolResulted,
} from "./schema.gen";

export type {
  CitationPart,
  ErrorPart,
  FileOut,
  FileTextOut,
  FileUsageOut,
  FileUseOut,
  InfoPart,
  MessageOut,
  MessagePage,
  ReasoningPart,
  SessionNew,
  SessionOut,
  SessionPatch,
  SessionSettings,
  ToolCallPart,
  Usage,
} from "./schema.gen";

export type ContentPart =
  TextPart | ImagePart | FilePart | ReasoningPart | ToolCallPart | CitationPart | InfoPart | ErrorPart;

/** What stands for a file in a message. */
export type AttachedPart = Extract<ContentPart, { type: "image" | "file" }>;

export type MessageStatus = MessageOut["status"];

/** The values that fill the places in a translated text. */
export type Params = Readonly<Record<string, string | number>>;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

interface Events {
  message_created: MessageCreated;
  stream_start: StreamStart;
  stream_chunk: StreamChunk;
  reasoning_chunk: ReasoningChunk;
  tool_call: ToolCallStarted;
  tool_approval: ToolApproval;
  tool_result: ToolResulted;
  stream_end: StreamEnd;
  session_updated: SessionUpdated;
  error: ErrorEvent;
  reset: Reset;
}

/** One event of a session's log, as the socket brings it. */
export type ServerEvent = { [Type in keyof Events]: { type: Type; seq: number; data: Events[Type] } }[keyof Events];

/** The signed-in person. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: "admin" | "user";
  readonly status: "active" | "suspended";
  readonly language: string | null;
  readonly created_at: string;
}

/** A model that a session or a message can name by its `id`. */
export interface Model {
  readonly id: string;
  readonly provider: string;
  readonly provider_id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly display_name: string;
  readonly context_window: number | null;
  readonly max_output: number | null;
  readonly sees_images: boolean;
  readonly reasons: boolean;
  readonly calls_tools: boolean;
  readonly input_price: number | null;
  readonly output_price: number | null;
}

export interface ModelList {
  readonly items: readonly Model[];
  readonly next_cursor: null;
  readonly default: string | null;
  readonly builtin: { readonly state: "ready" | "missing" | "unsupported" };
}
