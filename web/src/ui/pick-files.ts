/** Choosing files in the system's own dialog. */

/** What was chosen; nothing when the dialog was closed. Must be called while a press is being handled. */
export function pickFiles({ multiple }: { multiple: boolean }): Promise<File[]> {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = multiple;
  input.hidden = true;
  // Some browsers forget an input that is in no page before it is answered.
  document.body.append(input);
  return new Promise((resolve) => {
    const answer = () => {
      input.remove();
      resolve([...(input.files ?? [])]);
    };
    input.addEventListener("change", answer);
    input.addEventListener("cancel", answer);
    input.click();
  });
}
