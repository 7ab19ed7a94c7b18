/** Files as parts of a message. */
import type { AttachedPart } from "@/wire/types";

const ID = /^(?:\/api\/v1\/files\/)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?:\/content)?$/;

/** The id of the file that a part shows. A picture that is being sent bears it in place of its address. */
export function fileIdOf(part: AttachedPart): string | undefined {
  return part.fileId ?? (part.type === "image" ? ID.exec(part.image)?.[1] : undefined);
}
