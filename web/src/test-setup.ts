/** What every test starts with: the English texts, and a page cleaned of the test before. */
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";
import { changeLanguage, loadTexts, startTranslations } from "@/i18n/start";

// Generous, because the machine may be busy; nothing waits longer than it has to.
configure({ asyncUtilTimeout: 10_000 });

await startTranslations();
await Promise.all([loadTexts("chats"), loadTexts("pages")]);
await changeLanguage("en", { remember: false });

afterEach(() => {
  cleanup();
  localStorage.clear();
});
