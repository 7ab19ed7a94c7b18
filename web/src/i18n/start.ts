/** The page's languages: which one to start in, loading its texts, and changing it. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type start from "./en";
import type chat from "./en/chats";
import type pages from "./en/pages";

export const LANGUAGES = [
  { tag: "en", name: "English" },
  { tag: "zh-CN", name: "简体中文" },
] as const;

export type Language = (typeof LANGUAGES)[number]["tag"];

const STORED = "chatbox.language";

type Loaders<Texts> = Readonly<Record<Language, () => Promise<{ default: Texts }>>>;

const START_TEXTS: Loaders<typeof start> = { en: () => import("./en"), "zh-CN": () => import("./zh-CN") };

/** What is not needed at the start; each comes with the first view that is written with it. */
const MORE_TEXTS = {
  chats: { en: () => import("./en/chats"), "zh-CN": () => import("./zh-CN/chats") } satisfies Loaders<typeof chat>,
  pages: { en: () => import("./en/pages"), "zh-CN": () => import("./zh-CN/pages") } satisfies Loaders<typeof pages>,
};

export type MoreTexts = keyof typeof MORE_TEXTS;

const SERVER_TEXTS = import.meta.glob<Record<string, unknown>>("@server-locales/*.json", { import: "default" });

declare module "i18next" {
  interface CustomTypeOptions {
    enableSelector: true;
    defaultNS: "translation";
    resources: { translation: typeof start & typeof chat & typeof pages };
  }
}

/** The language of ours that fits a BCP 47 tag best, or undefined. */
export function languageFor(tag: string | null | undefined): Language | undefined {
  if (tag === null || tag === undefined) return undefined;
  const base = tag.toLowerCase().split("-")[0];
  if (base === "zh") return "zh-CN";
  return base === "en" ? "en" : undefined;
}

function firstChoice(): Language {
  for (const tag of [localStorage.getItem(STORED), ...navigator.languages]) {
    const language = languageFor(tag);
    if (language !== undefined) return language;
  }
  return "en";
}

/** What the views that were visited so far are written with. */
const wanted = new Set<MoreTexts>();

async function load(language: Language): Promise<void> {
  await Promise.all([...wanted].map((texts) => loadMore(language, texts)));
  if (i18next.hasResourceBundle(language, "server")) return;
  const server = Object.entries(SERVER_TEXTS).find(([path]) => path.endsWith(`/${language}.json`))?.[1];
  const [texts, told] = await Promise.all([START_TEXTS[language](), server?.()]);
  add(language, texts.default);
  i18next.addResourceBundle(language, "server", told ?? {});
}

async function loadMore(language: Language, texts: MoreTexts): Promise<void> {
  add(language, (await MORE_TEXTS[texts][language]()).default);
}

function add(language: Language, texts: object): void {
  i18next.addResourceBundle(language, "translation", texts, true, true);
}

/** Loads the texts of more views; before one of them is shown. */
export async function loadTexts(texts: MoreTexts): Promise<void> {
  wanted.add(texts);
  await loadMore(currentLanguage(), texts);
}

function dress(language: Language): void {
  document.documentElement.lang = language;
}

/** Loads the texts of the browser's language and starts i18next with them. */
export async function startTranslations(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: firstChoice(),
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await changeLanguage(firstChoice(), { remember: false });
}

/** Speaks the browser's own language again, and forgets what was chosen here before. */
export async function followBrowser(): Promise<void> {
  localStorage.removeItem(STORED);
  await changeLanguage(firstChoice(), { remember: false });
}

/** The language the page speaks now. */
export function currentLanguage(): Language {
  return languageFor(i18next.language) ?? "en";
}

/** Switches the page to `language`; remembered in this browser unless told otherwise. */
export async function changeLanguage(language: Language, { remember = true } = {}): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  dress(language);
  if (remember) localStorage.setItem(STORED, language);
}
