/** Files as parts of a message. */
import type { AttachedPart } from "@/wire/types";

const ID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

/** The id of the file that a part shows: by itself before it is sent, within an address after. */
export function fileIdOf(part: AttachedPart): string | undefined {
  if (part.type === "file") return part.fileId;
  return ID.exec(part.image)?.[0];
}
