/** Which addresses a model's text may lead to. */

const LINKS = /^(?:https?:\/\/|mailto:)[^\s]+$/i;
const RASTER = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[a-z0-9+/=]+$/i;

/** The address, if a link may lead there: the web and mail, nothing that runs or reads. */
export function linkAddress(address: unknown): string | undefined {
  return typeof address === "string" && LINKS.test(address) ? address : undefined;
}

/** The address, if a picture may be loaded from there: this server or the text itself; others would learn of the reader. */
export function imageAddress(address: unknown): string | undefined {
  if (typeof address !== "string") return undefined;
  return RASTER.test(address) || address.startsWith("/api/v1/files/") ? address : undefined;
}
