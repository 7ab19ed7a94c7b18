/** The browser's reducer and the server's are one: both run the shared vectors. */
import { describe, expect, it } from "vitest";
import type { ContentPart, MessageOut } from "@/wire/types";
import { NEW_TURN, outcomeOf, reduce, type Turn, type TurnEvent } from "./reduce";

interface Vector {
  name: string;
  events: Omit<TurnEvent, "seq">[];
  message: Pick<MessageOut, "content_parts" | "status" | "usage" | "finish_reason">;
}

const VECTORS = Object.values(
  import.meta.glob<Vector | Vector[]>("../../../tests/contract/turns/*.json", { eager: true, import: "default" }),
).flat();

const IDS = { message_id: "m", generation_id: "g" };

function run(...events: [type: string, data: object][]): Turn {
  return events
    .map(([type, data]) => ({ type, data: { ...IDS, ...data } }) as Omit<TurnEvent, "seq">)
    .reduce(reduce, NEW_TURN);
}

const text = (chunk: string): [string, object] => ["stream_chunk", { chunk }];
const thought = (chunk: string, signature: string | null = null): [string, object] => [
  "reasoning_chunk",
  { chunk, signature, provider: null },
];

describe("reduce", () => {
  it.each(VECTORS.map((vector) => [vector.name, vector] as const))(
    "gives what the server gives: %s",
    (_name, vector) => {
      const turn = outcomeOf(vector.events.reduce(reduce, NEW_TURN));
      expect(turn).toEqual(vector.message);
    },
  );

  it("joins text to a trailing text part and starts a new one after anything else", () => {
    const call = { toolCallId: "c", toolName: "clock", args: {}, signature: null };
    const turn = run(text("a"), text("b"), ["tool_call", call], text("c"));
    expect(turn.content_parts.map((part) => part.type)).toEqual(["text", "tool-call", "text"]);
    expect(turn.content_parts[0]).toEqual({ type: "text", text: "ab" });
  });

  it("closes reasoning at its signature", () => {
    const turn = run(thought("one "), thought("two", "signed"), thought("three"));
    expect(turn.content_parts).toEqual<ContentPart[]>([
      { type: "reasoning", text: "one two", signature: "signed" },
      { type: "reasoning", text: "three" },
    ]);
  });

  it("does not go on with reasoning of an earlier run", () => {
    const content_parts = [{ type: "reasoning", text: "old" }];
    const turn = run(["stream_start", { model: null, content_parts }], thought("new"));
    expect(turn.content_parts).toHaveLength(2);
  });

  it("puts a tool's result where its call stands and drops one without a call", () => {
    const call = { toolCallId: "c", toolName: "clock", args: "{}", signature: null };
    const result = { state: "result", result: { now: 5 } };
    const turn = run(
      ["tool_call", call],
      ["tool_result", { toolCallId: "c", ...result }],
      ["tool_result", { toolCallId: "x", ...result }],
    );
    expect(turn.content_parts).toEqual([
      { type: "tool-call", toolCallId: "c", toolName: "clock", args: "{}", state: "result", result: { now: 5 } },
    ]);
  });

  it("keeps what was written when an answer fails", () => {
    const failure = { code: "stream_broken", detail: "It broke.", params: {} };
    const end = { usage: null, status: "error", finish_reason: null };
    const turn = run(text("half"), ["error", failure], ["stream_end", end]);
    expect(turn.content_parts.map((part) => part.type)).toEqual(["text", "error"]);
    expect(turn.status).toBe("error");
  });

  it("starts over with the parts that a start brings", () => {
    const turn = run(
      text("gone"),
      ["stream_start", { model: "m", content_parts: [{ type: "text", text: "kept " }] }],
      text("on"),
    );
    expect(turn.content_parts).toEqual([{ type: "text", text: "kept on" }]);
  });
});
