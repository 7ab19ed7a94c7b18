/** Every text of the page in one language, a file for each part of it. */
import account from "./account.json";
import admin from "./admin.json";
import app from "./app.json";
import auth from "./auth.json";
import chat from "./chat.json";
import providers from "./providers.json";
import sessions from "./sessions.json";

export default { account, admin, app, auth, chat, providers, sessions };
