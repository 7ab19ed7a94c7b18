/** A token touches one component: rows that are settled do not render again, whatever streams below them. */
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import { Profiler, useState } from "react";
import { describe, expect, it } from "vitest";
import { TooltipProvider } from "@/ui/tooltip";
import { modelsQuery } from "@/wire/queries";
import { threadKey } from "./keys";
import { FilesContext } from "./files-door";
import { MessageRow } from "./message-row";
import { noFiles } from "./test-files";
import { chunk, FakeSocket, openFeed, path, SESSION, unfinished } from "./test-thread";
import { ThreadContext, type ThreadTools } from "./thread-context";
import type { Thread } from "./thread-data";

const SETTLED = 20;

function Rows({ onRender, tools }: { onRender: (id: string) => void; tools: ThreadTools }) {
  const { data } = useQuery<Thread>({
    queryKey: threadKey(SESSION),
    queryFn: () => Promise.reject(new Error("the thread is in the cache")),
    staleTime: Infinity,
    structuralSharing: false,
  });
  const [stable] = useState(tools);
  return (
    <ThreadContext value={stable}>
      {data?.messages.map((message, index) => (
        <Profiler key={message.id} id={message.id} onRender={onRender}>
          <MessageRow message={message} isLast={index === SETTLED} isEditing={false} />
        </Profiler>
      ))}
    </ThreadContext>
  );
}

async function nextFrame() {
  await act(() => new Promise((resolve) => setTimeout(resolve, 300)));
}

describe("a streamed token", () => {
  it("renders the running answer once a frame, and no other row", async () => {
    const thread = { messages: [...path(SETTLED), unfinished("answer", `m${SETTLED - 1}`)], older: null, seq: 0 };
    const { feed, queryClient } = openFeed(thread);
    queryClient.setQueryData(modelsQuery.queryKey, {
      items: [],
      next_cursor: null,
      default: null,
      builtin: { state: "missing" },
    });
    const renders: string[] = [];
    render(
      <QueryClientProvider client={queryClient}>
        <TooltipProvider>
          <FilesContext value={noFiles}>
            <Rows onRender={(id) => renders.push(id)} tools={{} as ThreadTools} />
          </FilesContext>
        </TooltipProvider>
      </QueryClientProvider>,
    );
    await nextFrame();
    renders.length = 0;
    for (let token = 1; token <= 40; token += 1) act(() => FakeSocket.latest.say(chunk(token, `word${token} `)));
    await nextFrame();
    expect(await screen.findByText(/word1 word2 .* word40/)).toBeTruthy();
    expect(new Set(renders)).toEqual(new Set(["answer"]));
    expect(renders.length).toBeLessThanOrEqual(10);

    feed.close();
  });
});
