/** The texts of the chats and of what surrounds them, in one language. */
import chat from "./chat.json";
import files from "./files.json";
import sessions from "./sessions.json";

export default { chat, files, sessions };
