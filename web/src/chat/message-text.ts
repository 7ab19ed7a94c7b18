/** The words of a message, as they are copied, edited and searched, and the files that came with them. */
import type { AttachedPart, MessageOut } from "@/wire/types";

export function textOf(message: MessageOut): string {
  return message.content_parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

export function filesOf(message: MessageOut): AttachedPart[] {
  return message.content_parts.filter((part) => part.type === "image" || part.type === "file");
}
