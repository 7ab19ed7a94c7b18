/** The texts of the chat and of what surrounds it, in one language. */
import app from "./app.json";
import chat from "./chat.json";
import sessions from "./sessions.json";

export default { app, chat, sessions };
