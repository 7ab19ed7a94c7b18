/**
 * The shapes of the wire. Generated from the server's OpenAPI description: `npm run wire` overwrites this file.
 */
export interface components {
  schemas: Record<string, never>;
}
export type Moment = string;
export interface TextPart { readonly type: "text"; readonly text: string }
export interface ImagePart { readonly type: "image"; readonly image: string }
export interface FilePart { readonly type: "file"; readonly fileId: string; readonly filename: string }
export interface ReasoningPart { readonly type: "reasoning"; readonly text: string; readonly signature?: string | null; readonly provider?: string | null }
export interface ToolCallPart { readonly type: "tool-call"; readonly toolCallId: string; readonly toolName: string; readonly args: { readonly [key: string]: unknown } | string; readonly state: "call" | "result" | "error"; readonly result?: unknown; readonly signature?: string | null }
export interface CitationPart { readonly type: "citation"; readonly number: number; readonly title: string; readonly url?: string | null; readonly fileId?: string | null; readonly quote?: string | null }
export interface InfoPart { readonly type: "info"; readonly code: string; readonly params?: { readonly [key: string]: string | number } }
export interface ErrorPart { readonly type: "error"; readonly code: string; readonly detail?: string; readonly params?: { readonly [key: string]: string | number } }
export interface Usage { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number; readonly reasoningTokens?: number | null; readonly cachedInputTokens?: number | null }
export interface SessionSettings { readonly temperature?: number | null; readonly top_p?: number | null; readonly max_tokens?: number | null; readonly reasoning?: "off" | "low" | "medium" | "high" | null; readonly context_tokens?: number | null }
export interface SessionNew { readonly name?: string | null; readonly model?: string | null; readonly system_prompt?: string | null; readonly settings?: SessionSettings; readonly folder?: string | null; readonly tags?: readonly string[] }
export interface SessionPatch { readonly name?: string | null; readonly model?: string | null; readonly system_prompt?: string | null; readonly settings?: SessionSettings | null; readonly folder?: string | null; readonly tags?: readonly string[] | null; readonly pinned?: boolean | null; readonly archived?: boolean | null }
export interface SessionOut { readonly id: string; readonly name: string; readonly type: "chat"; readonly model: string | null; readonly system_prompt: string | null; readonly settings: SessionSettings; readonly folder: string | null; readonly tags: readonly string[]; readonly pinned: boolean; readonly archived: boolean; readonly active_leaf_id: string | null; readonly created_at: Moment; readonly updated_at: Moment }
export interface MessageOut { readonly id: string; readonly session_id: string; readonly parent_id: string | null; readonly role: "system" | "user" | "assistant" | "tool"; readonly content_parts: readonly (TextPart | ImagePart | FilePart | ReasoningPart | ToolCallPart | CitationPart | InfoPart | ErrorPart)[]; readonly model: string | null; readonly status: "queued" | "streaming" | "complete" | "stopped" | "interrupted" | "error"; readonly usage: Usage | null; readonly timestamp: Moment; readonly finish_reason: string | null; readonly sibling_ids: readonly string[]; readonly generation_id: string | null }
export interface MessagePage { readonly items: readonly MessageOut[]; readonly next_cursor: string | null; readonly seq: number }
export interface MessageCreated { readonly message: MessageOut; readonly client_id: string | null }
export interface StreamStart { readonly message_id: string; readonly generation_id: string; readonly model: string | null; readonly content_parts: MessageOut["content_parts"] }
export interface StreamChunk { readonly message_id: string; readonly generation_id: string; readonly chunk: string }
export interface ReasoningChunk { readonly message_id: string; readonly generation_id: string; readonly chunk: string; readonly signature: string | null; readonly provider: string | null }
export interface ToolCallStarted { readonly message_id: string; readonly generation_id: string; readonly toolCallId: string; readonly toolName: string; readonly args: { readonly [key: string]: unknown } | string; readonly signature: string | null }
export interface ToolApproval { readonly message_id: string; readonly generation_id: string; readonly toolCallId: string }
export interface ToolResulted { readonly message_id: string; readonly generation_id: string; readonly toolCallId: string; readonly state: "result" | "error"; readonly result: unknown }
export interface StreamEnd { readonly message_id: string; readonly generation_id: string; readonly usage: Usage | null; readonly status: MessageOut["status"]; readonly finish_reason: string | null }
export interface WaitingPlace { readonly message_id: string; readonly position: number }
export interface SessionUpdated { readonly session: SessionOut | null; readonly waiting: WaitingPlace | null; readonly deleted_ids: readonly string[] }
export interface ErrorEvent { readonly message_id: string | null; readonly generation_id: string | null; readonly code: string; readonly detail: string; readonly params: { readonly [key: string]: string | number } }
export interface Reset { readonly seq: number }
