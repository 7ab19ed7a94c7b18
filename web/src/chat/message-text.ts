/** The words of a message, as they are copied, edited and searched. */
import type { MessageOut } from "@/wire/types";

export function textOf(message: MessageOut): string {
  return message.content_parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}
