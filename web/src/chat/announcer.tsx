/** Reads a running answer aloud by finished sentences, for people who listen; tokens would be noise. */
import { useEffect, useState } from "react";
import type { MessageOut } from "@/wire/types";
import { useLive } from "./live";
import { textOf } from "./message-text";
import { isUnfinished } from "./thread-data";

const LISTEN_EVERY_MS = 1_000;

export function Announcer({ messages }: { messages: readonly MessageOut[] }) {
  const [spoken, setSpoken] = useState("");
  const answer = messages.findLast((message) => message.role === "assistant");
  const id = answer?.id;
  const isRunning = answer !== undefined && isUnfinished(answer);
  const rest = answer === undefined || isRunning ? "" : textOf(answer);
  useEffect(() => {
    if (id === undefined || !isRunning) return;
    let said = 0;
    const timer = setInterval(() => {
      const parts = useLive.getState().turns[id]?.content_parts ?? [];
      const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
      const end = lastSentenceEnd(text);
      if (end <= said) return;
      setSpoken(text.slice(said, end));
      said = end;
    }, LISTEN_EVERY_MS);
    return () => clearInterval(timer);
  }, [id, isRunning]);
  return (
    <div className="sr-only" aria-live="polite">
      {isRunning ? spoken : rest.slice(lastSentenceEnd(rest.slice(0, -1)))}
    </div>
  );
}

const SENTENCE_END = /[.!?](?=\s)|[。！？]|\n/g;

/** Where the last finished sentence of `text` ends; 0 when none has. */
export function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(SENTENCE_END)) end = match.index + 1;
  return end;
}
