/** What a reader unfolded in an answer outlives the answer's end. */
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { TooltipProvider } from "@/ui/tooltip";
import type { MessageOut } from "@/wire/types";
import { FilesContext } from "./files-door";
import { MessageRow } from "./message-row";
import { noFiles } from "./test-files";
import { message } from "./test-thread";
import { ThreadContext, type ThreadTools } from "./thread-context";

function Shown({ answer }: { answer: MessageOut }) {
  return (
    <QueryClientProvider client={new QueryClient()}>
      <TooltipProvider>
        <FilesContext value={noFiles}>
          <ThreadContext value={{} as ThreadTools}>
            <MessageRow message={answer} isLast={false} isEditing={false} />
          </ThreadContext>
        </FilesContext>
      </TooltipProvider>
    </QueryClientProvider>
  );
}

test("thoughts that were unfolded while they were written stay so when the answer has ended", async () => {
  const answer = message("thinking", null, {
    status: "streaming",
    content_parts: [{ type: "reasoning", text: "From the left, then from the right." }],
  });
  const { rerender } = render(<Shown answer={answer} />);
  await userEvent.click(screen.getByRole("button", { name: /Thinking/ }));
  const text = { type: "text", text: "42" } as const;

  rerender(<Shown answer={{ ...answer, status: "complete", content_parts: [...answer.content_parts, text] }} />);

  expect(screen.getByText("42")).toBeTruthy();
  expect(screen.getByText("From the left, then from the right.")).toBeTruthy();
});
