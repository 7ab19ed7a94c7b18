/** What of a clipboard is a file rather than words to be written. */

/** A longer text is easier to handle as a file, for people and for models. */
const LONG_TEXT = 20_000;
export const PASTED_NAME = "pasted-text.txt";
const PICTURE_NAME = "pasted-image";

/** The files on a clipboard; none when it holds words that merely bring a picture of themselves. */
export function pastedFiles(data: DataTransfer): File[] {
  const files = [...data.files];
  // Word processors and spreadsheets add a picture of what was copied; people mean the words.
  const isRichText = data.types.includes("text/rtf") || data.types.includes("text/html");
  if (isRichText && data.getData("text/plain").trim() !== "") return [];
  return files.map(withName);
}

/** Every screenshot comes as "image.png". */
function withName(file: File): File {
  const ending = /^image\.(\w+)$/.exec(file.name)?.[1];
  return ending === undefined ? file : new File([file], `${PICTURE_NAME}.${ending}`, { type: file.type });
}

/** The text on a clipboard, when it is long enough to become a file. */
export function pastedText(data: DataTransfer): string | undefined {
  const text = data.getData("text/plain");
  return text.length >= LONG_TEXT ? text : undefined;
}
